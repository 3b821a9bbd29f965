//! `forkcov run`: launch, follow, write the data file, and end as the program ended.

use super::images::Images;
use super::recorder::HitRecorder;
use super::signals::{self, FORWARDED, Receivers};
use crate::cli::{NOT_EXECUTABLE, NOT_FOUND, RUN_FAILED, RunOptions};
use crate::data::{Exit, combine};
use crate::ptrace::{self, SpawnError};
use crate::report::summary;
use crate::sources::{Here, Selection, SourceFilter};
use crate::tracer::{End, Outcome, Tracer};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Runs the program, records which of its processes ran which line, and leaves a data file, or with
/// `--parallel-mode` the hit files.
///
/// # Errors
/// When the program cannot be launched or traced ([`SpawnError`]), or the data cannot be written; then the hit
/// files are left for `forkcov combine`.
pub fn run(options: &RunOptions) -> Result<Exit> {
    let data_file =
        std::path::absolute(&options.data_file.data_file).context("failed to find the current directory")?;
    require_directory(&data_file)?;
    let outcome = trace(options, &data_file)?;
    let problems = outcome.recorder.problems();
    for problem in &problems {
        eprintln!("forkcov: {problem}");
    }
    if options.verbose {
        outcome.recorder.images().notes.iter().for_each(|note| eprintln!("forkcov: {note}"));
    }
    finish(options, &data_file, &outcome)?;
    Ok(match outcome.end {
        End::Exited(0) if !problems.is_empty() => Exit::Code(RUN_FAILED.into()),
        End::Exited(status) => Exit::Code(status),
        End::Signaled(signal) => Exit::Signal(signal),
    })
}

/// The exit status for a run that failed with `error`: those of env(1) and of shells.
pub fn failure_status(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(SpawnError::NotFound(_)) => NOT_FOUND,
        Some(SpawnError::NotExecutable(..)) => NOT_EXECUTABLE,
        _ => RUN_FAILED,
    }
}

/// From the launch to the end of the last process.
fn trace(options: &RunOptions, data_file: &Path) -> Result<Outcome<HitRecorder>> {
    let here = Here::new().context("failed to find the current directory")?;
    let filter = SourceFilter::for_run(&here, &Selection::from(options))?;
    if filter.ignores_include() {
        eprintln!("forkcov: --include is ignored, because --source is given");
    }
    let receivers = Receivers::default();
    let run = format!("{:016x}", fastrand::u64(..));
    let images = Images::new(data_file.to_owned(), run.clone(), filter);
    let recorder = HitRecorder::new(run, data_file.to_owned(), images, receivers.clone());

    let blocked = ptrace::block_forwarded(FORWARDED)?;
    let launched = ptrace::launch(&options.command, &blocked)?;
    signals::forward(receivers).context("failed to pass signals on")?;
    blocked.release();

    let outcome = Tracer::new(launched.pid, recorder).run().context("failed to wait for the program")?;
    match launched.failure(&options.command[0]) {
        Some(failure) if !outcome.executed => Err(failure.into()),
        _ => Ok(outcome),
    }
}

/// Makes the data file of the hit files, and says what came of it.
fn finish(options: &RunOptions, data_file: &Path, outcome: &Outcome<HitRecorder>) -> Result<()> {
    todo!("{options:?} {data_file:?} {:?}", outcome.end)
}

/// A data file in a directory that does not exist is told before the program runs, not after.
fn require_directory(data_file: &Path) -> Result<()> {
    let directory: PathBuf = data_file.parent().map(Path::to_owned).unwrap_or_default();
    fs::metadata(&directory).with_context(|| format!("failed to find {}", directory.display()))?;
    Ok(())
}
