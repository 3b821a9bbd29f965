//! Removing files once the output is written.

use super::super::hit_file::HitFileContents;
use super::super::names::{self, RunFileKind};
use super::super::{ProcessStart, run_lock};
use super::data_file_of;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Which runs have not ended.
pub(super) struct ActiveRuns<'a> {
    /// A run that counts as ended, because its own process asks.
    own: Option<&'a str>,
    known: HashMap<PathBuf, bool>,
}

impl<'a> ActiveRuns<'a> {
    pub(super) fn new(own: Option<&'a str>) -> Self {
        Self { own, known: HashMap::new() }
    }

    /// Whether the run of `hit_file`, which begins with `start`, has not ended.
    pub(super) fn contains(&mut self, hit_file: &Path, start: &ProcessStart) -> bool {
        // The hit file was renamed: no run can append to it.
        let Some(files) = super::run_of(hit_file, start) else { return false };
        if self.own == Some(&*files.run) {
            return false;
        }
        *self.known.entry(files.lock()).or_insert_with_key(|lock| run_lock::is_held(lock))
    }
}

/// Removes `paths`. Gives those that are gone, and the others with the reason.
pub(super) fn remove<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let (mut removed, mut failed) = (Vec::new(), Vec::new());
    for path in paths {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                failed.push((path.clone(), error.to_string()));
            }
            _ => removed.push(path.clone()),
        }
    }
    (removed, failed)
}

/// Removes the files that the removed hit files of `run` shared: object tables, runtime logs, counters and
/// snapshots.
pub(super) fn shared_of_run(run: &str, removed: &[PathBuf]) {
    for (_, path) in beside(removed).flat_map(|beside| beside.shared).filter(|(of, _)| of == run) {
        let _ = fs::remove_file(path);
    }
}

/// Removes the object tables, runtime logs, counters, snapshots and locks, beside removed hit files, of runs
/// that have ended and have no hit file left.
pub(super) fn shared_without_hits(removed: &[PathBuf]) {
    for beside in beside(removed) {
        let mut needed = HashSet::new();
        for path in &beside.hit_files {
            match run_of(path) {
                Ok(run) => needed.extend(run),
                Err(TooDamaged) => return, // it may need any
            }
        }
        let (held, dead): (Vec<_>, Vec<_>) =
            beside.locks.into_iter().partition(|(_, path)| run_lock::is_held(path));
        needed.extend(held.into_iter().map(|(run, _)| run));
        for (run, path) in beside.shared.into_iter().chain(dead) {
            if !needed.contains(&run) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// The files beside one data file. Those that hit files share, and locks, are with the run that they belong
/// to.
#[derive(Default)]
struct Beside {
    hit_files: Vec<PathBuf>,
    shared: Vec<(String, PathBuf)>,
    locks: Vec<(String, PathBuf)>,
}

/// The files that are left beside the data files of the removed hit files.
fn beside(removed: &[PathBuf]) -> impl Iterator<Item = Beside> {
    let data_files: BTreeSet<PathBuf> = removed.iter().filter_map(|path| data_file_of(path)).collect();
    data_files.into_iter().map(|data_file| {
        let mut beside = Beside::default();
        for path in names::beside(&data_file).unwrap_or_default() {
            match names::parse(&path).map(|name| name.kind) {
                Some(RunFileKind::HitFile) => beside.hit_files.push(path),
                Some(
                    RunFileKind::ObjectTable { run }
                    | RunFileKind::RuntimeLog { run }
                    | RunFileKind::Counters { run }
                    | RunFileKind::Snapshots { run },
                ) => beside.shared.push((run, path)),
                Some(RunFileKind::Lock { run }) => beside.locks.push((run, path)),
                None => {}
            }
        }
        beside
    })
}

/// The run of a hit file cannot be read.
struct TooDamaged;

/// The run of a hit file. `None` if the file is gone, or if its writer was killed before its first segment.
fn run_of(path: &Path) -> Result<Option<String>, TooDamaged> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|_| TooDamaged)?,
    };
    let contents = HitFileContents::read(&bytes);
    match (contents.process, contents.damage) {
        (Some(process), _) => Ok(Some(process.start.run)),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(TooDamaged),
    }
}

/// Whether both are one file.
pub(super) fn same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
