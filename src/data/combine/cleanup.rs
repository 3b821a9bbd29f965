//! Removing files once the output is written.

use super::super::ProcessStart;
use super::super::hit_file::HitFileContents;
use super::super::names::{self, RunFileKind};
use super::super::run_directory::RunDirectory;
use super::data_file_of;
use hashbrown::{HashMap, HashSet};
use nix::unistd::geteuid;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Which runs have not ended.
pub(super) struct ActiveRuns<'a> {
    /// A run that counts as ended, because its own process asks.
    own: Option<&'a str>,
    known: HashMap<String, bool>,
}

impl<'a> ActiveRuns<'a> {
    pub(super) fn new(own: Option<&'a str>) -> Self {
        Self { own, known: HashMap::new() }
    }

    /// Whether the run of `hit_file`, which begins with `start`, has not ended. Its last hit files may still
    /// be put beside the data file (`run --parallel-mode`).
    pub(super) fn contains(&mut self, hit_file: &Path, start: &ProcessStart) -> bool {
        // The hit file was renamed, or is in the directory of a run that has ended.
        let Some(names) = super::run_of(hit_file, start) else { return false };
        let directory = names::directory_of(hit_file);
        if self.own == Some(&*names.run) || RunDirectory::is_one(directory) {
            return false;
        }
        *self.known.entry(names.run).or_insert_with_key(|run| RunDirectory::is_active(run, directory))
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

/// Removes the object tables, runtime logs and snapshots, beside removed hit files, of runs that have ended
/// and have no hit file left.
pub(super) fn shared_without_hits(removed: &[PathBuf]) {
    for beside in beside(removed) {
        let mut needed = HashSet::new();
        for path in &beside.hit_files {
            match run_of(path) {
                Ok(run) => needed.extend(run),
                Err(TooDamaged) => return, // it may need any
            }
        }
        for (run, path) in beside.shared {
            let is_active = || RunDirectory::is_active(&run, names::directory_of(&path));
            if !needed.contains(&run) && is_own(&path) && !is_active() {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// The files beside one data file. Those that hit files share are with the run that they belong to.
#[derive(Default)]
struct Beside {
    hit_files: Vec<PathBuf>,
    shared: Vec<(String, PathBuf)>,
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
                    | RunFileKind::SourceList { run }
                    | RunFileKind::Counters { run }
                    | RunFileKind::Snapshots { run },
                ) => beside.shared.push((run, path)),
                None => {}
            }
        }
        beside
    })
}

/// Whether a file belongs to this user. The run of another may still be putting its files there.
fn is_own(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.uid() == geteuid().as_raw())
}

/// The run of a hit file cannot be read.
struct TooDamaged;

/// The run of a hit file. `None` if the file is gone.
fn run_of(path: &Path) -> Result<Option<String>, TooDamaged> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|_| TooDamaged)?,
    };
    let contents = HitFileContents::read(&bytes);
    contents.process.map(|process| Some(process.start.run)).ok_or(TooDamaged)
}

/// Whether both are one file.
pub(super) fn same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
