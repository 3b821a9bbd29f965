//! `combine`: hit files and data files into one data file.
//!
//! Every step is a union or a maximum. So combining is associative, commutative and idempotent. The result is
//! written beside the output and renamed over it. Only then are the inputs removed.

mod cleanup;
mod data_files;
mod hit_files;
mod inputs;
mod leftover;
mod output;
mod runtime_logs;
mod shared;
mod snapshots;
mod tables;
mod template;

use super::ProcessStart;
pub use super::data_file::store::Rewrite;
use super::data_file::store::Store;
use super::error::Error;
use super::names::{self, RunFileKind, RunNames};
use super::run_directory::RunDirectory;
use super::target::Target;
use crate::progress::Progress;
use hit_files::HitFileResult;
use inputs::Inputs;
pub use output::check_output;
use output::{OldOutput, Output};
pub(super) use output::{check_removable, remove_leftovers};
use shared::Shared;
use snapshots::Snapshots;
use std::path::{Path, PathBuf};
pub use template::{Beginning, Template};

/// How to combine.
#[derive(Default, Clone, Copy)]
pub struct CombineOptions<'a> {
    /// Add to the output instead of replacing it.
    pub append: bool,
    /// Leave the inputs in place.
    pub keep: bool,
    /// Gives other paths for source files. Lines and hits of files that get the same path are united, those
    /// of the old output included.
    pub rewrite: Option<Rewrite<'a>>,
}

/// The result for each input.
#[derive(Debug, Default)]
pub struct CombineSummary {
    /// How many processes the inputs have. A process that several inputs have counts for each.
    pub processes: usize,
    /// Inputs that are entirely in the output.
    pub combined: Vec<PathBuf>,
    /// Damaged inputs, which are left in place, and their damage. What a hit file has before its damage is in
    /// the output. Nothing of a damaged data file is.
    pub damaged: Vec<(PathBuf, String)>,
    /// How many of these have something in the output.
    pub partly: usize,
    /// Hit files of runs that have not ended. They are left alone.
    pub active: Vec<PathBuf>,
    /// Inputs that are in the output but could not be removed, and the reason.
    pub not_removed: Vec<(PathBuf, String)>,
}

/// `forkcov combine [PATHS]`: combines `paths` into `output`. A directory stands for the data file in it that
/// is named like `output`, for the hit files of that, and for what its killed runs have left. Without paths,
/// the hit files beside `output` are combined, and what its killed runs have left. Runs that have not ended
/// are left alone.
///
/// # Errors
/// When the output cannot be written, or there is nothing to write. Nothing is changed then.
pub fn combine(paths: &[PathBuf], output: &Path, options: &CombineOptions) -> Result<CombineSummary, Error> {
    let target = Target::of(output)?;
    check_output(&target, false)?;
    let inputs = Inputs::find(paths, output)?;
    let scratch = RunDirectory::scratch(target.resolved_directory()).map_err(Error::io("write", output))?;
    let merged = merge(inputs, &target, &scratch, options, None, None);
    scratch.remove();
    let (summary, removed) = merged?;
    cleanup::shared_without_hits(&removed);
    Ok(summary)
}

/// The end of a run: combines the hit files in its directory into the data file. Removes the directory if all
/// of it is in the data file. If that is a new one, it begins as `beginning` says.
///
/// # Errors
/// When the output cannot be written, or there is nothing to write. Nothing is changed then.
pub fn combine_run(
    run: &str,
    directory: &RunDirectory,
    target: &Target,
    options: &CombineOptions,
    beginning: Option<&Beginning>,
) -> Result<CombineSummary, Error> {
    let inputs = Inputs::of_run(directory.hit_files());
    let beginning = beginning.filter(|it| !options.append && it.is_named_in(&inputs.hit_files));
    let (summary, _) = merge(inputs, target, directory, options, Some(run), beginning)?;
    if summary.damaged.is_empty() {
        directory.remove();
    }
    Ok(summary)
}

/// The end of a run that leaves its hit files beside the data file (`run --parallel-mode`): puts all files of
/// its directory there, and removes the directory. The hit files come last, since they name the others.
///
/// # Errors
/// When a file cannot be written. The directory is not removed then.
pub fn put_beside(directory: &RunDirectory, target: &Target) -> Result<(), Error> {
    let mut names = directory.named_files();
    names.sort_by_key(|(_, kind)| *kind == RunFileKind::HitFile);
    for (name, kind) in names {
        if let RunFileKind::Counters { .. } = kind {
            continue; // of a process that has ended: they are in its hit file
        }
        let put = || target.put(&name, &mut directory.open_file(&name)?, None);
        put().map_err(Error::io("write", &target.resolved_directory().join(&name)))?;
    }
    directory.remove();
    Ok(())
}

