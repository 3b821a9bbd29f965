//! Every command and flag, and hints for what is none. No behaviour: `main.rs` acts on what is parsed here.

mod combine;
mod data;
mod formats;
mod front_ends;
mod github;
mod hints;
mod manuals;
mod report;
mod run;
mod views;

pub use combine::{CombineOptions, EraseOptions};
pub use data::{DataFileOption, DataOptions, DiffBaseOptions, ExcludeOptions, LabelOptions, PatternOptions};
pub use formats::{
    CoveragePyOptions, CoverallsOptions, FormatCommand, FormatOptions, JsonOptions, LcovOptions,
    ParquetOptions,
};
pub use front_ends::{CargoOptions, FRONT_ENDS, FormatChoice, FrontEndOptions, GoOptions, options_first};
pub use github::GithubOptions;
pub use hints::{add_hint, from_command};
pub use manuals::{CompletionsOptions, ManOptions};
pub use report::{ReportOptions, TableFormat};
pub use run::{RunOptions, TestFramework};
pub use views::{
    AffectedOptions, AnnotateOptions, DiffOptions, HtmlOptions, ProcessesOptions, SourceLine, TestsOptions,
};

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Exit status of a command that failed, a usage error included.
pub const FAILED: u8 = 1;
/// Exit status of `report` below `--fail-under`, `--fail-under-file` or `--minimum`.
pub const BELOW_MINIMUM: u8 = 2;
/// Exit status of `run` when forkcov itself failed, as with env(1) and timeout(1).
pub const RUN_FAILED: u8 = 125;
/// Exit status of `run` when the program cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// Exit status of `run` when the program is not found.
pub const NOT_FOUND: u8 = 127;

const STATUSES: &str = "\
Exit status:
  run       that of the program, or death by the same signal; 125 if forkcov itself failed
            (a usage error included), 126 if the program cannot be executed, 127 if it is
            not found
  cargo, go that of the tests, or 2 below --fail-under; 125 if forkcov itself failed
  report    0; 1 on error; 2 below --fail-under, --fail-under-file or --minimum
  others    0; 1 on error (a usage error included)

Examples:
  cc -g -o server server.c
  forkcov run -- ./server --workers 4
  forkcov report -m
  forkcov processes

Flags can also be set in forkcov.toml, pyproject.toml ([tool.forkcov]) or Cargo.toml
([package.metadata.forkcov]) in the current directory. --no-FLAG turns off a flag that a file turns on.";

/// Line coverage of unmodified Linux programs, across every fork.
///
/// Compile with -g, then run. Nothing is recompiled, preloaded or patched, and no line is lost when a child
/// process ends by _exit, a signal, a crash or exec.
#[derive(Debug, Parser)]
#[command(version, after_help = STATUSES, disable_help_subcommand = true)]
pub struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,

    /// What to say about the configuration when a run begins.
    #[arg(skip)]
    pub notes: Vec<String>,

    /// Read this configuration file instead of forkcov.toml, pyproject.toml or Cargo.toml in the current
    /// directory.
    #[arg(long, global = true, value_name = "FILE", env = "FORKCOV_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
}

impl Command {
    /// The data file of a command that reports it; `run` does so in its last line.
    pub fn reported(&mut self) -> Option<&mut DataFileOption> {
        Some(match self {
            Self::Run(options) => &mut options.data_file,
            Self::Report(options) => &mut options.data.file,
            Self::Processes(options) => &mut options.data.file,
            Self::Tests(options) => &mut options.data.file,
            Self::Affected(options) => &mut options.data_file,
            Self::Annotate(options) => &mut options.data_file,
            Self::Diff(options) => &mut options.data.file,
            Self::Html(options) => &mut options.data.file,
            Self::Json(options) => &mut options.data.file,
            Self::Lcov(options) => &mut options.data.file,
            Self::Format(command) => &mut command.options.data.file,
            Self::CoveragePy(options) => &mut options.data.file,
            Self::Parquet(options) => &mut options.data.file,
            Self::Coveralls(options) => &mut options.data.file,
            Self::Github(options) => &mut options.data.file,
            Self::Cargo(_)
            | Self::Go(_)
            | Self::Combine(_)
            | Self::Erase(_)
            | Self::Completions(_)
            | Self::Man(_) => return None,
        })
    }
}

/// The commands, in the order of `forkcov --help`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a program and record which lines each of its processes executes.
    Run(RunOptions),
    /// Run the tests of a Rust workspace by cargo or cargo-nextest, and report their coverage.
    Cargo(CargoOptions),
    /// Run the tests of a Go module, and report their coverage.
    Go(GoOptions),
    /// Merge hit files and data files into one data file.
    Combine(CombineOptions),
    /// Print a coverage table of the source files.
    Report(ReportOptions),
    /// Print the process tree with the coverage of each process.
    Processes(ProcessesOptions),
    /// Print the tests of run --context-from with the coverage of each.
    Tests(TestsOptions),
    /// Print the tests that ran lines which a diff changes.
    Affected(AffectedOptions),
    /// Print source files with the number of processes that ran each line.
    Annotate(AnnotateOptions),
    /// Print the lines that only one of two sides (processes or runs) ran.
    Diff(DiffOptions),
    /// Write an HTML report: files, processes on a time line, annotated sources.
    Html(HtmlOptions),
    /// Write a JSON report with the lines of each process.
    Json(JsonOptions),
    /// Write an LCOV tracefile, for genhtml and other tools.
    Lcov(LcovOptions),
    /// The formats of [`FORMATS`](crate::report::formats::FORMATS).
    #[command(flatten)]
    Format(FormatCommand),
    /// Write a coverage.py data file of the Python sources.
    CoveragePy(CoveragePyOptions),
    /// Write Parquet tables, to query the runs of many machines together.
    Parquet(ParquetOptions),
    /// Write a report in the JSON format of the Coveralls API.
    Coveralls(CoverallsOptions),
    /// Print GitHub Actions notices for changed lines that no process ran.
    Github(GithubOptions),
    /// Remove the data file and its hit files.
    Erase(EraseOptions),
    /// Print a shell completion script.
    Completions(CompletionsOptions),
    /// Print a manual page, or write all of them.
    Man(ManOptions),
}
