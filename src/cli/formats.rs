//! The commands that write a report for another tool. Those with no flags of their own come from the table
//! [`FORMATS`]; `lcov`, `json`, `coverage-py`, `coveralls` and `parquet` have flags of their own.

use super::data::DataOptions;
use crate::report::formats::{FORMATS, Format};
use clap::error::{Error, ErrorKind};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use std::path::PathBuf;

const LCOV_EXAMPLES: &str = "\
The count of a line, or of a direction of a branch, is the number of processes that ran it. genhtml shows \
branches with --branch-coverage (before lcov 2: --rc lcov_branch_coverage=1).

Examples:
  forkcov lcov && genhtml --output-directory html lcov.info
  forkcov lcov --function-ends      if genhtml 2 says that a function is not hit, but one of its lines";

const JSON_EXAMPLES: &str = "\
The report has the `meta`, `files` and `totals` of coverage.py, and `processes`, with the lines \
that each process ran.

Examples:
  forkcov json --pretty-print
  forkcov json --show-contexts           # which tests ran each line
  forkcov json -o - | jq '.processes[] | {pid, exit}'";

const COVERAGE_PY_EXAMPLES: &str = "\
The file contains the Python sources. Each process is a context, whose name begins with the label of its run. \
With contexts of tests (docs/contexts.md), each test in each process is one, whose name begins with the test.

Example:
  forkcov coverage-py && coverage html --show-contexts";

const COVERALLS_EXAMPLES: &str = "\
The count of a line is the number of processes that ran it. File names are relative to the current \
directory: run this in the root of the repository. The service, job, branch and pull request are read from \
the environment variables of GitHub Actions, GitLab, CircleCI, Travis and Jenkins, or else from CI_NAME, \
CI_BUILD_NUMBER, CI_JOB_ID, CI_BRANCH and CI_PULL_REQUEST. COVERALLS_SERVICE_NAME, COVERALLS_SERVICE_NUMBER, \
COVERALLS_SERVICE_JOB_ID, COVERALLS_GIT_BRANCH, COVERALLS_PARALLEL and COVERALLS_FLAG_NAME override them.

Example:
  forkcov coveralls && curl -F json_file=@coveralls.json https://coveralls.io/api/v1/jobs";

const PARQUET_EXAMPLES: &str = "\
Each table is a directory: process, image, context, source, unit and hit. Each run has a file in it, whose \
directories have the date, the repository and the run; a run that is written again takes their place. So the \
runs of many machines can be in one directory, or in a bucket, and be queried together: docs/fleet.md has \
queries.

Example:
  forkcov parquet -o /srv/coverage
  duckdb -c \"SELECT context FROM '/srv/coverage/hit/**/*.parquet' JOIN '/srv/coverage/source/**/*.parquet' \
USING (source) WHERE path = 'src/login.c' AND line = 42\"";

/// One of the commands of [`FORMATS`], with its options.
#[derive(Debug)]
pub struct FormatCommand {
    /// The format to write.
    pub format: &'static Format,
    /// Its options.
    pub options: FormatOptions,
}

/// The options that every format of [`FORMATS`] has.
#[derive(Debug, Args)]
pub struct FormatOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the report to this file; `-` is stdout.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

impl FormatCommand {
    fn find(name: &str) -> Option<&'static Format> {
        FORMATS.iter().find(|format| format.name == name)
    }

    fn command(format: &Format) -> Command {
        FormatOptions::augment_args(Command::new(format.name))
            .about(format.about)
            .long_about(None)
            .after_help(format.notes)
            .mut_arg("output", |output| output.required(false).default_value(format.default_output))
    }
}

impl Subcommand for FormatCommand {
    fn augment_subcommands(command: Command) -> Command {
        command.subcommands(FORMATS.iter().map(Self::command))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Self::find(name).is_some()
    }
}

impl FromArgMatches for FormatCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, matches) = matches.subcommand().ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        let format = Self::find(name).ok_or_else(|| Error::new(ErrorKind::InvalidSubcommand))?;
        Ok(Self { format, options: FormatOptions::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `forkcov lcov`.
#[derive(Debug, Args)]
#[command(after_help = LCOV_EXAMPLES)]
pub struct LcovOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the report to this file; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "lcov.info")]
    pub output: PathBuf,

    /// Write where functions end, for lcov 2. Earlier versions and some other tools cannot read it.
    #[arg(long)]
    pub function_ends: bool,
}

/// `forkcov json`.
#[derive(Debug, Args)]
#[command(after_help = JSON_EXAMPLES)]
pub struct JsonOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the report to this file; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "forkcov.json")]
    pub output: PathBuf,

    /// Decimals of the percentages that are strings.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Indent the report.
    #[arg(long)]
    pub pretty_print: bool,

    /// Add the contexts that ran each line of each file.
    #[arg(long)]
    pub show_contexts: bool,
}

/// `forkcov coverage-py`.
#[derive(Debug, Args)]
#[command(after_help = COVERAGE_PY_EXAMPLES)]
pub struct CoveragePyOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the data file of coverage.py to this path.
    #[arg(short, long, value_name = "FILE", env = "COVERAGE_FILE", hide_env_values = true)]
    #[arg(default_value = ".coverage")]
    pub output: PathBuf,

    /// Write a file per process, FILE.HOST.PID.NUMBER, for `coverage combine`.
    #[arg(long)]
    pub per_process: bool,
}

/// `forkcov parquet`.
#[derive(Debug, Args)]
#[command(after_help = PARQUET_EXAMPLES)]
pub struct ParquetOptions {
    /// What to write.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the tables into this directory.
    #[arg(short, long, value_name = "DIR", default_value = "forkcov-parquet")]
    pub output: PathBuf,

    /// The name of the repository; by default that of the remote `origin`, or of the directory.
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
}

/// `forkcov coveralls`.
#[derive(Debug, Args)]
#[command(after_help = COVERALLS_EXAMPLES)]
pub struct CoverallsOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the report to this file; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "coveralls.json")]
    pub output: PathBuf,

    /// The repository token of Coveralls. It is a secret, and is written into the report.
    #[arg(long, value_name = "TOKEN", env = "COVERALLS_REPO_TOKEN", hide_env_values = true)]
    pub repo_token: Option<String>,
}
