//! Event logs that were recorded (docs/event-log.md).

use crate::ptrace::Tid;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A line of a log, as far as the tree needs it.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub pid: Option<Tid>,
    pub tid: Option<Tid>,
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    Run,
    Launch {
        process: u64,
    },
    #[serde(rename_all = "kebab-case")]
    Parked {
        child_of: Option<Tid>,
        thread_of: Option<Tid>,
    },
    Stop,
    GroupStop,
    Signal,
    Trap,
    Step,
    Other,
    Birth {
        child: Tid,
        flags: String,
        thread: bool,
        process: Option<u64>,
    },
    Adopt {
        process: u64,
        parent: Option<u64>,
    },
    Exec {
        former: Tid,
    },
    Exit {
        status: i32,
        process: Option<u64>,
    },
    Death {
        signal: i32,
        process: Option<u64>,
    },
    /// An event that does not concern the tree.
    #[serde(other)]
    Else,
}

/// All recorded logs.
pub fn logs() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tracer/parents/tree/logs");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut logs: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    logs.sort();
    assert!(logs.len() >= 6, "{logs:?}");
    logs
}

/// Reads one.
pub fn read(log: &Path) -> Vec<Line> {
    let text = fs::read_to_string(log).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
        .collect()
}
