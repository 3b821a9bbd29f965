//! `forkcov affected`.

use super::changes;
use super::loading::{here, path_maps, require_data_file};
use super::output::to_stdout;
use anyhow::{Context, bail};
use forkcov::changes::edits::edited_files;
use forkcov::cli::AffectedOptions;
use forkcov::data::view::{Filter, HitsBy, View, snapshots_of_runs};
use forkcov::message::print_message;
use forkcov::quote;
use forkcov::report::affected::Affected;
use std::process::ExitCode;

pub(crate) fn affected(options: &AffectedOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    require_data_file(&options.data_file)?;
    let data_file = &options.data_file.data_file;
    // No source is left out, and no line is excluded: what they do can change a test nevertheless.
    let maps = path_maps(&options.data_file.paths)?;
    let rewriter = maps.rewriter();
    let rewrite = rewriter.as_deref();
    let view = View::load(data_file, &Filter { by: HitsBy::Pair, rewrite, ..Filter::default() })?;
    let runs = snapshots_of_runs(data_file, rewrite)?;
    if view.contexts.is_empty() {
        bail!(
            "no process had a context in {} (forkcov run --context-from or --test-framework)",
            quote::path(data_file)
        );
    }
    // One of the two options is required.
    let (diff, shown) = changes::diff(&options.diff)?.unwrap_or_default();
    let files = edited_files(&diff, &here).with_context(|| format!("failed to read {shown}"))?;
    let mut affected = Affected::of(&view, &runs, &files, &here);
    let mut notes = Vec::new();
    to_stdout(|out| {
        notes = affected.write(&view, options.runner, &here, out)?;
        Ok(())
    })?;
    if let Some((first, others)) = affected.why_all.split_first() {
        let others = match others.len() {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        print_message(&format!("all tests: {first}{others}"));
    }
    notes.iter().for_each(|note| print_message(note));
    Ok(ExitCode::SUCCESS)
}
