//! The options of `run`.

use super::data::{DataFileOption, PatternOptions};
use crate::sources::Selection;
use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, ValueEnum};
use regex::Regex;
use std::ffi::OsString;
use std::path::PathBuf;

const RUN_EXAMPLES: &str = "\
Exit status: that of the program, or death by the same signal; 125 if forkcov itself failed (a usage error \
included), 126 if the program cannot be executed, 127 if it is not found. With --attach: 0, or 125 if \
forkcov failed.

Examples:
  forkcov run ./server --workers 4
  forkcov run --source src --omit 'src/vendor/*' -- make check
  forkcov run -p -- ./test-1 & forkcov run -p -- ./test-2 & wait; forkcov combine
  forkcov run -a --label login -- ./test-login
  forkcov run --context-from 'build/test_(\\w+)' -- ctest -j8
  forkcov run --test-framework pytest -- pytest -n 4
  forkcov run -m pytest tests            as `python3 -m pytest tests`
  forkcov run --attach $(pgrep -o server)  until Ctrl-C, or until the server ends";

/// `forkcov run`.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
// These affect only the summary line, and come from the configuration: the data file has every line.
#[command(mut_arg("exclude_also", |flag| flag.hide(true)))]
#[command(mut_arg("exclude_functions", |flag| flag.hide(true)))]
#[command(mut_arg("exclude_lines", |flag| flag.hide(true)))]
#[command(mut_arg("partial_branches", |flag| flag.hide(true)))]
#[command(mut_arg("partial_also", |flag| flag.hide(true)))]
pub struct RunOptions {
    /// The data file to write.
    #[command(flatten)]
    pub data_file: DataFileOption,

    /// Add to the data file instead of replacing it.
    #[arg(short, long)]
    pub append: bool,

    /// Leave one hit file per process, for a later `forkcov combine`.
    #[arg(short, long, conflicts_with = "append")]
    pub parallel_mode: bool,

    /// Record only source files below this directory.
    ///
    /// Without --source and --include, records every source file that does not belong to the system (/usr, a
    /// Rust toolchain or registry, a Go root and the like). Sources with relative names are also searched
    /// for below DIR.
    #[arg(long, value_name = "DIR", value_delimiter = ',')]
    pub source: Vec<PathBuf>,

    /// Record only source files of this Python package or module, from wherever it is imported.
    ///
    /// Joined by commas or repeated, and beside --source. A package has an `__init__.py`.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = package)]
    pub source_pkgs: Vec<String>,

    /// Which source files to record.
    #[command(flatten)]
    pub patterns: PatternOptions,

    /// Label this run, for example with the name of a test. Reports show labels and select runs by them.
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub label: Option<String>,

    /// Begin a context, such as a test, in each process whose command line matches.
    ///
    /// Its descendants have the same context, but for those that match themselves. A context is named by
    /// what the groups of the expression match, or by the whole command line if there is none.
    /// Reports select contexts by --test. This suits runners that start a process for each test, as ctest,
    /// cargo-nextest and bats do.
    #[arg(long, value_name = "REGEX", value_parser = Regex::new, allow_hyphen_values = true)]
    pub context_from: Option<Regex>,

    /// Begin a context in each process whose environment has this variable, named by its value.
    ///
    /// This suits runners that set a variable for the process of each test. If the command line matches
    /// --context-from as well, that names the context.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub context_from_env: Option<String>,

    /// Begin a context for each test that one of these frameworks runs in a process.
    ///
    /// What a test creates has the context of that test, however it ends. Threads that run while several
    /// tests do count for the test that runs then. The name is that of the test: `test_login.py::test_twice`
    /// for pytest, where setup and teardown belong to their test, `test_login.Login.test_twice` for unittest,
    /// `Suite.Name` for googletest.
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    pub test_framework: Vec<TestFramework>,

    /// Do not print the summary line.
    #[arg(short, long)]
    pub quiet: bool,

