//! All settings of a configuration file, checked.

use super::error::ErrorAt;
use super::{keys, minimums, nearest, paths, value};
use crate::report::minimum::Minimum;
use crate::sources::PathMap;
use clap::{Arg, Command};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables that do not belong to a command.
const PATHS: &str = "paths";
const MINIMUM: &str = "minimum";

/// A file of coverage.py.
#[derive(Debug)]
pub(super) struct CoveragePyFile {
    /// Its path.
    pub(super) path: PathBuf,
    /// The options that have no effect here.
    pub(super) unused: Vec<String>,
}

/// The settings of a file.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    /// The values, by table and key.
    values: HashMap<(String, String), Vec<OsString>>,
    /// The maps of `[paths]`.
    pub(super) paths: Vec<PathMap>,
    /// What `[minimum]` asks for.
    pub(super) minimums: Vec<Minimum>,
    /// The file, if it is one of coverage.py.
    pub(super) coverage_py: Option<CoveragePyFile>,
}

impl FileSettings {
    /// Reads `table`, at the path `name` of a file in `directory`. `command` has the subcommands.
    pub(super) fn of(
        table: &DeTable,
        name: &[&str],
        directory: &Path,
        command: &Command,
    ) -> Result<Self, ErrorAt> {
        let mut settings = Self::default();
        for (key, value) in table {
            let title = |table: &str| format!("[{}]", [name, &[table]].concat().join("."));
            let table = key.get_ref();
            let commands = || command.get_subcommands();
            let found = commands().find(|command| keys::table(command) == **table);
            let is_table = found.is_some() || [PATHS, MINIMUM].contains(&&**table);
            match (value.get_ref(), found) {
                (DeValue::Table(entries), Some(command)) => {
                    let reader =
                        TableReader { root: commands().collect(), command, directory, title: &title };
                    settings.take(entries, &reader)?;
                }
                (DeValue::Table(entries), None) if table == PATHS => {
                    settings.paths = paths::maps(entries, directory)?;
                }
                (DeValue::Table(entries), None) if table == MINIMUM => {
                    settings.minimums = minimums::minimums(entries, directory)?;
                }
                _ => {
                    let reason = if is_table {
                        format!("`{table}` must be a table")
                    } else {
                        unknown(table, &commands().collect::<Vec<_>>(), &title)
                    };
                    return Err(ErrorAt::new(key.span().start, reason));
                }
            }
        }
        Ok(settings)
    }

    /// The values that are set for a flag of `command`.
    pub(super) fn get(&self, command: &Command, flag: &Arg) -> Option<&[OsString]> {
        let key = keys::key(flag);
        let mut tables = keys::tables(command, &key).into_iter();
        tables.find_map(|table| self.values.get(&(table, key.clone()))).map(Vec::as_slice)
    }

    /// Adds values to those of a key.
    pub(super) fn add(&mut self, table: &str, key: &str, values: Vec<OsString>) {
        self.values.entry((table.to_owned(), key.to_owned())).or_default().extend(values);
    }

    fn take(&mut self, entries: &DeTable, reader: &TableReader) -> Result<(), ErrorAt> {
        let table = keys::table(reader.command);
        let mut on: Vec<&Arg> = Vec::new();
        for (key, value) in entries {
            let flag = reader.flag(key)?;
            let texts = value::texts(value, flag, reader.directory)?;
            if keys::is_switch(flag) && texts == ["true"] {
                if let Some(other) = on.iter().find(|other| excludes(reader.command, flag, other)) {
                    let reason = format!("`{}` cannot be used with `{}`", key.get_ref(), keys::key(other));
                    return Err(ErrorAt::new(key.span().start, reason));
                }
                on.push(flag);
            }
            let previous = self.values.insert((table.clone(), keys::key(flag)), texts);
            if previous.is_some() {
                let reason = format!("`{}` is set twice, under two names", keys::key(flag));
                return Err(ErrorAt::new(key.span().start, reason));
            }
        }
        Ok(())
    }
}

/// Reads the table of one command.
struct TableReader<'a> {
    root: Vec<&'a Command>,
    command: &'a Command,
    directory: &'a Path,
    title: &'a dyn Fn(&str) -> String,
}

impl<'a> TableReader<'a> {
    fn flag(&self, key: &Spanned<Cow<str>>) -> Result<&'a Arg, ErrorAt> {
        let name = key.get_ref();
        if let Some(flag) = keys::of_table(self.command).find(|flag| keys::is_called(flag, name)) {
            return Ok(flag);
        }
        let known: Vec<String> = keys::of_table(self.command).map(keys::key).collect();
        let hint = match table_with(name, &self.root) {
            Some(table) => format!("it is a key of {}", (self.title)(&table)),
            None => nearest::hint(name, &known),
        };
        let table = (self.title)(&keys::table(self.command));
        Err(ErrorAt::new(key.span().start, format!("no key `{name}` in {table}: {hint}")))
    }
}

/// Whether two flags of `command` conflict.
pub(super) fn excludes(command: &Command, one: &Arg, other: &Arg) -> bool {
    let excludes = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == other.get_id())
    };
    excludes(one, other) || excludes(other, one)
}

/// The message about an unknown table or a key outside of any table, `name`.
fn unknown(name: &str, commands: &[&Command], title: &dyn Fn(&str) -> String) -> String {
    match table_with(name, commands) {
        Some(table) => format!("`{name}` is a key of {}", title(&table)),
        None => {
            let has_keys = |command: &&&Command| keys::of_table(command).next().is_some();
            let mut known: Vec<String> =
                commands.iter().filter(has_keys).map(|command| keys::table(command)).collect();
            known.extend([PATHS, MINIMUM].map(str::to_owned));
            format!("no table {}: {}", title(name), nearest::hint(name, &known))
        }
    }
}

/// The table that has the key `name`; if there are several, preferably that of all reports.
fn table_with(name: &str, commands: &[&Command]) -> Option<String> {
    let has = |command: &&&Command| keys::of_table(command).any(|flag| keys::key(flag) == name);
    let mut tables: Vec<String> = commands.iter().filter(has).map(|command| keys::table(command)).collect();
    tables.sort_by_key(|table| table != keys::REPORT);
    tables.into_iter().next()
}
