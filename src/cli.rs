//! Every command and flag. No behaviour: `main.rs` acts on what is parsed here.

mod manuals;
mod services;

pub use manuals::{CompletionsOptions, ManOptions};
pub use services::{CodecovOptions, CoverallsOptions, GithubOptions, SonarqubeOptions};

use crate::sources::{PathMap, Selection};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
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

const RUN_EXAMPLES: &str = "\
Exit status: the program's own, or death by the same signal; 125 if forkcov itself failed (a usage error \
included), 126 if the program cannot be executed, 127 if it is not found. With --attach: 0, or 125 if forkcov failed.

Examples:
  forkcov run ./server --workers 4
  forkcov run --source src --omit 'src/vendor/*' -- make check
  forkcov run -p -- ./test-1 & forkcov run -p -- ./test-2 & wait; forkcov combine
  forkcov run -a --label login -- ./test-login
  forkcov run --attach $(pidof server)     until Ctrl-C, or until it ends";

const COMBINE_EXAMPLES: &str = "\
Without PATHS, the hit files beside the data file (DATAFILE.HOST.PID.RANDOM) are combined. They are removed \
once the data file is written. A damaged file is named and left in place, the others are combined, and the \
exit status is 1.

Examples:
  forkcov combine
  forkcov combine --append results/ machine-2/forkcov.data
  forkcov combine --map /ci/build=. --map '*/work/server=.' results/";

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

const PROCESSES_EXAMPLES: &str = "\
Each line has the PID, the command of the last exec (or how the process began), how it ended, how many \
lines it ran, and how many of these no other process ran. The first process of a labelled run has the label, [NAME].";

const ANNOTATE_EXAMPLES: &str = "\
Before each line stands how many processes ran it: 0 if none did, x if the line is excluded, and nothing if there is \
nothing to run.

Examples:
  forkcov annotate server.c | less
  forkcov annotate --pids server.c            who ran what
  forkcov annotate --pid 41291 src/server.c   what one process ran";

const DIFF_EXAMPLES: &str = "\
A side is one or more PIDs with commas between them, `parents` (the processes that forkcov started or attached to), \
`children` (all others), `label:NAME` (the runs of that label), or the path of a data file: one that looks like another \
side is written ./41290.

Examples:
  forkcov diff parents children
  forkcov diff 41291 41292,41293
  forkcov diff label:login label:logout
  forkcov diff before.data after.data";

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

const HTML_EXAMPLES: &str = "\
The pages need no server: index.html has the files, processes.html the process tree on a time line, and each source its own \
page. Choosing processes shows what these ran, and choosing the number before a line which processes ran it.

Examples:
  forkcov html --open
  forkcov html -d public/coverage --title 'Server, nightly'";

const COVERAGE_PY_EXAMPLES: &str = "\
It has the Python sources. Each process is a context, which begins with the label of its run.

Example:
  forkcov coverage-py && coverage html --show-contexts";

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

/// Where the data is.
#[derive(Debug, Args)]
pub struct DataFile {
    /// The data file; hit files are beside it.
    #[arg(
        long,
        value_name = "FILE",
        env = "FORKCOV_FILE",
        hide_env_values = true,
        default_value = "forkcov.data"
    )]
    pub data_file: PathBuf,
}

/// Which source files count.
#[derive(Debug, Default, Args)]
pub struct Patterns {
    /// Only source files that match; `*` stops at a `/`, `**` does not.
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub include: Vec<String>,

    /// No source file that matches.
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub omit: Vec<String>,

    /// Which lines of these do not.
    #[command(flatten)]
    pub exclude: Exclude,
}

/// Which lines do not count.
#[derive(Debug, Default, Clone, Args)]
pub struct Exclude {
    /// No line that matches; in Python, no statement there, nor its suite.
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub exclude_also: Vec<String>,
}

/// Which runs.
#[derive(Debug, Default, Args)]
pub struct Labels {
    /// Only what the runs with this label ran.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub label: Vec<String>,
}

/// Which lines of them: those of a diff, if one is given.
#[derive(Debug, Default, Args)]
pub struct Changes {
    /// Only lines that this unified diff adds or changes, of git or diff(1); `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "diff_base")]
    pub diff: Option<PathBuf>,

    /// Only lines that have changed since the branch left REV, as `git diff --merge-base REV` says.
    #[arg(long, value_name = "REV")]
    pub diff_base: Option<String>,
}

/// `forkcov run`.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
// For its summary alone: the data file has every line.
#[command(mut_arg("exclude_also", |flag| flag.hide(true)))]
pub struct RunOptions {
    /// Where the data goes.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Add to the data file instead of replacing it.
    #[arg(short, long)]
    pub append: bool,

    /// Leave one hit file per process, for a later `forkcov combine`.
    #[arg(short, long, conflicts_with = "append")]
    pub parallel_mode: bool,

    /// Only source files under this directory.
    ///
    /// Without --source and --include: every source file that is not the system's (/usr, a Rust toolchain or
    /// registry, a Go root and the like).
    #[arg(long, value_name = "DIR", value_delimiter = ',')]
    pub source: Vec<PathBuf>,

    /// Which source files of these.
    #[command(flatten)]
    pub patterns: Patterns,

    /// What to call this run, a test's name say: reports tell and choose by it what it ran.
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub label: Option<String>,

    /// No summary line.
    #[arg(short, long)]
    pub quiet: bool,

    /// Say what is traced, and what is left out and why.
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Write each event of the trace to this file, a JSON line each: what a bug report needs.
    #[arg(long, value_name = "FILE")]
    pub log_events: Option<PathBuf>,

