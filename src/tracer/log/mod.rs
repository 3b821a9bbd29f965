//! The event log of a run: one line of JSON for each event, as it comes. Users attach it to a bug report, and
//! the tests of the process tree replay it. `docs/event-log.md` describes every kind and field.

pub(super) mod entry;
mod write;

use crate::ptrace::Tid;
use crate::quote::json;
use crate::tracer::log::entry::Entry;
use serde::Serialize;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The version of the format.
const FORMAT: u32 = 2;

/// The log, if there is one. Clones write to the same file.
#[derive(Debug, Clone, Default)]
pub struct EventLog(Option<Arc<Open>>);

#[derive(Debug)]
struct Open {
    file: File,
    since: Instant,
    /// The first error. No line is written after that.
    failure: OnceLock<io::Error>,
}

#[derive(Serialize)]
struct Line<'a> {
    /// Seconds since the log began, to the microsecond.
    time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<Tid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<Tid>,
    #[serde(flatten)]
    entry: Entry<'a>,
}

impl EventLog {
    /// Begins a log in `file`, to which every write must append: two threads write to it. The first line has
    /// `command`. Errors of writing are kept for [`EventLog::failure`].
    pub fn begin(file: File, command: &[OsString]) -> Self {
        let log = Self(Some(Arc::new(Open { file, since: Instant::now(), failure: OnceLock::new() })));
        log.write(None, Some(std::process::id().cast_signed()), || Entry::Run {
            format: FORMAT,
            forkcov: env!("CARGO_PKG_VERSION"),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim_end().into(),
            command: command.iter().map(|argument| json::name(argument.as_bytes()).into_owned()).collect(),
        });
        log
    }

    /// Is there a log?
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes an entry about the task `tid` of the process `pid`. `entry` is called only if there is a log.
    /// Each line is written at once, so that it is in the file even if forkcov is killed.
    pub fn write<'a>(&self, tid: Option<Tid>, pid: Option<Tid>, entry: impl FnOnce() -> Entry<'a>) {
        let Some(open) = &self.0 else { return };
        if open.failure.get().is_some() {
            return;
        }
        let time = open.since.elapsed().as_micros() as f64 / 1e6;
        let mut line = Vec::new();
        let written = json::to_writer(&mut line, &Line { time, pid, tid, entry: entry() }).and_then(|()| {
            line.push(b'\n');
            (&open.file).write_all(&line)
        });
        if let Err(error) = written {
            let _ = open.failure.set(error);
        }
    }

    /// Why the log is incomplete, if it is.
    pub fn failure(&self) -> Option<&io::Error> {
        self.0.as_ref()?.failure.get()
    }
}
