//! `forkcov annotate`.

use super::loading::{here, load_without_warnings, of_runs};
use super::output::{colour, to_stdout};
use anyhow::{Context, bail};
use forkcov::cli::{AnnotateOptions, PatternOptions};
use forkcov::data::view::{ProcessFilter, SourceState};
use forkcov::message::print_message;
use forkcov::quote;
use forkcov::report::{Coverage, FileCoverage, annotate as annotated, versions};
use forkcov::source_file;
use forkcov::sources::Here;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn annotate(options: &AnnotateOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let chosen = ProcessFilter { pids: &options.pid, ..of_runs(&options.labels) };
    let patterns = PatternOptions { exclude: options.exclude.clone(), ..PatternOptions::default() };
    let view = load_without_warnings(&here, &options.data_file, &patterns, chosen)?;
    let coverage = Coverage::of(&view);
    let data_file = &options.data_file.data_file;
    let files: Vec<&FileCoverage> = options
        .files
        .iter()
        .map(|path| find(&coverage, &here, path, data_file))
        .collect::<anyhow::Result<_>>()?;
    let precision = usize::from(options.precision);
    let layout = annotated::AnnotateLayout { here: &here, pids: options.pids, colour: colour(), precision };
    let shown = files.iter().map(|file| file.source);
    versions::diagnostics(shown, &here).iter().for_each(|text| print_message(text));
    for (index, file) in files.into_iter().enumerate() {
        let text = text_of(file)?;
        to_stdout(|out| {
            if index > 0 {
                writeln!(out)?;
            }
            annotated::write(file, &view, &text, &layout, out)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file at `path`, or the only file whose path ends with `path`.
pub(super) fn find<'c, 'v>(
    coverage: &'c Coverage<'v>,
    here: &Here,
    path: &Path,
    data_file: &Path,
) -> anyhow::Result<&'c FileCoverage<'v>> {
    let (shown, data_file) = (quote::path(path), quote::path(data_file));
    let names = here.names_of(path);
    if let Some(file) = coverage.files.iter().find(|file| names.contains(&file.source.path)) {
        return Ok(file);
    }
    let candidates: Vec<_> = coverage.files.iter().filter(|file| file.source.path.ends_with(path)).collect();
    match candidates[..] {
        [file] => Ok(file),
        [] => bail!("no source file {shown} in {data_file}: `forkcov report` lists its source files"),
        [first, second, ..] => {
            let (first, second) = (quote::path(&first.source.path), quote::path(&second.source.path));
            bail!(
                "{} source files of {data_file} match {shown}: {first}, {second}…; give more of the path",
                candidates.len()
            )
        }
    }
}

/// The current text of a file; empty if the file is gone.
fn text_of(file: &FileCoverage) -> anyhow::Result<String> {
    let path = &file.source.path;
    if file.source.state == SourceState::Missing {
        return Ok(String::new());
    }
    let content = source_file::read(path).with_context(|| format!("failed to read {}", quote::path(path)))?;
    Ok(String::from_utf8_lossy(&content).into_owned())
}
