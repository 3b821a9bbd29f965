//! The options of `report`.

use super::data::{DataOptions, DiffBaseOptions, glob};
use crate::report::limits::Limits;
use crate::report::minimum::{Minimum, percentage};
use crate::report::rows::Sort;
use clap::builder::TypedValueParser;
use clap::{Args, ValueEnum};

const REPORT_EXAMPLES: &str = "\
Exit status: 0; 1 on error (a usage error included); 2 below --fail-under, --fail-under-file or --minimum.
Percentages are coloured on a terminal (see --limits), unless NO_COLOR is set.

Examples:
  forkcov report -m --sort -miss
  forkcov report --format markdown >> \"$GITHUB_STEP_SUMMARY\"
  forkcov report --include 'src/*' --fail-under 90
  forkcov report -m --diff-base origin/main --fail-under 100   only lines that the branch changed
  forkcov report -m --pid 41291        only lines that this process ran
  forkcov report -m --label login      only lines that this test ran";

/// `forkcov report`.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub struct ReportOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Which changed lines to report.
    #[command(flatten)]
    pub diff: DiffBaseOptions,

    /// List the lines that no process ran, and the branches of other lines that did not go every way.
    #[arg(short = 'm', long)]
    pub show_missing: bool,

    /// Sort files by this column: name, lines, miss, branch, brpart or cover; a leading `-` reverses the
    /// order.
    #[arg(long, value_name = "COLUMN", default_value = "name", allow_hyphen_values = true)]
    pub sort: Sort,

    /// Print the report in this format.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: TableFormat,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Change colours at these percentages.
    #[arg(long, value_name = "LOW,HIGH", default_value_t)]
    pub limits: Limits,

    /// Skip files with all lines run and all branches taken in every direction.
    #[arg(long)]
    pub skip_covered: bool,

    /// Skip files without executable lines.
    #[arg(long)]
    pub skip_empty: bool,

    /// Exit with status 2 if the total is below this percentage.
    #[arg(long, value_name = "MIN", value_parser = percentage)]
    pub fail_under: Option<f64>,

    /// Exit with status 2 if any file is below this percentage.
    #[arg(long, value_name = "MIN", value_parser = percentage)]
    pub fail_under_file: Option<f64>,

    /// Exit with status 2 if a file that matches GLOB is below this percentage.
    ///
    /// Can be repeated; the first that matches a file decides, instead of --fail-under-file.
    #[arg(long, value_name = "GLOB=MIN", value_parser = glob().try_map(|text| Minimum::from_flag(&text)))]
    pub minimum: Vec<Minimum>,

    /// Report only lines that these processes ran.
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pub pid: Vec<i32>,
}

/// A format of `forkcov report`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// A table for a terminal.
    #[default]
    Text,
    /// A table in Markdown.
    Markdown,
    /// Only the total percentage.
    Total,
}
