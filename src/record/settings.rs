//! What a run is asked to do.

use super::contexts::ContextRules;
use super::granularity::Granularity;
use crate::ptrace::Tid;
use crate::sources::Selection;
use std::ffi::OsString;
use std::path::PathBuf;

/// The settings of a run.
#[derive(Debug)]
pub struct Settings {
    /// What is traced.
    pub target: Target,
    /// Where the data goes.
    pub data_file: PathBuf,
    /// What becomes of the hit files.
    pub output: Output,
    /// What the user calls the run.
    pub label: Option<String>,
    /// What begins a context.
    pub contexts: ContextRules,
    /// Which source files are recorded.
    pub selection: Selection,
    /// How many breakpoints the lines of an object get. Processes that run already get one for each line.
    pub granularity: Granularity,
    /// Are the directions of branches recorded?
    pub branches: bool,
    /// After how many stops in an object a process counts there by trampolines; 0 for never.
    pub trampolines_after: u32,
    /// Does the run end with the first process?
    pub exit_first_process: bool,
    /// Is debug information kept in the user's cache, and taken from there?
    pub cache: bool,
    /// Where the event log goes, if there is one.
    pub log_events: Option<PathBuf>,
    /// How much is printed.
    pub verbosity: Verbosity,
    /// Whether to say how programs get debug information, if none has any. A front end builds them itself.
    pub advises: bool,
}

/// What a run traces.
#[derive(Debug)]
pub enum Target {
    /// A program that forkcov starts, with its arguments. The first is its name or path.
    Launch(Vec<OsString>),
    /// A process that runs already.
    Attach(Tid),
}

/// What becomes of the hit files at the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// They are left for `forkcov combine`.
    HitFiles,
    /// They replace what the data file holds.
    Replace,
    /// They are added to the data file.
    Append,
}

/// How much a run prints besides its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// No last line.
    Quiet,
    /// The last line.
    Normal,
    /// What is covered, what is left out, and why.
    Verbose,
}

impl Target {
    /// The command line that is run; empty when forkcov attaches.
    pub fn command(&self) -> &[OsString] {
        match self {
            Self::Launch(command) => command,
            Self::Attach(_) => &[],
        }
    }
}
