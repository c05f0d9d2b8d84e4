//! Settings of operation.

use super::{Setting, setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "STATE_DIR",
        "var",
        "Folder of the pid file, and of the output and logs, of `robotoff up --detach`.",
    ),
    setting(
        "LOG_DIR",
        "",
        "Folder of log files, one a day for each service, kept for two weeks, beside the lines \
         on standard error. Empty: no files, but `STATE_DIR/log` for `robotoff up --detach`.",
    ),
    setting(
        "BACKUP_DIR",
        "",
        "Folder of backups: a periodic job makes one each night, on the host of a worker. Empty: \
         no backups but by hand.",
    ),
    setting("BACKUP_KEEP", "7", "Backups that are kept in `BACKUP_DIR`."),
];
