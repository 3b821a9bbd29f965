//! A hit file as an input.

use super::super::ProcessStart;
use super::super::data_file::store::{NO_CONTEXT, Store};
use super::super::file_hits::HitsByFile;
use super::super::hit_file::{HitFileContents, LogReference, ObjectHits};
use super::super::process_record::ProcessRecord;
use super::super::run_directory::RunDirectory;
use super::cleanup::ActiveRuns;
use super::leftover;
use super::shared::Shared;
use super::snapshots::Snapshots;
use crate::quote;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The result for a hit file.
pub(super) enum HitFileResult {
    /// Its run has not ended: nothing was added.
    Active,
    /// All that is undamaged was added.
    Combined {
        /// How many processes it has: one, or none.
        processes: usize,
        /// The damage of the file, if any.
        damage: Option<String>,
    },
}

/// The damage of a hit file beside a data file that does not end as its writer ends it.
const NOT_FINISHED: &str = "it has no end: it was cut short, or taken from the directory of a killed run";

/// Adds the content of the hit file `path`.
///
/// # Errors
/// When the data file cannot be written.
pub(super) fn take(
    path: &Path,
    store: &mut Store,
    shared: &mut Shared,
    snapshots: &mut Snapshots,
    active: &mut ActiveRuns,
) -> rusqlite::Result<HitFileResult> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(HitFileResult::Combined { processes: 0, damage: Some(error.to_string()) }),
    };
    let HitFileContents { process, sites, logs, counters, is_finished, mut damage } =
        HitFileContents::read(&bytes);
    if !is_finished && !RunDirectory::has(path) {
        damage.get_or_insert(NOT_FINISHED.to_owned());
    }
    let Some(process) = process else { return Ok(HitFileResult::Combined { processes: 0, damage }) };
    if let Err(reason) = check_numbers(&process) {
        return Ok(HitFileResult::Combined { processes: 0, damage: Some(reason) });
    }
    if active.contains(path, &process.start) {
        return Ok(HitFileResult::Active);
    }
    let mut contexts = vec![NO_CONTEXT];
    for context in &process.contexts {
        contexts.push(store.context(&context.name)?);
    }
    // By context: several contexts of a process can have one name.
    let mut hits: BTreeMap<i64, HitsByFile> = BTreeMap::new();
    let mut tables = Vec::new();
    for ObjectHits { table: name, count, pieces } in sites {
        match shared.table(path, &name, count, store)? {
            Ok(table) => {
                for piece in &pieces {
                    table.add(piece, hits.entry(contexts[piece.context]).or_default());
                }
                tables.push(table);
            }
            Err(reason) => {
                damage.get_or_insert(format!("its object table {}: {reason}", quote::text(&name)));
            }
        }
    }
    let ProcessStart { run, serial, .. } = &process.start;
    if let Some(layout) = counters {
        let by_file = hits.entry(contexts[process.contexts.len()]).or_default();
        if let Some(reason) = leftover::add(path, &layout, run, shared, store, &mut tables, by_file)? {
            damage.get_or_insert(reason);
        }
    }
    for LogReference { name, place, image, context } in logs {
        let lost = match shared.runtime_log(path, (&name, place), run, store)? {
            Err(reason) => Some(reason),
            Ok(log) => {
                log.add(*serial, hits.entry(contexts[context]).or_default());
                if let Some(image) = image {
                    log.record_program(&process.images[image].executable, store)?;
                }
                log.damage.clone()
            }
        };
        if let Some(reason) = lost {
            damage.get_or_insert(format!("its runtime log {name}: {reason}"));
        }
    }
    let files =
        tables.iter().flat_map(|table| &table.files).chain(hits.values().flat_map(HitsByFile::keys)).copied();
    if let Err(reason) = snapshots.take(path, &process.start, files, store)? {
        damage.get_or_insert(format!("the source snapshots of its run: {reason}"));
    }
    let process = store.process(&process)?;
    for (context, by_file) in &hits {
        for (file, hits) in by_file {
            store.hits(process, *context, *file, hits)?;
        }
    }
    Ok(HitFileResult::Combined { processes: 1, damage })
}

/// SQLite has no unsigned 64-bit integers.
fn check_numbers(process: &ProcessRecord) -> Result<(), String> {
    let start = &process.start;
    let fits = |serial: u64| i64::try_from(serial).is_ok();
    let all = fits(start.serial) && start.parent.is_none_or(fits);
    if all { Ok(()) } else { Err("a serial number that is out of range".to_owned()) }
}