/// How many hit files there are for the data file `path` that have not been combined.
pub fn uncombined(path: &Path) -> usize {
    Inputs::find(&[], path).map_or(0, |inputs| inputs.hit_files.len() + inputs.active.len())
}

/// Combines, and gives also which files were removed. The run `own` counts as ended. Temporary files are made
/// in `scratch`.
fn merge(
    inputs: Inputs,
    target: &Target,
    scratch: &RunDirectory,
    options: &CombineOptions,
    own: Option<&str>,
    beginning: Option<&Beginning>,
) -> Result<(CombineSummary, Vec<PathBuf>), Error> {
    let path = target.path();
    let failed = |source| Error::Database { path: scratch.path().to_owned(), source };
    let old = match (options.append, options.rewrite) {
        (false, _) => OldOutput::Replaced,
        (true, None) => OldOutput::Copied,
        (true, Some(_)) => OldOutput::Read,
    };
    let template = beginning.map(|beginning| &beginning.template.database[..]);
    let output = Output::begin(target, scratch, old, template)?;
    let mut summary =
        CombineSummary { damaged: inputs.damaged, active: inputs.active, ..CombineSummary::default() };
    let mut store = Store::new(output.connection(), options.rewrite);
    let mut shared = Shared::new(scratch, beginning);
    let mut snapshots = Snapshots::default();
    let mut active = cleanup::ActiveRuns::new(own);
    let mut progress = Progress::new("combining", inputs.hit_files.len() + inputs.data_files.len());
    for input in inputs.hit_files {
        let taken = hit_files::take(&input, &mut store, &mut shared, &mut snapshots, &mut active);
        match taken.map_err(failed)? {
            HitFileResult::Active => summary.active.push(input),
            HitFileResult::Combined { processes, damage } => {
                summary.processes += processes;
                match damage {
                    None => summary.combined.push(input),
                    Some(reason) => {
                        summary.partly += processes;
                        summary.damaged.push((input, reason));
                    }
                }
            }
        }
        progress.step();
    }
    // If paths are rewritten, the file at a path may not be the source that the run had.
    if options.rewrite.is_none() {
        snapshots.add_of_killed_runs(&mut store).map_err(failed)?;
    }
    for input in inputs.data_files {
        match data_files::take(&input, &mut store).map_err(failed)? {
            // It would be replaced, and what is undamaged in it lost.
            Err(reason) if cleanup::same_file(&input, &target.resolved()) => {
                return Err(Error::unusable(path, reason));
            }
            Err(reason) => summary.damaged.push((input, reason)),
            Ok(processes) => {
                summary.processes += processes;
                summary.combined.push(input);
            }
        }
        progress.step();
    }
    drop(progress);
    if summary.processes == 0 {
        return Err(summary.nothing(path));
    }
    if let Some(old) = output.old_to_read() {
        let taken = data_files::take(old, &mut store).map_err(failed)?;
        taken.map_err(|reason| Error::unusable(path, reason))?;
    }
    store.tidy().map_err(failed)?;
    output.commit()?;
    let mut removed = Vec::new();
    // The directory of an own run is removed as a whole.
    if !options.keep && own.is_none() {
        let written = target.resolved();
        let combined = summary.combined.iter().filter(|input| !cleanup::same_file(input, &written));
        (removed, summary.not_removed) = cleanup::remove(combined);
        let is_damaged = |directory: &RunDirectory| {
            summary.damaged.iter().any(|(path, _)| path.starts_with(directory.path()))
        };
        inputs
            .run_directories
            .iter()
            .filter(|directory| !is_damaged(directory))
            .for_each(RunDirectory::remove);
    }
    Ok((summary, removed))
}

impl CombineSummary {
    fn nothing(mut self, output: &Path) -> Error {
        let active = self.active.into_iter().map(|path| (path, "its run has not ended".to_owned()));
        self.damaged.extend(active);
        Error::NothingToCombine { output: output.to_owned(), damaged: self.damaged }
    }
}

/// The run that `start` names and `hit_file` belongs to; `None` if the hit file has another name than forkcov
/// gives it.
fn run_of(hit_file: &Path, start: &ProcessStart) -> Option<RunNames> {
    let base = names::parse(hit_file)?.base;
    Some(RunNames { base, host: start.host.clone(), run: start.run.clone() })
}

/// The data file that `path` is beside, by its name.
fn data_file_of(path: &Path) -> Option<PathBuf> {
    names::parse(path).map(|name| path.with_file_name(name.base))
}
