//! `forkcov github`.

use super::changes;
use super::loading::{here, load_files};
use super::output::to_stdout;
use anyhow::Context;
use forkcov::cli::GithubOptions;
use forkcov::message::print_message;
use forkcov::plural::counted;
use forkcov::quote;
use forkcov::report::colour::Colour;
use forkcov::report::limits::Limits;
use forkcov::report::rows::RowSelection;
use forkcov::report::{Coverage, github as annotations, table};
use forkcov::sources::Here;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The variable with the file that a step appends to for the summary page of its run.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

pub(crate) fn github(options: &GithubOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load_files(&here, &options.data)?;
    // One of the two options is required.
    let changes = changes::read(&options.diff, &here)?.unwrap_or_default();
    let coverage = changes::coverage(&view, &changes);
    let mut left_out = 0;
    to_stdout(|out| {
        left_out = annotations::write(&coverage, &here, options.limit, out)?;
        Ok(())
    })?;
    if left_out > 0 {
        print_message(&format!("left out {} of shorter ranges", counted(left_out, "notice", "notices")));
    }
    if options.summary {
        match std::env::var_os(SUMMARY).filter(|path| !path.is_empty()).map(PathBuf::from) {
            Some(path) => add_summary(&path, &coverage, &here, usize::from(options.precision))
                .with_context(|| format!("failed to write {}", quote::path(&path)))?,
            None => print_message(&format!("no summary: {SUMMARY} is not set")),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add_summary(path: &Path, coverage: &Coverage, here: &Here, precision: usize) -> io::Result<()> {
    let layout = table::TableLayout {
        here,
        selection: RowSelection::default(),
        show_missing: true,
        precision,
        colour: Colour::Off,
        limits: Limits::default(),
    };
    // In one write: other steps may append too.
    let mut summary = Vec::new();
    annotations::write_summary(coverage, &layout, &mut summary)?;
    File::options().create(true).append(true).open(path)?.write_all(&summary)
}
