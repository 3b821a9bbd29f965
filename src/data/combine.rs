//! `combine`: hit files and data files into one data file. Associative, commutative, idempotent.
//!
//! It has happened, or it has not: a new data file is made beside the old one and renamed over it, an append is
//! one transaction. Inputs are removed only after that.

use super::data_file::{DataFile, Error, Store};
use super::hit_file::Recorded;
use super::meaning::Meanings;
use super::{copy, names, run_lock};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How to combine.
#[derive(Debug, Default, Clone, Copy)]
pub struct Options {
    /// Add to the output instead of replacing it.
    pub append: bool,
    /// Leave the inputs in place.
    pub keep: bool,
}

/// What became of the inputs.
#[derive(Debug, Default)]
pub struct Outcome {
    /// These are in the output.
    pub combined: Vec<PathBuf>,
    /// These are not, and why; they are left in place.
    pub damaged: Vec<(PathBuf, String)>,
    /// The runs of the combined hit files, by the data file that these were beside.
    runs: BTreeMap<PathBuf, BTreeSet<String>>,
}

/// Combines hit files, data files and directories of such into `output`. The hit files of a run that goes on
/// are left alone.
///
/// # Errors
/// When the output cannot be written, or a directory not be read; then nothing has happened.
pub fn combine(inputs: &[PathBuf], output: &Path, options: Options) -> Result<Outcome, CombineError> {
    let mut files = Vec::new();
    for input in inputs {
        if input.is_dir() {
            let name = output.file_name().unwrap_or_default();
            let inside = names::beside(&input.join(name))
                .map_err(|source| CombineError::List(input.clone(), source))?;
            files.extend(inside);
            files.extend(Some(input.join(name)).filter(|path| path.exists() && !is_same(path, output)));
        } else {
            files.push(input.clone());
        }
    }
    files.retain(|path| !names::is_companion(path));
    write(&files, output, options)
}

/// Combines the hit files of a run that has just ended, and has let go of its lock.
///
/// # Errors
/// As [`combine`].
pub fn combine_run(hit_files: &[PathBuf], output: &Path, append: bool) -> Result<Outcome, CombineError> {
    write(hit_files, output, Options { append, keep: false })
}

/// Why nothing was combined.
#[derive(Debug, thiserror::Error)]
pub enum CombineError {
    /// The data file.
    #[error(transparent)]
    DataFile(#[from] Error),
    /// A directory of inputs.
    #[error("failed to list {0}: {1}")]
    List(PathBuf, io::Error),
    /// The place of the output.
    #[error("failed to write {0}: {1}")]
    Output(PathBuf, io::Error),
    /// No input was fit to be combined.
    #[error("no data to combine")]
    Nothing(Vec<(PathBuf, String)>),
}

fn write(files: &[PathBuf], output: &Path, options: Options) -> Result<Outcome, CombineError> {
    let outcome = if options.append && output.exists() {
        DataFile::open_to_append(output)?.write(|store| fill(store, files))?
    } else {
        let failed = |error| CombineError::Output(output.to_owned(), error);
        let directory =
            output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A name that is not taken for a hit file's, should forkcov be killed here.
        let temporary = tempfile::Builder::new()
            .prefix(".forkcov-")
            .suffix(".new")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
            .tempfile_in(directory)
            .map_err(failed)?;
        let outcome = DataFile::create(temporary.path())?.write(|store| fill(store, files))?;
        temporary.persist(output).map_err(|error| failed(error.error))?;
        outcome
    };
    if !options.keep {
        remove(&outcome, output);
    }
    Ok(outcome)
}

/// Removes what is combined, and the tables that no hit file needs any more. What cannot be removed is combined
/// again some day, to no effect.
fn remove(outcome: &Outcome, output: &Path) {
    for path in outcome.combined.iter().filter(|path| !is_same(path, output)) {
        let _ = fs::remove_file(path);
    }
    let places: BTreeSet<PathBuf> = outcome.runs.keys().cloned().collect();
    for data_file in places {
        let left = names::beside(&data_file).unwrap_or_default();
        let (companions, hit_files): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|path| names::is_companion(path));
        // Of a damaged hit file nobody can tell which tables it needs.
        let run_of =
            |path: &PathBuf| Recorded::read(path).transpose().map(|recorded| Ok(recorded?.start.run));
        let needed: io::Result<BTreeSet<String>> = hit_files.iter().filter_map(run_of).collect();
        let Ok(needed) = needed else { continue };
        for run in outcome.runs[&data_file].difference(&needed) {
            for path in companions.iter().filter(|path| names::is_companion_of(path, run)) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Adds all files, and notes those that cannot be read.
fn fill(store: &mut Store, files: &[PathBuf]) -> Result<Outcome, CombineError> {
    let mut outcome = Outcome::default();
    let mut meanings = Meanings::default();
    for path in files {
        match add(store, &mut meanings, path) {
            Ok(run) => {
                outcome.combined.push(path.clone());
                if let Some(run) = run {
                    outcome.runs.entry(names::data_file_of(path)).or_default().insert(run);
                }
            }
            Err(Problem::Input(reason)) => outcome.damaged.push((path.clone(), reason)),
            Err(Problem::Output(error)) => return Err(error.into()),
        }
    }
    if outcome.combined.is_empty() {
        return Err(CombineError::Nothing(outcome.damaged));
    }
    Ok(outcome)
}

/// What is wrong with one input, or with the output, which ends it all.
#[derive(Debug)]
pub(super) enum Problem {
    Input(String),
    Output(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Output(error)
    }
}

/// Adds one input; gives its run, if it is a hit file.
fn add(store: &mut Store, meanings: &mut Meanings, path: &Path) -> Result<Option<String>, Problem> {
    if is_database(path) {
        copy::copy(path, store)?;
        return Ok(None);
    }
    let input = |error: io::Error| Problem::Input(error.to_string());
    let Some(recorded) = Recorded::read(path).map_err(input)? else { return Ok(None) };
    if run_lock::is_held(&names::data_file_of(path), &recorded.start) {
        return Err(Problem::Input(format!("{} belongs to a run that goes on", path.display())));
    }
    // All that can be wrong with the input is found before the first row is written.
    let directory = path.parent().unwrap_or(Path::new(""));
    for (table, sites) in &recorded.sites {
        meanings.load(store, directory, table, sites.len())?;
    }
    let process = store.process(&recorded.start, recorded.end, &recorded.images)?;
    for (table, sites) in &recorded.sites {
        for (file, lines, functions) in meanings.of(directory, table, sites) {
            store.hit(process, file, &lines, &functions)?;
        }
    }
    Ok(Some(recorded.start.run))
}

/// An SQLite database begins with these 16 bytes.
fn is_database(path: &Path) -> bool {
    let mut magic = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"SQLite format 3\0"
}

/// Are these one file?
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
