//! The data of runs: hit files (one for each process while it runs), the data file, and `combine`, which
//! makes it of them.
//!
//! Types of other rooms that have twins here ([`Birth`] and [`Exit`] of the tracer,
//! [`object_table::SiteLine`] and [`object_table::Function`] of `object`) are not shared: these are formats
//! on disk, which must not change when the other rooms do. `record` converts them, in one file.
//!
//! All readers take bytes, or the path of a file, and accept any content:
//! [`hit_file::HitFileContents::read`], [`runtime_log::LogContents::read`],
//! [`object_table::ObjectTable::decode`], [`RunSnapshots::read`] and [`view::View::load`].

mod allocate;
mod checksummed;
pub mod combine;
pub mod counters;
mod data_file;
mod erase;
mod error;
mod file_hits;
pub mod hit_file;
mod lease;
pub mod names;
pub mod object_table;
mod process_record;
mod run_directory;
pub mod runtime_log;
mod snapshot;
mod target;
pub mod view;

pub use erase::erase;
pub use error::Error;
pub use file_hits::FileHits;
pub use names::RunNames;
pub use process_record::{ProcessEnd, ProcessRecord};
pub use run_directory::{RunDirectory, RunFile, RunFiles};
pub use snapshot::{RunSnapshots, SourceSnapshot};
pub use target::{Target, put_whole};

use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    /// It called `exit` or `_exit` with this status (0 to 255).
    Code(i32),
    /// A signal with this number killed it.
    Signal(i32),
}

/// How a process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Birth {
    /// forkcov started it: it is the root of a run.
    Launch,
    /// By fork(2), or clone(2) with an address space of its own.
    Fork,
    /// By vfork(2), or clone(2) with CLONE_VFORK.
    Vfork,
    /// By clone(2) otherwise, as a process (not a thread).
    Clone,
    /// It ran already (`--attach`).
    Attach,
}

impl Birth {
    /// All, in the order in which they are declared.
    pub(crate) const ALL: [Self; 5] = [Self::Launch, Self::Fork, Self::Vfork, Self::Clone, Self::Attach];

    /// Its name, in data files and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Fork => "fork",
            Self::Vfork => "vfork",
            Self::Clone => "clone",
            Self::Attach => "attach",
        }
    }
}

/// What is known of a process when it begins.
///
/// `(run, serial)` identifies a process. A PID does not: the kernel reuses PIDs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessStart {
    /// The run, a random identifier in hexadecimal.
    pub run: String,
    /// Its number in the run, from 0, in the order in which processes begin.
    pub serial: u64,
    /// The parent's serial; `None` for the root.
    pub parent: Option<u64>,
    /// Host name; it holds bytes (see [`byte_text`](crate::byte_text)).
    pub host: String,
    /// PID, as the tracer sees it.
    pub pid: i32,
    /// How it began.
    pub birth: Birth,
    /// When it began: seconds since the epoch.
    pub started: f64,
    /// The label of the run (`run --label`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A context of a process, as the test that it runs: from when it begins until the next one does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContextStart {
    /// Its name; it holds bytes (see [`byte_text`](crate::byte_text)). Processes can share a context.
    pub name: String,
    /// When it began: seconds since the epoch.
    pub started: f64,
}

/// How a test ended, as its framework said in a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The name of its context; or what failed, as a module that could not be imported. It holds bytes (see
    /// [`byte_text`](crate::byte_text)).
    pub test: String,
    /// Whether it failed. A test can have a result for each of its phases.
    pub failed: bool,
    /// When this was said: seconds since the epoch.
    pub ended: f64,
}

impl TestResult {
    /// What stands for the tests that may be left when a framework stops at a failure.
    pub const STOPPED: &str = "(stopped at a failure)";

    /// A framework has stopped at a failure.
    pub fn stop(ended: f64) -> Self {
        Self { test: Self::STOPPED.to_owned(), failed: true, ended }
    }
}

/// What a process executes from one exec to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Image {
    /// Path of the executable. It and the arguments hold bytes (see [`byte_text`](crate::byte_text)).
    pub executable: String,
    /// Its argument vector, as ps(1) shows it.
    pub argv: Vec<String>,
}
