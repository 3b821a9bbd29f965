//! What `report` may be told.

use super::data::{Changes, Data};
use crate::report::rows::Sort;
use clap::{Args, ValueEnum};

const REPORT_EXAMPLES: &str = "\
Exit status: 0, 1 on error (a usage error included), 2 below --fail-under or --fail-under-file.
Percentages are coloured on a terminal (green from 90, yellow from 75), unless NO_COLOR is set.

Examples:
  forkcov report -m --sort -miss
  forkcov report --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  forkcov report --include 'src/*' --fail-under 90
  forkcov report -m --diff-base origin/main --fail-under 100   what a branch has changed
  forkcov report -m --pid 41291        what one process ran
  forkcov report -m --label login      what one test ran";

/// `forkcov report`.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub struct ReportOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Which lines of them.
    #[command(flatten)]
    pub changes: Changes,

    /// List the lines that no process ran.
    #[arg(short = 'm', long)]
    pub show_missing: bool,

    /// Order of the files: name, lines, miss or cover; with a `-` before it, the greatest first.
    #[arg(long, value_name = "COLUMN", default_value = "name", allow_hyphen_values = true)]
    pub sort: Sort,

    /// How the report is laid out.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Leave out files of which every line was run.
    #[arg(long)]
    pub skip_covered: bool,

    /// Leave out files that have no executable line.
    #[arg(long)]
    pub skip_empty: bool,

    /// Exit with status 2 if the total is below this percentage.
    #[arg(long, value_name = "MIN", value_parser = percentage)]
    pub fail_under: Option<f64>,

    /// Exit with status 2 if any file is below this percentage.
    #[arg(long, value_name = "MIN", value_parser = percentage)]
    pub fail_under_file: Option<f64>,

    /// Only what these processes ran.
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pub pid: Vec<i32>,
}

/// A layout of `forkcov report`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for a terminal.
    #[default]
    Text,
    /// A table in Markdown.
    Markdown,
    /// The percentage alone.
    Total,
}

fn percentage(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("a percentage is from 0 to 100".to_owned()),
    }
}
