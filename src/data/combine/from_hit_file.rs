//! A hit file as an input.

use super::super::hit_file::{Contents, Sites};
use super::super::names::{self, Kind};
use super::super::record::Record;
use super::super::store::Store;
use super::cleanup::Living;
use super::tables::{Table, Tables};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What became of a hit file.
pub(super) enum Taken {
    /// Its run goes on: nothing was taken.
    Living,
    /// What could be taken, was.
    Read {
        /// How many processes that were: one, or none.
        processes: usize,
        /// What is wrong with the file, if anything is.
        damage: Option<String>,
    },
}

/// Adds what the hit file `path` holds.
///
/// # Errors
/// When the data file cannot be written.
pub(super) fn take(
    path: &Path,
    store: &mut Store,
    tables: &mut Tables,
    living: &mut Living,
) -> rusqlite::Result<Taken> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Taken::Read { processes: 0, damage: Some(error.to_string()) }),
    };
    let Contents { process, sites, logs: _, mut damage } = Contents::read(&bytes);
    let Some(process) = process else { return Ok(Taken::Read { processes: 0, damage }) };
    if let Err(reason) = check_numbers(&process) {
        return Ok(Taken::Read { processes: 0, damage: Some(reason) });
    }
    if living.contains(path, &process.start.host, &process.start.run) {
        return Ok(Taken::Living);
    }
    let mut by_file = BTreeMap::new();
    for Sites { table: name, count, hits } in sites {
        match table(path, &name, count, store, tables)? {
            Ok(table) => table.add(hits, &mut by_file),
            Err(reason) => {
                damage.get_or_insert(format!("its object table {name}: {reason}"));
            }
        }
    }
    let process = store.process(&process)?;
    for (file, hits) in &by_file {
        store.hits(process, *file, hits)?;
    }
    Ok(Taken::Read { processes: 1, damage })
}

/// SQLite has no unsigned 64-bit integers.
fn check_numbers(process: &Record) -> Result<(), String> {
    let start = &process.start;
    let fits = |serial: u64| i64::try_from(serial).is_ok();
    let all = fits(start.serial) && start.parent.is_none_or(fits);
    if all { Ok(()) } else { Err("a serial number that is too large to be true".to_owned()) }
}

/// The table `name`, which stands beside the hit file.
fn table(
    hit_file: &Path,
    name: &str,
    sites: u32,
    store: &mut Store,
    tables: &mut Tables,
) -> rusqlite::Result<Table> {
    // Not a path to anywhere else.
    let is_plain = Path::new(name).file_name().is_some_and(|file_name| file_name == name);
    let kind = names::parse(Path::new(name)).map(|name| name.kind);
    if !is_plain || !matches!(kind, Some(Kind::Table { .. })) {
        return Ok(Err("not the name of one".to_owned()));
    }
    let table = tables.get(&hit_file.with_file_name(name), store)?;
    Ok(table.and_then(|table| {
        if table.sites == sites { Ok(table) } else { Err("it has another number of sites".to_owned()) }
    }))
}
