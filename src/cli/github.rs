//! The options of `github`.

use super::data::{DataOptions, DiffBaseOptions};
use crate::report::github::MAX_NOTICES;
use clap::{ArgGroup, Args};

const GITHUB_EXAMPLES: &str = "\
GitHub Actions shows a notice beside the lines of a pull request. --diff-base needs the history back to \
where the branch left REV (`fetch-depth: 0` of actions/checkout).

Examples:
  forkcov github --summary --diff-base \"origin/$GITHUB_BASE_REF\"
  git diff -U0 main | forkcov github --diff -";

/// `forkcov github`.
#[derive(Debug, Args)]
#[command(after_help = GITHUB_EXAMPLES)]
#[command(group = ArgGroup::new("changed").required(true).args(["diff", "diff_base"]))]
pub struct GithubOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// The changed lines.
    #[command(flatten)]
    pub diff: DiffBaseOptions,

    /// Print at most N notices, for the longest ranges of lines; GitHub shows 10 per step.
    #[arg(long, value_name = "N", default_value_t = MAX_NOTICES)]
    pub limit: usize,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Append a table of the changed files to the summary page of the run, $GITHUB_STEP_SUMMARY.
    #[arg(long)]
    pub summary: bool,
}
