//! Which file it is, and which table in it.

use super::error::{Error, Wrong};
use super::settings::Settings;
use clap::Command;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The files that are looked for, and the table of each that is forkcov's. The first that has it counts.
const FILES: [(&str, &[&str]); 3] = [
    (OWN, &[]),
    ("pyproject.toml", &["tool", "forkcov"]),
    ("Cargo.toml", &["package", "metadata", "forkcov"]),
];
/// A file of any other name is like this.
const OWN: &str = "forkcov.toml";

/// What the file `named` sets for the commands below `command`, or else that of `directory`, if there is one.
pub(super) fn settings(
    directory: &Path,
    named: Option<&Path>,
    command: &Command,
) -> Result<Option<Settings>, Error> {
    if let Some(named) = named {
        let path = directory.join(named);
        let table = FILES.iter().find(|(name, _)| path.ends_with(name)).map_or(&[][..], |(_, table)| table);
        let text =
            fs::read_to_string(&path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        let file = File { path, text, table };
        let settings = file.settings(command)?;
        return match settings {
            None => Err(Error::NoTable { path: file.path, table: table.join(".") }),
            settings => Ok(settings),
        };
    }
    for (name, table) in FILES {
        let path = directory.join(name);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            // The directory may be one that this user cannot search: there may be no such file.
            Err(_) if path.symlink_metadata().is_err() => continue,
            text => text.map_err(|source| Error::Unreadable { path: path.clone(), source })?,
        };
        // Who does not speak of forkcov need not be understood.
        if name != OWN && !text.contains("forkcov") {
            continue;
        }
        let settings = File { path, text, table }.settings(command)?;
        if settings.is_some() {
            return Ok(settings);
        }
    }
    Ok(None)
}

struct File {
    path: PathBuf,
    text: String,
    table: &'static [&'static str],
}

impl File {
    /// What it sets; nothing if it has no table for forkcov.
    fn settings(&self, command: &Command) -> Result<Option<Settings>, Error> {
        let document = DeTable::parse(&self.text).map_err(|error| {
            self.error(Wrong::new(error.span().map_or(0, |span| span.start), error.message()))
        })?;
        let mut table = document.get_ref();
        for (depth, name) in self.table.iter().enumerate() {
            let Some(value) = table.get(*name) else { return Ok(None) };
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => {
                    let name = self.table[..=depth].join(".");
                    return Err(self.error(Wrong::new(value.span().start, format!("`{name}` is a table"))));
                }
            }
        }
        let directory = self.path.parent().unwrap_or(Path::new(""));
        let settings = Settings::of(table, self.table, directory, command);
        settings.map(Some).map_err(|wrong| self.error(wrong))
    }

    fn error(&self, Wrong { at, reason }: Wrong) -> Error {
        let before = self.text.as_bytes().iter().take(at);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Error::At { path: self.path.clone(), line, reason }
    }
}
