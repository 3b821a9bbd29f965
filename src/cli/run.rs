//! What `run` may be told.

use super::data::{DataFile, Patterns};
use crate::sources::Selection;
use clap::{ArgAction, Args};
use std::ffi::OsString;
use std::path::PathBuf;

const RUN_EXAMPLES: &str = "\
Exit status: the program's own, or death by the same signal; 125 if forkcov itself failed (a usage error \
included), 126 if the program cannot be executed, 127 if it is not found. With --attach: 0, or 125 if forkcov failed.

Examples:
  forkcov run ./server --workers 4
  forkcov run --source src --omit 'src/vendor/*' -- make check
  forkcov run -p -- ./test-1 & forkcov run -p -- ./test-2 & wait; forkcov combine
  forkcov run -a --label login -- ./test-login
  forkcov run --attach $(pidof server)     until Ctrl-C, or until it ends";

/// `forkcov run`.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
// For its summary alone: the data file has every line.
#[command(mut_arg("exclude_also", |flag| flag.hide(true)))]
#[command(mut_arg("exclude_functions", |flag| flag.hide(true)))]
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

    /// Stop the program at every line.
    ///
    /// Otherwise lines that always run one after the other take one stop. The data are the same, and this is slower: it is
    /// for who doubts that they are. --attach always does it.
    #[arg(long)]
    pub every_line: bool,

    /// How often a process stops in an object before it counts there for itself; 0 for never.
    ///
    /// Who counts for itself runs copies of its code, each with an instruction more that counts, and does not stop. The data
    /// are the same.
    #[arg(long, value_name = "STOPS", default_value_t = 16)]
    pub detours_after: u32,

    /// Read the debug information anew.
    ///
    /// Otherwise what takes long to read is kept in $XDG_CACHE_HOME/forkcov, or ~/.cache/forkcov, at most 256 MiB, and is used as
    /// long as the program and all files with debug information of it are the same.
    #[arg(id = "no-cache", long = "no-cache", action = ArgAction::SetFalse)]
    pub cache: bool,

    /// The program, and all that follows it, which is the program's.
    #[arg(required_unless_present = "attach", trailing_var_arg = true, value_names = ["PROGRAM", "ARGS"])]
    pub command: Vec<OsString>,
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
