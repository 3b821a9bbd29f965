//! The options of `processes`, `tests`, `affected`, `annotate`, `diff` and `html`.

use super::data::{DataFileOption, DataOptions, DiffBaseOptions, ExcludeOptions, LabelOptions};
use crate::report::limits::Limits;
use crate::report::test_format::TestFormat;
use clap::{ArgGroup, Args};
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

const PROCESSES_EXAMPLES: &str = "\
Each row has the PID, the command of the last exec (or how the process was created), how it ended, how many \
lines it ran, and how many of these no other process ran. The first process of a labelled run has the label, \
[NAME].";

const TESTS_EXAMPLES: &str = "\
Each row has the name of a test (a context that `run --context-from` began), how many processes it had, how \
those ended that began it and ended in it, how many lines it ran, and how many of these no other test ran. A \
process that ran several tests does not say how one of them ended.

Examples:
  forkcov tests
  forkcov tests --line server.c:120           which tests ran this line
  forkcov tests --test 'login|logout'";

const AFFECTED_EXAMPLES: &str = "\
A test is affected if it ran a line that the diff changes or removes, or the lines around what it adds. Tests \
that failed are affected, too. The data can be of the old version or of the new one.

Where that does not say which tests are affected, all are, and a message says why: a file changes that no \
data know and that may be code (a new file, a build file), a line outside of every function, a line that ran \
outside of every test (as a module does when it is imported), or a file that has changed since it ran \
otherwise than by the diff. --diff-base leaves out files that git does not track.

Examples:
  forkcov affected --diff-base origin/main
  forkcov affected --diff-base main --for pytest | xargs -r -d '\\n' pytest
  forkcov affected --diff-base main --for unittest | xargs -r -d '\\n' python3 -m unittest
  ./tests --gtest_filter=\"$(forkcov affected --diff-base main --for googletest)\"
  ./tests \"$(forkcov affected --diff-base main --for catch2)\"
  ctest -R \"$(forkcov affected --diff-base main --for ctest)\"
  cargo nextest run -E \"$(forkcov affected --diff-base main --for nextest)\"";

const ANNOTATE_EXAMPLES: &str = "\
Each line is preceded by the number of processes that ran it: 0 if none did, x if the line is excluded, and \
nothing if it is not executable.

Examples:
  forkcov annotate server.c | less
  forkcov annotate --pids server.c            which processes ran which lines
  forkcov annotate --pid 41291 src/server.c   which lines this process ran";

const DIFF_EXAMPLES: &str = "\
A side is one or more comma-separated PIDs, `parents` (the processes that forkcov started or attached to), \
`children` (all other processes), `label:NAME` (the runs with that label), `test:REGEX` (what ran in contexts \
whose name matches), or the path of a data file. Write ./41290 for a data file whose name looks like another side.

Examples:
  forkcov diff parents children
  forkcov diff 41291 41292,41293
  forkcov diff label:login label:logout
  forkcov diff test:login test:logout
  forkcov diff before.data after.data";

const HTML_EXAMPLES: &str = "\
The pages need no server. index.html lists the files, functions.html the functions, processes.html draws the \
process tree on a time line, and each source has a page. Select processes to see only the lines that they ran. \
Click the number before a line to see which processes ran it. Press ? for the keys.

A filter takes words, \"several words\" and columns; ! negates: exit:3, signal:kill, pid:41291, command:make, \
lived:>2, test:login; cover:<80, missed:>10; processes:0. plain.html is for viewers that run no scripts.

Examples:
  forkcov html --open
  forkcov html -d public/coverage --title 'Server, nightly'";

/// `forkcov processes`.
#[derive(Debug, Args)]
#[command(after_help = PROCESSES_EXAMPLES)]
pub struct ProcessesOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Also show processes that ran no line and exited normally.
    #[arg(long)]
    pub all: bool,
}

/// `forkcov tests`.
#[derive(Debug, Args)]
#[command(after_help = TESTS_EXAMPLES)]
pub struct TestsOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// List only tests that ran this line.
    #[arg(long, value_name = "FILE:N")]
    pub line: Option<SourceLine>,
}

/// `forkcov affected`.
#[derive(Debug, Args)]
#[command(after_help = AFFECTED_EXAMPLES)]
#[command(group = ArgGroup::new("changed").required(true).args(["diff", "diff_base"]))]
pub struct AffectedOptions {
    /// The data file.
    #[command(flatten)]
    pub data_file: DataFileOption,

    /// The changes.
    #[command(flatten)]
    pub diff: DiffBaseOptions,

    /// Print the tests in the syntax of this runner.
    #[arg(long = "for", value_name = "RUNNER", value_enum, default_value_t)]
    pub runner: TestFormat,
}

/// A line of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// A path, or the last components of one.
    pub file: PathBuf,
    /// The number of the line, from 1.
    pub line: u32,
}

impl FromStr for SourceLine {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (file, line) = text.rsplit_once(':').ok_or("not of the form FILE:N")?;
        match line.parse() {
            Ok(line) if line > 0 && !file.is_empty() => Ok(Self { file: file.into(), line }),
            _ => Err("not of the form FILE:N"),
        }
    }
}

/// `forkcov annotate`.
#[derive(Debug, Args)]
#[command(after_help = ANNOTATE_EXAMPLES)]
pub struct AnnotateOptions {
    /// The data file.
    #[command(flatten)]
    pub data_file: DataFileOption,

    /// Name the processes above each group of lines that the same processes ran, and how a single one ended.
    #[arg(long)]
    pub pids: bool,

    /// Report only lines that these processes ran.
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pub pid: Vec<i32>,

    /// Which runs to report.
    #[command(flatten)]
    pub labels: LabelOptions,

    /// Which lines to leave out.
    #[command(flatten)]
    pub exclude: ExcludeOptions,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Source files: paths, or the last components of paths.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `forkcov diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffOptions {
    /// What to report. A side that is a data file replaces `--data-file`.
    #[command(flatten)]
    pub data: DataOptions,

    /// One side: PIDs, `parents`, `children`, `label:NAME`, `test:REGEX` or a data file.
    #[arg(value_name = "A")]
    pub one: OsString,

    /// The other side.
    #[arg(value_name = "B")]
    pub other: OsString,
}

/// `forkcov html`.
#[derive(Debug, Args)]
#[command(after_help = HTML_EXAMPLES)]
pub struct HtmlOptions {
    /// What to report.
    #[command(flatten)]
    pub data: DataOptions,

    /// Write the pages into this directory.
    #[arg(short, long, value_name = "DIR", default_value = "htmlcov")]
    pub directory: PathBuf,

    /// Title of the pages.
    #[arg(long, default_value = "Coverage")]
    pub title: String,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Change colours at these percentages.
    #[arg(long, value_name = "LOW,HIGH", default_value_t)]
    pub limits: Limits,

    /// Open the report in a browser.
    #[arg(long)]
    pub open: bool,
}
