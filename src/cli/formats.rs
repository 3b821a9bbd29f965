//! What the formats of other tools may be told: `json`, `lcov`, `xml`, `coverage-py`, `codecov`, `coveralls`, `sonarqube`.

use super::data::Data;
use clap::Args;
use std::path::PathBuf;

const JSON_EXAMPLES: &str = "\
The report has coverage.py's `meta`, `files` and `totals`, and beside them `processes`: who ran which line.

Examples:
  forkcov json --pretty-print
  forkcov json -o - | jq '.processes[] | {pid, exit}'";

const LCOV_EXAMPLES: &str = "\
The count of a line is the number of processes that ran it.

Example:
  forkcov lcov && genhtml --output-directory html forkcov.lcov";

const XML_EXAMPLES: &str = "\
The hits of a line are the number of processes that ran it. File names are relative to the current directory.

Example:
  forkcov xml -o cobertura.xml      what GitLab, Jenkins and Azure DevOps read";

const COVERAGE_PY_EXAMPLES: &str = "\
It has the Python sources. Each process is a context, which begins with the label of its run.

Example:
  forkcov coverage-py && coverage html --show-contexts";

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

/// `forkcov json`.
#[derive(Debug, Args)]
#[command(after_help = JSON_EXAMPLES)]
pub struct JsonOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "forkcov.json")]
    pub output: PathBuf,

    /// Decimals of percentages that are text.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Lay the report out over lines.
    #[arg(long)]
    pub pretty_print: bool,
}

/// `forkcov lcov`.
#[derive(Debug, Args)]
#[command(after_help = LCOV_EXAMPLES)]
pub struct LcovOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "forkcov.lcov")]
    pub output: PathBuf,
}

/// `forkcov xml`.
#[derive(Debug, Args)]
#[command(after_help = XML_EXAMPLES)]
pub struct XmlOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "forkcov.xml")]
    pub output: PathBuf,
}

/// `forkcov coverage-py`.
#[derive(Debug, Args)]
#[command(after_help = COVERAGE_PY_EXAMPLES)]
pub struct CoveragePyOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Where coverage.py looks for its data.
    #[arg(short, long, value_name = "FILE", env = "COVERAGE_FILE", hide_env_values = true)]
    #[arg(default_value = ".coverage")]
    pub output: PathBuf,

    /// A file for each process, FILE.HOST.PID.NUMBER, for `coverage combine`.
    #[arg(long)]
    pub per_process: bool,
}

/// `forkcov codecov`.
#[derive(Debug, Args)]
#[command(after_help = CODECOV_EXAMPLES)]
pub struct CodecovOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "codecov.json")]
    pub output: PathBuf,
}

/// `forkcov coveralls`.
#[derive(Debug, Args)]
#[command(after_help = COVERALLS_EXAMPLES)]
pub struct CoverallsOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

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
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

    /// Where the report goes; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "sonarqube.xml")]
    pub output: PathBuf,
}
