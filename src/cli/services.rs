//! What `codecov`, `coveralls`, `sonarqube` and `github` may be told: the formats of services.

use super::{Changes, DataFile, Labels, Patterns};
use crate::report::github::SHOWN;
use clap::{ArgGroup, Args};
use std::path::PathBuf;

const CODECOV_EXAMPLES: &str = "\
The hits of a line are the number of processes that ran it. File names are relative to the current directory: begin in the \
root of the repository. Codecov reads what `forkcov lcov` and `forkcov xml` write as well.

Example:
  forkcov codecov && codecovcli upload-process --file codecov.json";

const COVERALLS_EXAMPLES: &str = "\
The count of a line is the number of processes that ran it. File names are relative to the current directory: begin in the \
root of the repository. Who reports, and on what, is read from the variables of GitHub Actions, GitLab, CircleCI, Travis and \
Jenkins, or else from CI_NAME, CI_BUILD_NUMBER, CI_JOB_ID, CI_BRANCH and CI_PULL_REQUEST; COVERALLS_SERVICE_NAME, \
COVERALLS_SERVICE_NUMBER, COVERALLS_SERVICE_JOB_ID, COVERALLS_GIT_BRANCH, COVERALLS_PARALLEL and COVERALLS_FLAG_NAME win.

Example:
  forkcov coveralls && curl -F json_file=@coveralls.json https://coveralls.io/api/v1/jobs";

const SONARQUBE_EXAMPLES: &str = "\
File names are relative to the current directory: begin in the base directory of the project.

Example:
  forkcov sonarqube && sonar-scanner -Dsonar.coverageReportPaths=sonarqube.xml";

const GITHUB_EXAMPLES: &str = "\
A notice is what GitHub Actions shows beside the lines of a pull request. With --diff-base, the history must be there back to \
where the branch left REV (`fetch-depth: 0` of actions/checkout).

Examples:
  forkcov github --summary --diff-base \"origin/$GITHUB_BASE_REF\"
  git diff -U0 main | forkcov github --diff -";

/// `forkcov codecov`.
#[derive(Debug, Args)]
#[command(after_help = CODECOV_EXAMPLES)]
pub struct CodecovOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "codecov.json")]
    pub output: PathBuf,
}

/// `forkcov coveralls`.
#[derive(Debug, Args)]
#[command(after_help = COVERALLS_EXAMPLES)]
pub struct CoverallsOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "coveralls.json")]
    pub output: PathBuf,

    /// The secret by which Coveralls knows the repository. It stands in the report.
    #[arg(long, value_name = "TOKEN", env = "COVERALLS_REPO_TOKEN", hide_env_values = true)]
    pub repo_token: Option<String>,
}

/// `forkcov sonarqube`.
#[derive(Debug, Args)]
#[command(after_help = SONARQUBE_EXAMPLES)]
pub struct SonarqubeOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "sonarqube.xml")]
    pub output: PathBuf,
}

/// `forkcov github`.
#[derive(Debug, Args)]
#[command(after_help = GITHUB_EXAMPLES)]
#[command(group = ArgGroup::new("changed").required(true).args(["diff", "diff_base"]))]
pub struct GithubOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

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
