//! The settings of forkcov that options of coverage.py stand for.

use super::known::{Kind, NEEDLESS, TRANSLATED};
use super::options::{Options, Value};
use crate::config::error::ConfigFileError;
use crate::config::settings::{CoveragePyFile, FileSettings};
use crate::config::{keys, paths, value};
use clap::{Arg, Command};
use std::path::Path;

/// A pattern that matches nothing: an empty list replaces defaults, too.
const NOTHING: &str = r"[^\s\S]";

/// The settings that `options` of the file `path` stand for. `command` has the subcommands of forkcov.
pub(super) fn settings(
    options: &Options,
    path: &Path,
    command: &Command,
) -> Result<FileSettings, ConfigFileError> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut translation = Translation { settings: FileSettings::default(), directory, command };
    let mut unused = Vec::new();
    for (section, name, value) in options.iter() {
        let is_known =
            translation.take(section, name, value).map_err(|reason| ConfigFileError::Malformed {
                path: path.to_owned(),
                reason: format!("[{section}] {name}: {reason}"),
            })?;
        if !is_known && !NEEDLESS.contains(&(section, name)) {
            unused.push(format!("[{section}] {name}"));
        }
    }
    let mut settings = translation.settings;
    settings.coverage_py = Some(CoveragePyFile { path: path.to_owned(), unused });
    Ok(settings)
}

struct Translation<'a> {
    settings: FileSettings,
    directory: &'a Path,
    command: &'a Command,
}

impl Translation<'_> {
    /// Takes an option. `false` if it has no meaning here.
    fn take(&mut self, section: &str, name: &str, value: &Value) -> Result<bool, String> {
        if section == "paths" {
            let map = paths::of_directories(&value.items(), self.directory);
            let wrong = || "expected directories: the local one, then those elsewhere".to_owned();
            let map = map.ok_or_else(wrong)?;
            map.check().map_err(|error| error.to_string())?;
            self.settings.paths.push(map);
        } else if (section, name) == ("run", "source") {
            self.sources(value)?;
        } else {
            let found = TRANSLATED.iter().find(|(of, option, ..)| (*of, *option) == (section, name));
            let Some((_, _, key, kind)) = found else { return Ok(false) };
            self.set(section, key, texts(value, *kind)?)?;
        }
        Ok(true)
    }

    /// A source is a directory if there is one of this name, or else a package.
    fn sources(&mut self, value: &Value) -> Result<(), String> {
        let is_directory = |name: &String| self.directory.join(name).is_dir();
        let (directories, packages): (Vec<_>, Vec<_>) = value.items().into_iter().partition(is_directory);
        // A name that no package can have is that of a directory that does not exist yet.
        let (absent, packages): (Vec<_>, Vec<_>) =
            packages.into_iter().partition(|name| name.contains(['/', '-']));
        self.set("run", "source", [directories, absent].concat())?;
        self.set("run", "source_pkgs", packages)
    }

    /// Adds values to those of a key. The empty list is no value.
    fn set(&mut self, table: &str, key: &str, texts: Vec<String>) -> Result<(), String> {
        let flag = self.flag(table, key);
        let values = texts.into_iter().map(|text| {
            let value = value::resolved(&text, flag, self.directory);
            match value::refused(&value, flag) {
                Some(why) => Err(format!("{text:?}: {why}")),
                None => Ok(value),
            }
        });
        let values = values.collect::<Result<Vec<_>, _>>()?;
        if !values.is_empty() {
            self.settings.add(table, key, values);
        }
        Ok(())
    }

    fn flag(&self, table: &str, key: &str) -> &Arg {
        let command = self.command.get_subcommands().find(|command| keys::table(command) == table);
        let flag = command.and_then(|command| keys::of_table(command).find(|flag| keys::key(flag) == key));
        flag.expect("each key of the table exists")
    }
}

/// The values of a key, as they would be typed.
fn texts(value: &Value, kind: Kind) -> Result<Vec<String>, String> {
    Ok(match kind {
        // An option that is set to nothing is not set.
        Kind::Text | Kind::Path | Kind::Sort | Kind::Switch if value.text().is_empty() => Vec::new(),
        Kind::Text => vec![value.text()],
        Kind::Path => vec![home(&value.text())],
        Kind::List => value.items(),
        Kind::Patterns if value.lines().is_empty() => vec![NOTHING.to_owned()],
        Kind::Patterns => value.lines(),
        Kind::Contexts => {
            let any: Vec<_> = value.items().iter().map(|pattern| format!("(?:{pattern})")).collect();
            if any.is_empty() { Vec::new() } else { vec![any.join("|")] }
        }
        Kind::DynamicContext => match &*value.text() {
            "test_function" => vec!["pytest".to_owned(), "unittest".to_owned()],
            "none" | "" => Vec::new(),
            _ => return Err("expected test_function".to_owned()),
        },
        Kind::Sort => vec![value.text().trim_start_matches('+').to_owned()],
        Kind::Switch => match &*value.text().to_ascii_lowercase() {
            "1" | "yes" | "true" | "on" => vec!["true".to_owned()],
            "0" | "no" | "false" | "off" => vec!["false".to_owned()],
            _ => return Err("expected true or false".to_owned()),
        },
    })
}

/// `text` with `~/` at its beginning as the user's directory.
fn home(text: &str) -> String {
    match (text.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_has_a_key() {
        let command = keys::command();
        let translation =
            Translation { settings: FileSettings::default(), directory: Path::new(""), command: &command };
        for (table, _, key, kind) in TRANSLATED {
            assert_eq!(keys::is_switch(translation.flag(table, key)), kind == Kind::Switch, "{table} {key}");
        }
    }
}
