//! `combine`: hit files and data files into one data file.
//!
//! Every step is a union or a maximum. So combining is associative, commutative and idempotent. The result is
//! written beside the output and renamed over it. Only then are the inputs removed.

mod cleanup;
mod counters;
mod data_files;
mod hit_files;
mod inputs;
mod output;
mod runtime_logs;
mod shared;
mod snapshots;
mod tables;

use super::ProcessStart;
pub use super::data_file::store::Rewrite;
use super::data_file::store::Store;
use super::error::Error;
use super::names::{self, RunFiles};
use crate::progress::Progress;
use hit_files::HitFileResult;
use inputs::Inputs;
pub use output::check_output;
use output::{OldOutput, Output};
pub(super) use output::{check_removable, remove_leftovers};
use shared::Shared;
use snapshots::Snapshots;
use std::path::{Path, PathBuf};

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
    /// Hit files of runs that have not ended. They are left alone.
    pub active: Vec<PathBuf>,
    /// Inputs that are in the output but could not be removed, and the reason.
    pub not_removed: Vec<(PathBuf, String)>,
}

/// `forkcov combine [PATHS]`: combines `paths` into `output`. A directory stands for the data file in it that
/// is named like `output`, and for the hit files of that. Without paths, the hit files beside `output` are
/// combined. Hit files of runs that have not ended are left alone.
///
/// # Errors
/// When the output cannot be written, or there is nothing to write. Nothing is changed then.
pub fn combine(paths: &[PathBuf], output: &Path, options: &CombineOptions) -> Result<CombineSummary, Error> {
    let (summary, removed) = merge(Inputs::find(paths, output)?, output, options, None)?;
    cleanup::shared_without_hits(&removed);
    Ok(summary)
}

/// The end of a run: combines `hit_files`, which are all those of `run`, into `output`. Removes the object
/// tables, runtime logs, counters and snapshots of the run. The caller may still hold the lock of the run.
///
/// # Errors
/// When the output cannot be written, or there is nothing to write. Nothing is changed then.
pub fn combine_run(
    run: &str,
    hit_files: &[PathBuf],
    output: &Path,
    options: &CombineOptions,
) -> Result<CombineSummary, Error> {
    let (summary, removed) = merge(Inputs::of_run(hit_files), output, options, Some(run))?;
    if summary.damaged.is_empty() && !removed.is_empty() {
        cleanup::shared_of_run(run, &removed);
    }
    Ok(summary)
}

/// Combines, and gives also which files were removed. The run `own` counts as ended.
fn merge(
    inputs: Inputs,
    path: &Path,
    options: &CombineOptions,
    own: Option<&str>,
) -> Result<(CombineSummary, Vec<PathBuf>), Error> {
    let failed = |source| Error::Database { path: path.to_owned(), source };
    let old = match (options.append, options.rewrite) {
        (false, _) => OldOutput::Replaced,
        (true, None) => OldOutput::Copied,
        (true, Some(_)) => OldOutput::Read,
    };
    let output = Output::begin(path, old)?;
    let mut summary = CombineSummary { damaged: inputs.damaged, ..CombineSummary::default() };
    let mut store = Store::new(output.connection(), options.rewrite);
    let mut shared = Shared::default();
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
                    Some(reason) => summary.damaged.push((input, reason)),
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
    if output.has_old_to_read() {
        let taken = data_files::take(path, &mut store).map_err(failed)?;
        taken.map_err(|reason| Error::unusable(path, reason))?;
    }
    store.tidy().map_err(failed)?;
    let written = output.commit()?;
    let mut removed = Vec::new();
    if !options.keep {
        let inputs = summary.combined.iter().filter(|input| !cleanup::same_file(input, &written));
        (removed, summary.not_removed) = cleanup::remove(inputs);
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
fn run_of(hit_file: &Path, start: &ProcessStart) -> Option<RunFiles> {
    let data_file = data_file_of(hit_file)?;
    Some(RunFiles { data_file, host: start.host.clone(), run: start.run.clone() })
}

/// The data file that `path` is beside, by its name.
fn data_file_of(path: &Path) -> Option<PathBuf> {
    names::parse(path).map(|name| path.with_file_name(name.base))
}
