//! Which texts of its sources each run ran: as it has told itself, or, where it was killed, as they are here.

use super::super::data_file::store::Store;
use super::super::snapshot::{RunSnapshots, SourceSnapshot};
use super::super::{Error, ProcessStart};
use super::run_of;
use crate::numbers::NumberSet;
use hashbrown::{HashMap, HashSet};
use nix::unistd::gethostname;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The runs so far.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    /// By their files; or what is wrong with these.
    told: HashMap<PathBuf, Result<Told, String>>,
    untold: BTreeMap<String, Untold>,
}

/// Whether a run has told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Yes,
    No,
}

/// A run that was killed.
#[derive(Debug, Default)]
struct Untold {
    host: String,
    files: HashSet<i64>,
}

impl Snapshots {
    /// Records what the run has told of which `hit_file` is one. `files` are those whose lines the process knew. Gives what is
    /// wrong with what was told.
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
        // Somebody may have renamed the hit file.
        let path = run_of(hit_file, start).map(|files| files.snapshots());
        let told = match path {
            None => Ok(Told::No),
            Some(path) => match self.told.get(&path) {
                Some(told) => told.clone(),
                None => {
                    let told = tell(&path, &start.run, store)?;
                    self.told.insert(path, told.clone());
                    told
                }
            },
        };
        if told == Ok(Told::No) {
            let untold = self.untold.entry(start.run.clone()).or_default();
            untold.host.clone_from(&start.host);
            untold.files.extend(files);
        }
        Ok(told.map(drop))
    }

    /// Looks for the sources of the runs that have not told, where these ran on this machine. A file that was written to after
    /// its run began may not be what ran.
    ///
    /// # Errors
    /// When the data file cannot be read or written.
    pub(super) fn look(self, store: &mut Store) -> rusqlite::Result<()> {
        let here = gethostname().unwrap_or_default();
        for (run, untold) in self.untold.into_iter().filter(|(_, untold)| *untold.host == *here) {
            let started = store.started(&run)?;
            let mut texts = NumberSet::default();
            for file in untold.files {
                if let Some(text) = snapshot_at(Path::new(&store.path(file)?), started) {
                    texts.insert(store.snapshot(file, text)?);
                }
            }
            store.run(&run, &texts)?;
        }
        Ok(())
    }
}

fn tell(path: &Path, run: &str, store: &mut Store) -> rusqlite::Result<Result<Told, String>> {
    let told = match RunSnapshots::read(path) {
        Ok(Some(told)) => told,
        Ok(None) => return Ok(Ok(Told::No)),
        Err(Error::Unusable { reason, .. }) => return Ok(Err(reason)),
        Err(Error::Io { source, .. }) => return Ok(Err(source.to_string())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut texts = NumberSet::default();
    for (file, text) in &told.files {
        let file = store.file(file)?;
        texts.insert(store.snapshot(file, *text)?);
    }
    store.run(run, &texts)?;
    Ok(Ok(Told::Yes))
}

/// The text of a file, for a run that began at `started`, in seconds since the epoch; `None` if there is none to read.
fn snapshot_at(path: &Path, started: f64) -> Option<SourceSnapshot> {
    let written = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.modified().ok()?;
    let began = UNIX_EPOCH + Duration::try_from_secs_f64(started).ok()?;
    if written >= began {
        return Some(SourceSnapshot::Missing);
    }
    fs::read(path).ok().map(|content| SourceSnapshot::of(&content))
}
