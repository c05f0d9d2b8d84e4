//! All settings: reading, `robotoff config` and docs/configuration.md follow from
//! this list.

/// One setting. In the file its name is written in small letters.
pub(super) struct Setting {
    /// The environment variable.
    pub(super) name: &'static str,
    pub(super) default: &'static str,
    /// Never shown.
    pub(super) is_secret: bool,
    pub(super) help: &'static str,
}

const fn setting(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        default,
        is_secret: false,
        help,
    }
}

/// All settings, in the order of the documentation.
pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "DATABASE_URL",
        "sqlite:var/robotoff.db",
        "Where everything is kept: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. \
         When it is not set, `POSTGRES_HOST` and its companions are used if they are set.",
    ),
    setting(
        "POSTGRES_HOST",
        "",
        "As in Robotoff: the host of PostgreSQL, port 5432 unless `HOST:PORT`.",
    ),
    setting("POSTGRES_DB", "robotoff", "As in Robotoff: the database."),
    setting("POSTGRES_USER", "postgres", "As in Robotoff: the user."),
    Setting {
        is_secret: true,
        ..setting(
            "POSTGRES_PASSWORD",
            "postgres",
            "As in Robotoff: the password.",
        )
    },
    setting(
        "DATABASE_MAX_CONNECTIONS",
        "10",
        "Connections to PostgreSQL, or readers of SQLite.",
    ),
    setting(
        "DATABASE_CONNECT_TIMEOUT_SECS",
        "5",
        "How long a connection may take.",
    ),
    setting(
        "DATABASE_STATEMENT_TIMEOUT_SECS",
        "30",
        "How long a statement may take on PostgreSQL.",
    ),
    setting(
        "WORKER_CONCURRENCY",
        "4",
        "Jobs that one worker runs at the same time.",
    ),
    setting(
        "WORKER_LEASE_SECS",
        "60",
        "How long a worker that is not heard of keeps its jobs. Jobs of a killed worker are run \
         again after this time.",
    ),
    setting(
        "WORKER_DRAIN_SECS",
        "30",
        "How long running jobs may go on after SIGTERM before they are given back.",
    ),
    setting(
        "JOB_RETENTION_HOURS",
        "24",
        "How long finished jobs are kept. Dead jobs stay.",
    ),
    setting(
        "LISTEN",
        "127.0.0.1:5500",
        "Where the API listens: `ADDRESS:PORT`.",
    ),
    setting(
        "PRODUCTS_URL",
        "",
        "Where products are read: `opener:` (the API of Product Opener), `file:PATH.jsonl` or \
         `file:PATH.jsonl.gz` (a dump), `mongodb://HOST` (its database, only read; in a program \
         that is built with `--features robotoff/mongo`), `none` (products are not looked at). \
         When empty: `MONGO_URI` if it is set and can be used, else `opener:`.",
    ),
    setting(
        "MONGO_URI",
        "",
        "As in Robotoff: the MongoDB of Product Opener, for `PRODUCTS_URL`. A program that is \
         built without the feature says that it leaves it out, and reads `opener:`.",
    ),
    setting(
        "ENABLE_MONGODB_ACCESS",
        "1",
        "As in Robotoff: `0` is the same as `PRODUCTS_URL=none`, whatever is set.",
    ),
    setting(
        "PRODUCT_OPENER_URL",
        "",
        "Base of reads and edits of products, of every project; when empty it follows from \
         `ROBOTOFF_INSTANCE`: `https://world.openfoodfacts.net`.",
    ),
    setting(
        "IMAGES_URL",
        "",
        "What the path of a picture is appended to; when empty it follows from \
         `ROBOTOFF_INSTANCE`: `https://images.openfoodfacts.net/images/products`.",
    ),
    setting(
        "ROBOTOFF_INSTANCE",
        "dev",
        "As in Robotoff: `prod` (addresses end in `.org`), `dev` (`.net`), or an ending.",
    ),
    setting(
        "ROBOTOFF_TLD",
        "",
        "As in Robotoff: the ending of addresses, whatever the instance.",
    ),
    setting(
        "ROBOTOFF_SCHEME",
        "https",
        "As in Robotoff: the scheme of addresses.",
    ),
    setting(
        "STATIC_DOMAIN",
        "",
        "As in Robotoff: the host of static files.",
    ),
    setting(
        "EDITS",
        "",
        "What becomes of edits: `off` (nothing), `record` (kept to be seen, never sent), `send`. \
         When empty: `send` if `OFF_USER` and `OFF_PASSWORD` are set, else `record`.",
    ),
    setting(
        "OFF_USER",
        "",
        "The account of automatic edits and of those by votes.",
    ),
    Setting {
        is_secret: true,
        ..setting("OFF_PASSWORD", "", "Its password.")
    },
    setting(
        "EDIT_LEASE_SECS",
        "120",
        "How long the sender of an edit is trusted. The edit of a sender that died is compared \
         with the product after this time.",
    ),
    setting(
        "INSIGHT_AUTOMATIC_PROCESSING_WAIT",
        "10",
        "Minutes before an automatic insight is applied.",
    ),
    setting(
        "ROBOTOFF_POLICY",
        "",
        "A file `policy.toml` that says per kind of insight what may be asked and applied; read \
         again when it changes.",
    ),
    setting(
        "DEMO",
        "",
        "The folder of the demo set, whose pictures are then served at `/demo/images`.",
    ),
    setting(
        "ROBOTOFF_DATA_DIR",
        "",
        "A folder of word lists and taxonomies instead of the small ones that are built in.",
    ),
    setting(
        "LOG_FORMAT",
        "auto",
        "`json`, `text`, or `auto`: text on a terminal, else JSON.",
    ),
    setting(
        "LOG_LEVEL",
        "info",
        "`error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,sqlx=warn`.",
    ),
];
