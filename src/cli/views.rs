//! What the views of processes and sources may be told: `processes`, `annotate`, `diff` and `html`.

use super::data::{Data, DataFile, Exclude, Labels};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

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

const HTML_EXAMPLES: &str = "\
The pages need no server: index.html has the files, processes.html the process tree on a time line, and each source its own \
page. Choosing processes shows what these ran, and choosing the number before a line which processes ran it.

Examples:
  forkcov html --open
  forkcov html -d public/coverage --title 'Server, nightly'";

/// `forkcov processes`.
#[derive(Debug, Args)]
#[command(after_help = PROCESSES_EXAMPLES)]
pub struct ProcessesOptions {
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

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
    /// What is reported; of a side that is a data file itself, that one.
    #[command(flatten)]
    pub data: Data,

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
    /// What is reported.
    #[command(flatten)]
    pub data: Data,

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
