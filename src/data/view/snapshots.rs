//! Which content each source file had in each run.

use super::super::SourceSnapshot;
use super::super::data_file;
use super::super::error::Error;
use crate::byte_text;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use rusqlite::{Connection, Result};
use std::path::{Path, PathBuf};

/// The snapshots of the source files of each run, by the name of the run.
pub type SnapshotsOfRuns = HashMap<String, HashMap<PathBuf, SourceSnapshot>>;

/// Reads them from the data file `path`.
///
/// # Errors
/// As of [`View::load`](super::View::load).
pub fn snapshots_of_runs(path: &Path) -> std::result::Result<SnapshotsOfRuns, Error> {
    let connection = data_file::open(path)?;
    read(&connection).map_err(|error| Error::unusable(path, data_file::damage(&error)))
}

fn read(connection: &Connection) -> Result<SnapshotsOfRuns> {
    let moment = connection.unchecked_transaction()?;
    let mut snapshots: HashMap<u32, (PathBuf, SourceSnapshot)> = HashMap::new();
    let sql = "SELECT source_snapshot.id, path, digest FROM source_snapshot JOIN file ON file.id = file";
    let mut statement = moment.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let path = byte_text::decode_path(&row.get::<_, String>(1)?).into_owned();
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