    /// Print what is traced, and what is not and why.
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Log every trace event to this file, as one JSON object per line. Attach it to bug reports.
    #[arg(long, value_name = "FILE")]
    pub log_events: Option<PathBuf>,

    /// Trace a running process, with its threads and living descendants, until all have ended or until
    /// Ctrl-C.
    ///
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT to forkcov removes every breakpoint and detaches; the processes
    /// continue. SIGKILL to forkcov leaves the breakpoints in place: a process that then reaches one dies of
    /// SIGTRAP. To remove them before that happens, run --attach again and press Ctrl-C.
    #[arg(long, value_name = "PID", conflicts_with_all = ["command", "exit_first_process"])]
    #[arg(value_parser = clap::value_parser!(i32).range(1..))]
    pub attach: Option<i32>,

    /// Stop when the first process exits.
    ///
    /// The other processes continue untraced; the lines that they ran until then are kept.
    #[arg(long)]
    pub exit_first_process: bool,

    /// Stop the program at every line, instead of once per basic block.
    ///
    /// The data are the same. Slower; use it to cross-check block coverage. --attach always does this.
    #[arg(long)]
    pub every_line: bool,

    /// Record which directions of branches are taken, too.
    ///
    /// A branch is a conditional jump in the machine code of a line, or a jump to one of several places, as
    /// `switch` makes it. Code that optimisation has freed of jumps has no branches: compile with -O0 or
    /// -Og. docs/branches.md says what counts.
    #[arg(long, alias = "branch")]
    pub branches: bool,

    /// Install trampolines in an object once a process has stopped in it this often; 0 for never.
    ///
    /// A trampoline runs an out-of-line copy of the code and counts its executions without stopping the
    /// process. The data are the same. An object gets them as soon as it is mapped if a process before had
    /// them, or if it has more than 64 sites for each of these stops.
    #[arg(long, value_name = "STOPS", default_value_t = 16, alias = "detours-after")]
    pub trampolines_after: u32,

    /// Read the debug information again, without the cache.
    ///
    /// The cache keeps what is slow to read, in $XDG_CACHE_HOME/forkcov or ~/.cache/forkcov, up to 256 MiB.
    /// An entry is used only while the program and all its files with debug information are unchanged.
    #[arg(id = "no-cache", long = "no-cache", action = ArgAction::SetFalse)]
    pub cache: bool,

    /// Run this module of Python with these arguments, as `python3 -m` does.
    ///
    /// Everything behind the module's name belongs to the module.
    #[arg(short, long, value_names = ["MODULE", "ARGS"], num_args = 1.., allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["attach", "command"])]
    pub module: Vec<OsString>,

    /// The program and its arguments. Everything after the program's name belongs to the program.
    #[arg(required_unless_present_any = ["attach", "module"], trailing_var_arg = true, value_names = ["PROGRAM", "ARGS"])]
    pub command: Vec<OsString>,
}

/// A test framework whose tests can have contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFramework {
    /// pytest, and the workers of pytest-xdist.
    Pytest,
    /// unittest, of Python's standard library.
    Unittest,
    /// GoogleTest, with symbols, built with libstdc++.
    Googletest,
    /// Catch2 2 or 3, with symbols, built with libstdc++.
    Catch2,
    /// doctest 2.4, with symbols.
    Doctest,
}

impl From<&RunOptions> for Selection {
    fn from(options: &RunOptions) -> Self {
        Self {
            source: options.source.clone(),
            packages: options.source_pkgs.clone(),
            ..Self::from(&options.patterns)
        }
    }
}

/// A dotted name, as in `import`.
fn package(text: &str) -> Result<String, String> {
    let is_identifier =
        |part: &str| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric());
    match text.split('.').all(is_identifier) {
        true => Ok(text.to_owned()),
        false => Err("expected the dotted name of a package or module".to_owned()),
    }
}

/// Labels are printed in lines of reports, and are separated by commas in `--label`.
fn label(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(|c: char| c == ',' || c.is_control()) {
        return Err("a label must not be empty, nor contain commas or control characters".to_owned());
    }
    Ok(text.to_owned())
}
