//! Every command and flag. No behaviour: `main.rs` acts on what is parsed here.

mod combine;
mod data;
mod formats;
mod github;
mod manuals;
mod report;
mod run;
mod views;

pub use combine::{CombineOptions, EraseOptions};
pub use data::{Changes, Data, DataFile, Exclude, Labels, Patterns};
pub use formats::{
    CodecovOptions, CoveragePyOptions, CoverallsOptions, JsonOptions, LcovOptions, SonarqubeOptions,
    XmlOptions,
};
pub use github::GithubOptions;
pub use manuals::{CompletionsOptions, ManOptions};
pub use report::{Format, ReportOptions};
pub use run::RunOptions;
pub use views::{AnnotateOptions, DiffOptions, HtmlOptions, ProcessesOptions};

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Exit status of a command that failed, a usage error included.
pub const FAILED: u8 = 1;
/// Exit status of `report` below `--fail-under` or `--fail-under-file`.
pub const BELOW_MINIMUM: u8 = 2;
/// Exit status of `run` when forkcov itself failed, as of env(1) and timeout(1).
pub const RUN_FAILED: u8 = 125;
/// Exit status of `run` when the program cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// Exit status of `run` when there is no such program.
pub const NOT_FOUND: u8 = 127;

const STATUSES: &str = "\
Exit status:
  run       the program's own, or death by the same signal; 125 if forkcov itself failed
            (a usage error included), 126 if the program cannot be executed, 127 if it is not found
  report    0, 1 on error, 2 below --fail-under or --fail-under-file
  others    0, 1 on error (a usage error included)

Examples:
  cc -g -o server server.c
  forkcov run -- ./server --workers 4
  forkcov report -m
  forkcov processes

What flags are not given may stand in forkcov.toml, pyproject.toml ([tool.forkcov]) or Cargo.toml
([package.metadata.forkcov]) of the current directory; --no-FLAG leaves off what they switch on.";

/// Line coverage of unmodified Linux programs, across every fork.
///
/// Compile with -g, and run: nothing is recompiled, preloaded or patched, and no line is lost because a child
/// ended by _exit, a signal, a crash or exec.
#[derive(Debug, Parser)]
#[command(version, after_help = STATUSES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// The configuration file; without it forkcov.toml, pyproject.toml or Cargo.toml here.
    #[arg(long, global = true, value_name = "FILE", env = "FORKCOV_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a program and record which process ran which line.
    Run(RunOptions),
    /// Combine hit files and data files into one data file.
    Combine(CombineOptions),
    /// Show the coverage of each file.
    Report(ReportOptions),
    /// Show the tree of processes, and what each ran.
    Processes(ProcessesOptions),
    /// Show a source, and how many processes ran each line, or which.
    Annotate(AnnotateOptions),
    /// Show the lines that one process ran and another did not, or some of them and others, or two runs.
    Diff(DiffOptions),
    /// Write pages to read: the files, the processes on a time line, and who ran each line of a source.
    Html(HtmlOptions),
    /// Write the coverage, and every process, as JSON.
    Json(JsonOptions),
    /// Write the coverage in LCOV's format, for genhtml and others.
    Lcov(LcovOptions),
    /// Write the coverage as Cobertura does, for GitLab, Jenkins and others.
    Xml(XmlOptions),
    /// Write a data file of coverage.py, for its reports and for all that reads them.
    CoveragePy(CoveragePyOptions),
    /// Write the coverage as Codecov's own JSON.
    Codecov(CodecovOptions),
    /// Write the coverage as JSON for the API of Coveralls.
    Coveralls(CoverallsOptions),
    /// Write the coverage as SonarQube's generic test coverage report.
    Sonarqube(SonarqubeOptions),
    /// Print notices for GitHub Actions: the changed lines that no process ran.
    Github(GithubOptions),
    /// Remove the data file and the hit files beside it.
    Erase(EraseOptions),
    /// Print a script that completes forkcov's command line in a shell.
    Completions(CompletionsOptions),
    /// Print a manual page, or write all of them.
    Man(ManOptions),
}