    /// Trace a process that runs already, with its threads and living descendants, until all have ended or until Ctrl-C.
    ///
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT sent to forkcov takes every breakpoint out and lets the processes go on.
    /// SIGKILL does not: a process that then comes to a line that is new to it dies of SIGTRAP. Until it does, another
    /// --attach and Ctrl-C put it right.
    #[arg(long, value_name = "PID", conflicts_with_all = ["command", "exit_first_process"])]
    #[arg(value_parser = clap::value_parser!(i32).range(1..))]
    pub attach: Option<i32>,

    /// End when the first process ends: the others go on without forkcov, and what they ran until then is kept.
    #[arg(long)]
    pub exit_first_process: bool,

    /// The program, and all that follows it, which is the program's.
    #[arg(required_unless_present = "attach", trailing_var_arg = true, value_names = ["PROGRAM", "ARGS"])]
    pub command: Vec<OsString>,
}

/// `forkcov combine`.
#[derive(Debug, Args)]
#[command(after_help = COMBINE_EXAMPLES)]
pub struct CombineOptions {
    /// Where the data goes.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Add to the data file instead of replacing it.
    #[arg(short, long)]
    pub append: bool,

    /// Leave the combined files in place.
    #[arg(long)]
    pub keep: bool,

    /// Sources that are in the directory FROM on another machine are in TO here.
    ///
    /// FROM is a pattern, as of --include, of a directory. What lies below it gets the path below TO; files that get the
    /// same path become one. The first map that fits a source counts; those of the configuration, `[paths]`, come after all.
    #[arg(long, value_name = "FROM=TO", value_parser = PathMap::from_flag)]
    pub map: Vec<PathMap>,

    /// Name no combined files.
    #[arg(short, long)]
    pub quiet: bool,

    /// Hit files, data files, and directories of such.
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
}

/// `forkcov report`.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub struct ReportOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which lines of them.
    #[command(flatten)]
    pub changes: Changes,

    /// List the lines that no process ran.
    #[arg(short = 'm', long)]
    pub show_missing: bool,

    /// Order of the files: name, lines, miss or cover; with a `-` before it, the greatest first.
    #[arg(long, value_name = "COLUMN", default_value = "name", allow_hyphen_values = true)]
    pub sort: crate::report::rows::Sort,

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

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,
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

/// `forkcov processes`.
#[derive(Debug, Args)]
#[command(after_help = PROCESSES_EXAMPLES)]
pub struct ProcessesOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Show those, too, that ran no line and just ended.
    #[arg(long)]
    pub all: bool,
}

/// `forkcov annotate`.
#[derive(Debug, Args)]
#[command(after_help = ANNOTATE_EXAMPLES)]
pub struct AnnotateOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Name the processes that ran the lines, wherever they change, and how one alone ended.
    #[arg(long)]
    pub pids: bool,

    /// Only what these processes ran.
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pub pid: Vec<i32>,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Which lines do not count.
    #[command(flatten)]
    pub exclude: Exclude,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Source files: their paths, or the last parts of them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `forkcov diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffOptions {
    /// Where the data is, of a side that is no data file itself.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// One side: PIDs, `parents`, `children`, `label:NAME` or a data file.
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
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Where the pages go.
    #[arg(short, long, value_name = "DIR", default_value = "htmlcov")]
    pub directory: PathBuf,

    /// What the pages are called.
    #[arg(long, default_value = "Coverage")]
    pub title: String,

    /// Decimals of percentages.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(..=15))]
    pub precision: u8,

    /// Show them in the browser.
    #[arg(long)]
    pub open: bool,
}

/// `forkcov json`.
#[derive(Debug, Args)]
#[command(after_help = JSON_EXAMPLES)]
pub struct JsonOptions {
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
    #[arg(short, long, value_name = "FILE", default_value = "forkcov.lcov")]
    pub output: PathBuf,
}

/// `forkcov xml`.
#[derive(Debug, Args)]
#[command(after_help = XML_EXAMPLES)]
pub struct XmlOptions {
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
    #[arg(short, long, value_name = "FILE", default_value = "forkcov.xml")]
    pub output: PathBuf,
}

/// `forkcov coverage-py`.
#[derive(Debug, Args)]
#[command(after_help = COVERAGE_PY_EXAMPLES)]
pub struct CoveragePyOptions {
    /// Where the data is.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,

    /// Where coverage.py looks for its data.
    #[arg(short, long, value_name = "FILE", env = "COVERAGE_FILE", hide_env_values = true)]
    #[arg(default_value = ".coverage")]
    pub output: PathBuf,

    /// A file for each process, FILE.HOST.PID.NUMBER, for `coverage combine`.
    #[arg(long)]
    pub per_process: bool,
}

/// `forkcov erase`.
#[derive(Debug, Args)]
pub struct EraseOptions {
    /// What to remove.
    #[command(flatten)]
    pub data_file: DataFile,
}

impl From<&Patterns> for Selection {
    fn from(patterns: &Patterns) -> Self {
        Self { source: Vec::new(), include: patterns.include.clone(), omit: patterns.omit.clone() }
    }
}

impl From<&RunOptions> for Selection {
    fn from(options: &RunOptions) -> Self {
        Self { source: options.source.clone(), ..Self::from(&options.patterns) }
    }
}

/// What stands in lists, between commas, and in lines of reports.
fn label(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(|c: char| c == ',' || c.is_control()) {
        return Err("a label is not empty, and has neither commas nor control characters".to_owned());
    }
    Ok(text.to_owned())
}

fn regular_expression(text: &str) -> Result<String, String> {
    match regex::Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("malformed regular expression: {error}")),
    }
}

fn percentage(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("a percentage is from 0 to 100".to_owned()),
    }
}
