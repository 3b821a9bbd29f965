//! `forkcov tests`.

use super::annotate::find;
use super::loading::{here, load_by, of_runs, warn};
use super::output::to_stdout;
use anyhow::bail;
use forkcov::cli::{SourceLine, TestsOptions};
use forkcov::data::view::{HitsBy, View};
use forkcov::message::print_message;
use forkcov::quote;
use forkcov::report::{Coverage, by_context};
use forkcov::sources::Here;
use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn tests(options: &TestsOptions) -> anyhow::Result<ExitCode> {
    let (here, data) = (here()?, &options.data);
    let view = load_by(HitsBy::Context, &here, &data.file, &data.patterns, of_runs(&data.labels))?;
    warn(&view, &here);
    let data_file = &data.file.data_file;
    if view.contexts.is_empty() {
        bail!(
            "no process had a context in {} (forkcov run --context-from or --test-framework)",
            quote::path(data_file)
        );
    }
    let shown = match &options.line {
        Some(line) => ran(&view, &here, line, data_file)?,
        None => (0..view.contexts.len()).collect(),
    };
    to_stdout(|out| by_context::write(&view, |context| shown.contains(&context), out))?;
    Ok(ExitCode::SUCCESS)
}

/// The contexts that ran a line.
fn ran(view: &View, here: &Here, at: &SourceLine, data_file: &Path) -> anyhow::Result<HashSet<usize>> {
    let coverage = Coverage::of(view);
    let source = find(&coverage, here, &at.file, data_file)?.source;
    if !source.executable.contains(at.line) || source.excluded.contains(at.line) {
        bail!("line {} of {} is not executable, or is excluded", at.line, quote::path(&source.path));
    }
    let hits = source.hits.iter().filter(|(_, lines)| lines.contains(at.line));
    let ran: HashSet<usize> = hits.map(|(context, _)| *context).collect();
    if ran.is_empty() {
        print_message(&format!("no test ran line {} of {}", at.line, quote::path(&source.path)));
    }
    Ok(ran)
}
