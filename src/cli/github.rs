//! What `github` may be told.

use super::data::{Changes, Data};
use crate::report::github::SHOWN;
use clap::{ArgGroup, Args};

const GITHUB_EXAMPLES: &str = "\
A notice is what GitHub Actions shows beside the lines of a pull request. With --diff-base, the history must be there back to \
where the branch left REV (`fetch-depth: 0` of actions/checkout).

Examples:
  forkcov github --summary --diff-base \"origin/$GITHUB_BASE_REF\"
  git diff -U0 main | forkcov github --diff -";

/// `forkcov github`.
#[derive(Debug, Args)]
#[command(after_help = GITHUB_EXAMPLES)]
#[command(group = ArgGroup::new("changed").required(true).args(["diff", "diff_base"]))]
pub struct GithubOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Which lines of them.
    #[command(flatten)]
    pub changes: Changes,

    /// So many notices at most, of the longest ranges: GitHub shows 10 of a step.
    #[arg(long, value_name = "N", default_value_t = SHOWN)]
    pub limit: usize,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Add the table of the changed files to the page of the run, $GITHUB_STEP_SUMMARY.
    #[arg(long)]
    pub summary: bool,
}
