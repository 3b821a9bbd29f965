//! The lines of the event log. Their names and fields are those of `docs/event-log.md`.

use crate::ptrace::Tid;
use crate::quote::json;
use crate::signal_name::signal_name;
use crate::tracer::parents::tree::{Parentage, ProcessId};
use serde::{Serialize, Serializer};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An event, or what forkcov did about one.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry<'a> {
    /// The first line: versions, and the command.
    Run { format: u32, forkcov: &'static str, kernel: String, command: Vec<String> },
    /// The root process, seized before its exec.
    Launch { process: ProcessNumber },
    /// A task that was running already has been seized.
    Attach {
        process: ProcessNumber,
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<ProcessNumber>,
    },
    /// A task continues without forkcov.
    Release,
    /// A stop of a task that its parent has not reported yet.
    Parked(LoggedParentage),
    /// The first stop of a task, or the end of a group-stop.
    Stop,
    /// A group-stop.
    GroupStop(Signal),
    /// A signal, before its delivery.
    Signal {
        #[serde(flatten)]
        signal: Signal,
        #[serde(flatten)]
        origin: Option<Origin>,
    },
    /// A breakpoint of forkcov's was hit.
    Trap {
        address: Hex,
        #[serde(skip_serializing_if = "Option::is_none")]
        object: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        site: Option<Hex>,
    },
    /// A breakpoint of the recorder's probe was hit.
    Probe { address: Hex, at: &'static str },
    /// A breakpoint before a system call was hit that may change what SIGTRAP does to the program.
    SignalCall { address: Hex, syscall: u32 },
    /// The end of a step over a breakpoint.
    Step,
    /// A task is at the entry of a handler, after the signal that it is called for.
    Handler,
    /// A stop by a ptrace event that forkcov did not ask for.
    Other { event: i32 },
    /// A task has made another.
    Birth {
        child: Tid,
        by: &'static str,
        flags: Hex,
        thread: bool,
        shares_memory: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        process: Option<ProcessNumber>,
    },
    /// A parked process is adopted, since its parent cannot report it any more.
    Adopt {
        process: ProcessNumber,
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<ProcessNumber>,
    },
    /// The process that this task made by vfork(2) has left its memory.
    VforkDone,
    /// A process runs a new program.
    Exec {
        former: Tid,
        #[serde(skip_serializing_if = "Option::is_none")]
        executable: Option<LoggedPath<PathBuf>>,
    },
    /// An object with sites has been mapped.
    Map { object: u32, path: LoggedPath<&'a Path>, bias: Hex, sites: usize },
    /// An object has been unmapped.
    Unmap { object: u32, path: LoggedPath<&'a Path>, bias: Hex },
    /// A task has ended by exit(2); and its process with it, if that is given.
    Exit {
        status: i32,
        #[serde(skip_serializing_if = "Option::is_none")]
        process: Option<ProcessNumber>,
    },
    /// A task was ended by a signal.
    Death {
        #[serde(flatten)]
        signal: Signal,
        #[serde(skip_serializing_if = "Option::is_none")]
        process: Option<ProcessNumber>,
    },
    /// A task was killed while its stop was handled.
    Gone,
    /// A call failed.
    Failure { error: String },
    /// A signal that was sent to forkcov is forwarded.
    Forward {
        #[serde(flatten)]
        signal: Signal,
        to: Vec<Tid>,
    },
    /// What forkcov wrote to stderr.
    Message { text: &'a str },
    /// The last line: the log is complete.
    End { processes: u64 },
}

/// The serial number of a process ([`ProcessId`]).
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(transparent)]
pub struct ProcessNumber(u64);

impl From<ProcessId> for ProcessNumber {
    fn from(id: ProcessId) -> Self {
        Self(id.0)
    }
}

/// A signal by number and name.
#[derive(Debug, Serialize)]
pub struct Signal {
    signal: i32,
    name: String,
}

impl Signal {
    /// A signal by its number.
    pub fn new(signal: i32) -> Self {
        Self { signal, name: signal_name(signal) }
    }
}

/// The origin of a signal.
#[derive(Debug, Serialize)]
pub struct Origin {
    /// `si_code` of sigaction(2).
    pub code: i32,
    /// The process that sent it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<Tid>,
}

/// What the kernel says about a task that its parent has not reported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoggedParentage {
    /// It is a process, a child of this one.
    ChildOf(Tid),
    /// It is a thread of this process.
    ThreadOf(Tid),
}

impl From<Parentage> for LoggedParentage {
    fn from(parentage: Parentage) -> Self {
        match parentage {
            Parentage::ChildOf(pid) => Self::ChildOf(pid),
            Parentage::ThreadOf(pid) => Self::ThreadOf(pid),
        }
    }
}

/// A path, which need not be UTF-8.
#[derive(Debug, Clone)]
pub struct LoggedPath<P>(pub P);

impl<P: AsRef<Path>> Serialize for LoggedPath<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&json::name(self.0.as_ref().as_os_str().as_bytes()))
    }
}

/// An address, or a set of flags: `0x` and lower-case digits.
#[derive(Debug, Clone, Copy)]
pub struct Hex(pub u64);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}
