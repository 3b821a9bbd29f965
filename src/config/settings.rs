//! All that a configuration file sets, checked.

use super::error::Wrong;
use super::{keys, nearest, paths, value};
use crate::sources::PathMap;
use clap::{Arg, Command};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The table that belongs to no command.
const PATHS: &str = "paths";

/// What a file sets.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// By table and key.
    values: HashMap<(String, String), Vec<OsString>>,
    /// Of `[paths]`.
    pub(super) paths: Vec<PathMap>,
}

impl Settings {
    /// What `table`, which is called `name` in a file of `directory`, sets for the commands below `command`.
    pub(super) fn of(
        table: &DeTable,
        name: &[&str],
        directory: &Path,
        command: &Command,
    ) -> Result<Self, Wrong> {
        let mut settings = Self::default();
        for (key, value) in table {
            let title = |table: &str| format!("[{}]", [name, &[table]].concat().join("."));
            let table = key.get_ref();
            let commands = || command.get_subcommands();
            let found = commands().find(|command| keys::table(command) == **table);
            let is_table = found.is_some() || table == PATHS;
            match (value.get_ref(), found) {
                (DeValue::Table(entries), Some(command)) => {
                    let reader = Reader { root: commands().collect(), command, directory, title: &title };
                    settings.take(entries, &reader)?;
                }
                (DeValue::Table(entries), None) if is_table => {
                    settings.paths = paths::maps(entries, directory)?
                }
                _ => {
                    let reason = if is_table {
                        format!("`{table}` is a table")
                    } else {
                        unknown(table, &commands().collect::<Vec<_>>(), &title)
                    };
                    return Err(Wrong::new(key.span().start, reason));
                }
            }
        }
        Ok(settings)
    }

    /// What is set for a flag of `command`, if it is.
    pub(super) fn get(&self, command: &Command, flag: &Arg) -> Option<&[OsString]> {
        let key = keys::key(flag);
        let mut tables = keys::tables(command, &key).into_iter();
        tables.find_map(|table| self.values.get(&(table, key.clone()))).map(Vec::as_slice)
    }

    fn take(&mut self, entries: &DeTable, reader: &Reader) -> Result<(), Wrong> {
        let table = keys::table(reader.command);
        let mut on: Vec<&Arg> = Vec::new();
        for (key, value) in entries {
            let flag = reader.flag(key)?;
            let texts = value::texts(value, flag, reader.directory)?;
            if keys::is_switch(flag) && texts == ["true"] {
                if let Some(other) = on.iter().find(|other| excludes(reader.command, flag, other)) {
                    let reason = format!("`{}` and `{}` exclude each other", key.get_ref(), keys::key(other));
                    return Err(Wrong::new(key.span().start, reason));
                }
                on.push(flag);
            }
            let previous = self.values.insert((table.clone(), keys::key(flag)), texts);
            if previous.is_some() {
                let reason = format!("`{}` is set twice, under two names", keys::key(flag));
                return Err(Wrong::new(key.span().start, reason));
            }
        }
        Ok(())
    }
}

/// What is needed to read the table of one command.
struct Reader<'a> {
    root: Vec<&'a Command>,
    command: &'a Command,
    directory: &'a Path,
    title: &'a dyn Fn(&str) -> String,
}

impl<'a> Reader<'a> {
    fn flag(&self, key: &Spanned<Cow<str>>) -> Result<&'a Arg, Wrong> {
        let name = key.get_ref();
        if let Some(flag) = keys::of_table(self.command).find(|flag| keys::is_called(flag, name)) {
            return Ok(flag);
        }
        let known: Vec<String> = keys::of_table(self.command).map(keys::key).collect();
        let hint = match place_of(name, &self.root) {
            Some(table) => format!("it is a key of {}", (self.title)(&table)),
            None => nearest::hint(name, &known),
        };
        let table = (self.title)(&keys::table(self.command));
        Err(Wrong::new(key.span().start, format!("no key `{name}` in {table}: {hint}")))
    }
}

/// Whether the flags of `command` cannot be given together.
pub(super) fn excludes(command: &Command, one: &Arg, other: &Arg) -> bool {
    let excludes = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == other.get_id())
    };
    excludes(one, other) || excludes(other, one)
}

/// What is wrong with the table, or key outside of any, `name`.
fn unknown(name: &str, commands: &[&Command], title: &dyn Fn(&str) -> String) -> String {
    match place_of(name, commands) {
        Some(table) => format!("`{name}` is a key of {}", title(&table)),
        None => {
            let has_keys = |command: &&&Command| keys::of_table(command).next().is_some();
            let mut known: Vec<String> =
                commands.iter().filter(has_keys).map(|command| keys::table(command)).collect();
            known.push(PATHS.to_owned());
            format!("no table {}: {}", title(name), nearest::hint(name, &known))
        }
    }
}

/// The table that has the key `name`; of several that of all reports, which is said first.
fn place_of(name: &str, commands: &[&Command]) -> Option<String> {
    let has = |command: &&&Command| keys::of_table(command).any(|flag| keys::key(flag) == name);
    let mut tables: Vec<String> = commands.iter().filter(has).map(|command| keys::table(command)).collect();
    tables.sort_by_key(|table| table != keys::REPORT);
    tables.into_iter().next()
}
