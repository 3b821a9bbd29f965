//! The source snapshots of each run: those that the run wrote, or, if it was killed, those of the files as
//! they are now.

use super::super::data_file::store::Store;
use super::super::run_directory::RunDirectory;
use super::super::snapshot::{RunSnapshots, SourceSnapshot};
use super::super::{Error, ProcessStart};
use super::run_of;
use crate::byte_text;
use crate::numbers::NumberSet;
use crate::source_file;
use hashbrown::{HashMap, HashSet};
use nix::unistd::gethostname;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The runs of the hit files that have been read.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    /// By the path of the file with its snapshots: whether the run wrote that, or its damage.
    written: HashMap<PathBuf, Result<Written, String>>,
    killed: BTreeMap<String, KilledRun>,
}

/// Whether a run wrote its snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Yes,
    No,
}

/// A run that was killed.
#[derive(Debug, Default)]
struct KilledRun {
    host: String,
    files: HashSet<i64>,
}

impl Snapshots {
    /// Records the snapshots of the run of `hit_file`. `files` are the source files of the process. Gives the
    /// damage of the snapshots, if any.
    ///
    /// # Errors
    /// When the data file cannot be written.
    pub(super) fn take(
        &mut self,
        hit_file: &Path,
        start: &ProcessStart,
        files: impl IntoIterator<Item = i64>,
        store: &mut Store,
    ) -> rusqlite::Result<Result<(), String>> {
        // The hit file may have been renamed.
        let path = run_of(hit_file, start).map(|names| hit_file.with_file_name(names.snapshots()));
        let written = match path {
            None => Ok(Written::No),
            Some(path) => match self.written.get(&path) {
                Some(written) => written.clone(),
                None => {
                    let written = read_snapshots(&path, &start.run, store)?;
                    self.written.insert(path, written.clone());
                    written
                }
            },
        };
        if written == Ok(Written::No) {
            let killed = self.killed.entry(start.run.clone()).or_default();
            killed.host.clone_from(&start.host);
            killed.files.extend(files);
        }
        Ok(written.map(drop))
    }

    /// Adds snapshots of the sources of killed runs, if they ran on this machine. A file that was written
    /// after the run began may not be what ran: its snapshot is missing.
    ///
    /// # Errors
    /// When the data file cannot be read or written.
    pub(super) fn add_of_killed_runs(self, store: &mut Store) -> rusqlite::Result<()> {
        let here = gethostname().map(byte_text::encode_os).unwrap_or_default();
        for (run, killed) in self.killed.into_iter().filter(|(_, killed)| killed.host == here) {
            let started = store.started(&run)?;
            let mut snapshots = NumberSet::default();
            for file in killed.files {
                if let Some(snapshot) = snapshot_at(&byte_text::decode_path(&store.path(file)?), started) {
                    snapshots.insert(store.snapshot(file, snapshot)?);
                }
            }
            store.run(&run, &snapshots)?;
        }
        Ok(())
    }
}

fn read_snapshots(path: &Path, run: &str, store: &mut Store) -> rusqlite::Result<Result<Written, String>> {
    let written = match RunSnapshots::read(path) {
        Ok(Some(written)) => written,
        Ok(None) if path.exists() && !RunDirectory::has(path) => {
            return Ok(Err("cut short".to_owned()));
        }
        Ok(None) => return Ok(Ok(Written::No)),
        Err(Error::Unusable { reason, .. }) => return Ok(Err(reason)),
        Err(Error::Io { source, .. }) => return Ok(Err(source.to_string())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut snapshots = NumberSet::default();
    for (file, snapshot) in &written.files {
        let file = store.file(file)?;
        snapshots.insert(store.snapshot(file, *snapshot)?);
    }
    store.run(run, &snapshots)?;
    Ok(Ok(Written::Yes))
}

/// The snapshot of a file for a run that began at `started`, in seconds since the epoch. `None` if it cannot
/// be read.
fn snapshot_at(path: &Path, started: f64) -> Option<SourceSnapshot> {
    let modified = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.modified().ok()?;
    let began = UNIX_EPOCH + Duration::try_from_secs_f64(started).ok()?;
    if modified >= began {
        return Some(SourceSnapshot::Missing);
    }
    source_file::read(path).ok().map(|content| SourceSnapshot::of(&content))
}
