//! The page of all settings.

use super::settings;

/// Page docs/configuration.md.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Made by `robotoff config --page` from the list in `crates/robotoff/src/config.rs`; \
         do not edit.\n\n\
         Sources, each overriding the ones before: the default, the file `robotoff.toml` (or the \
         one that `--config` names; setting names in lower case), the environment, a flag. \
         `robotoff config` shows the effective values and their sources. Settings described \"as \
         in Robotoff\" have the names and meanings of the existing service.\n\n\
         | setting | default | meaning |\n|---|---|---|\n",
    );
    for setting in settings::all() {
        let default = match setting.default {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        page.push_str(&format!(
            "| `{}` | {default} | {} |\n",
            setting.name, setting.help
        ));
    }
    page
}
