//! Which content each source file had in each run.

use super::super::SourceSnapshot;
use super::super::data_file::{self, store::Rewrite};
use super::super::error::Error;
use super::load::local_path;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use rusqlite::{Connection, Result};
use std::path::{Path, PathBuf};

/// The snapshots of the source files of each run, by the name of the run.
pub type SnapshotsOfRuns = HashMap<String, HashMap<PathBuf, SourceSnapshot>>;

/// Reads them from the data file `path`, with other paths of sources if `rewrite` gives them.
///
/// # Errors
/// As of [`View::load`](super::View::load).
pub fn snapshots_of_runs(
    path: &Path,
    rewrite: Option<Rewrite>,
) -> std::result::Result<SnapshotsOfRuns, Error> {
    let connection = data_file::open(path)?;
    read(&connection, rewrite).map_err(|error| Error::unusable(path, data_file::damage(&error)))
}

fn read(connection: &Connection, rewrite: Option<Rewrite>) -> Result<SnapshotsOfRuns> {
    let moment = connection.unchecked_transaction()?;
    let mut snapshots: HashMap<u32, (PathBuf, SourceSnapshot)> = HashMap::new();
    let sql = "SELECT source_snapshot.id, path, digest FROM source_snapshot JOIN file ON file.id = file";
    let mut statement = moment.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let path = local_path(row.get(1)?, rewrite);
        snapshots.insert(row.get(0)?, (path, row.get(2)?));
    }
    let sql = "SELECT name, numbits FROM run JOIN number_set ON id = snapshots";
    let mut statement = moment.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut runs = HashMap::new();
    while let Some(row) = rows.next()? {
        let of_run: NumberSet = row.get(1)?;
        let of_run = of_run.iter().filter_map(|snapshot| snapshots.get(&snapshot).cloned());
        runs.insert(row.get(0)?, of_run.collect());
    }
    Ok(runs)
}
