//! Finding the configuration file, and forkcov's table in it.

use super::content::text_with;
use super::coverage_py;
use super::error::{ConfigFileError, ErrorAt};
use super::settings::FileSettings;
use crate::source_file;
use clap::Command;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The files to look for, each with the path of forkcov's table. The first file that has its table is used.
const FILES: [(&str, &[&str]); 3] = [
    (OWN, &[]),
    ("pyproject.toml", &["tool", "forkcov"]),
    ("Cargo.toml", &["package", "metadata", "forkcov"]),
];
/// A file of any other name is read like this one.
const OWN: &str = "forkcov.toml";

/// The settings of the file `named`, or else of the file in `directory`, if there is one. If it has none of
/// forkcov, those of coverage.py are used. `command` has the
/// subcommands.
pub(super) fn settings(
    directory: &Path,
    named: Option<&Path>,
    command: &Command,
) -> Result<Option<FileSettings>, ConfigFileError> {
    if let Some(named) = named {
        let path = directory.join(named);
        let table = FILES.iter().find(|(name, _)| path.ends_with(name)).map_or(&[][..], |(_, table)| table);
        let text = fs::read_to_string(&path)
            .map_err(|source| ConfigFileError::Unreadable { path: path.clone(), source })?;
        if coverage_py::is_name(&path) {
            return coverage_py::of_text(path, &text, command);
        }
        let file = ConfigFile { path, text, table };
        let settings = file.settings(command)?;
        return match settings {
            // `pyproject.toml` may have a table of coverage.py.
            None => match coverage_py::of_text(file.path.clone(), &file.text, command)? {
                None => Err(ConfigFileError::NoTable { path: file.path, table: table.join(".") }),
                settings => Ok(settings),
            },
            settings => Ok(settings),
        };
    }
    for (name, table) in FILES {
        let path = directory.join(name);
        let content = match source_file::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            // If this user cannot search the directory, the file is taken not to exist.
            Err(_) if path.symlink_metadata().is_err() => continue,
            content => {
                content.map_err(|source| ConfigFileError::Unreadable { path: path.clone(), source })?
            }
        };
        // A file that does not mention forkcov need not be valid TOML.
        let mention = if name == OWN { "" } else { "forkcov" };
        let Some(text) = text_with(mention, content, &path)? else { continue };
        let settings = ConfigFile { path, text, table }.settings(command)?;
        if settings.is_some() {
            return Ok(settings);
        }
    }
    coverage_py::settings(directory, command)
}

struct ConfigFile {
    path: PathBuf,
    text: String,
    table: &'static [&'static str],
}

impl ConfigFile {
    /// Its settings; `None` if it has no table for forkcov.
    fn settings(&self, command: &Command) -> Result<Option<FileSettings>, ConfigFileError> {
        let document = DeTable::parse(&self.text).map_err(|error| {
            self.error(ErrorAt::new(error.span().map_or(0, |span| span.start), error.message()))
        })?;
        let mut table = document.get_ref();
        for (depth, name) in self.table.iter().enumerate() {
            let Some(value) = table.get(*name) else { return Ok(None) };
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                _ => {
                    let name = self.table[..=depth].join(".");
                    return Err(
                        self.error(ErrorAt::new(value.span().start, format!("`{name}` must be a table")))
                    );
                }
            }
        }
        let directory = self.path.parent().unwrap_or(Path::new(""));
        let settings = FileSettings::of(table, self.table, directory, command);
        settings.map(Some).map_err(|error| self.error(error))
    }

    fn error(&self, ErrorAt { at, reason }: ErrorAt) -> ConfigFileError {
        let before = self.text.as_bytes().iter().take(at);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        ConfigFileError::At { path: self.path.clone(), line, reason }
    }
}
