//! What a process had counted, and forkcov had not written to its hit file, when forkcov was killed.

use super::super::data_file::store::Store;
use super::super::file_hits::HitsByFile;
use super::super::hit_file::{CountedTable, CounterLayout, HitPiece};
use super::shared::{Shared, leftover_counters};
use super::tables::ResolvedTable;
use crate::quote;
use std::path::Path;
use std::rc::Rc;

/// Adds what the process of a hit file of `run` had counted, as `layout` says. Gives what is damaged.
pub(super) fn add(
    hit_file: &Path,
    layout: &CounterLayout,
    run: &str,
    shared: &mut Shared,
    store: &mut Store,
    tables: &mut Vec<Rc<ResolvedTable>>,
    by_file: &mut HitsByFile,
) -> rusqlite::Result<Option<String>> {
    let name = &layout.counters;
    let left = match leftover_counters(hit_file, name, run) {
        Ok(None) => return Ok(None),
        Err(reason) => return Ok(Some(format!("its counters {}: {reason}", quote::text(name)))),
        Ok(Some(left)) => left,
    };
    let mut damage = None;
    for CountedTable { table: name, offset, sites } in &layout.objects {
        // The table limits how many bytes are read.
        let table = match shared.table(hit_file, name, *sites, store)? {
            Ok(table) => table,
            Err(reason) => {
                damage.get_or_insert(format!("its object table {}: {reason}", quote::text(name)));
                continue;
            }
        };
        match left.passed(layout.start.saturating_add(u64::from(*offset)), *sites) {
            Ok(passed) => {
                let hits = table.hits_of(passed);
                table.add(&HitPiece { context: 0, first: 0, hits: &hits }, by_file);
                tables.push(table);
            }
            Err(error) => {
                damage.get_or_insert(format!("its counters {}: {error}", quote::text(&layout.counters)));
            }
        }
    }
    Ok(damage)
}
