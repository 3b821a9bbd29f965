//! `forkcov annotate`.

use super::{PRECISION, colour, here, load, to_stdout};
use anyhow::{Context, bail};
use forkcov::cli::{AnnotateOptions, Patterns};
use forkcov::complain::complain;
use forkcov::data::view::{Chosen, View};
use forkcov::report::{Coverage, FileCoverage, annotate as annotated};
use forkcov::sources::Here;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn annotate(options: &AnnotateOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let chosen = Chosen { pids: &options.pid, labels: &options.labels.label };
    let view = load(&here, &options.data_file, &Patterns::default(), chosen)?;
    let coverage = Coverage::of(&view);
    let data_file = &options.data_file.data_file;
    let files: Vec<&FileCoverage> = options
        .files
        .iter()
        .map(|path| find(&coverage, &here, path, data_file))
        .collect::<anyhow::Result<_>>()?;
    let layout =
        annotated::Options { here: &here, pids: options.pids, colour: colour(), precision: PRECISION };
    for (index, file) in files.into_iter().enumerate() {
        let text = text_of(file, &view)?;
        to_stdout(|out| {
            if index > 0 {
                writeln!(out)?;
            }
            annotated::write(file, &view, &text, &layout, out)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file of this name, or the one file whose path ends so.
fn find<'c, 'v>(
    coverage: &'c Coverage<'v>,
    here: &Here,
    path: &Path,
    data_file: &Path,
) -> anyhow::Result<&'c FileCoverage<'v>> {
    let (shown, data_file) = (path.display(), data_file.display());
    let names = here.names_of(path);
    if let Some(file) = coverage.files.iter().find(|file| names.contains(&file.source.path)) {
        return Ok(file);
    }
    let candidates: Vec<_> = coverage.files.iter().filter(|file| file.source.path.ends_with(path)).collect();
    match candidates[..] {
        [file] => Ok(file),
        [] => bail!("no source file {shown} in {data_file}: `forkcov report` lists those that it has"),
        [first, second, ..] => {
            let (first, second) = (first.source.path.display(), second.source.path.display());
            bail!("{} source files of {data_file} are called {shown}: {first}, {second}…", candidates.len())
        }
    }
}

/// The text of a file as it is now. Says so if it may be another one than what ran.
fn text_of(file: &FileCoverage, view: &View) -> anyhow::Result<String> {
    let path = &file.source.path;
    let shown = path.display();
    let content = fs::read(path).with_context(|| format!("failed to read {shown}"))?;
    let text = String::from_utf8_lossy(&content).into_owned();
    let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    let is_shorter = file.source.executable.iter().any(|line| line > lines);
    if is_shorter || was_modified(file, view) {
        complain(&format!("{shown} was modified after it ran: its lines may have moved"));
    }
    Ok(text)
}

/// Was the file written to since the first of the processes that ran it began?
fn was_modified(file: &FileCoverage, view: &View) -> bool {
    let began = file.source.hits.iter().map(|(process, _)| view.processes[*process].started);
    let first = began.min_by(f64::total_cmp).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let modified: Option<SystemTime> = fs::metadata(&file.source.path).and_then(|file| file.modified()).ok();
    first.zip(modified).is_some_and(|(first, modified)| modified > UNIX_EPOCH + first)
}
