//! `/proc/PID/status`, and other text of the kernel about a task (proc(5)).

use super::{Tid, signal_bit};
use std::fs::File;
use std::io::{self, ErrorKind, Read};

/// The content of `/proc/TID/FILE`. Its size is not known before; with room for most files at once, there are
/// few calls.
///
/// # Errors
/// When it cannot be read, as when the task has ended.
pub fn proc_bytes(tid: Tid, file: &str) -> io::Result<Vec<u8>> {
    const ROOM: usize = 8192;
    let mut file = File::open(format!("/proc/{tid}/{file}"))?;
    let (mut content, mut length) = (Vec::new(), 0);
    loop {
        content.resize(length + ROOM, 0);
        match file.read(&mut content[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    content.truncate(length);
    Ok(content)
}

/// The text `/proc/TID/FILE`. The names in it are of the program, and need not be UTF-8: other bytes in them
/// are replaced.
///
/// # Errors
/// When it cannot be read, as when the task has ended.
pub fn proc_text(tid: Tid, file: &str) -> io::Result<String> {
    let bytes = proc_bytes(tid, file)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The status of a task at one moment. It is empty for a task that has ended.
#[derive(Debug)]
pub struct Status(String);

impl Status {
    /// Reads that of the task `tid`.
    pub fn of(tid: Tid) -> Self {
        Self(proc_text(tid, "status").unwrap_or_default())
    }

    /// A field of one word.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// A field that is a thread or process ID; 0 when it is unknown.
    pub fn id(&self, name: &str) -> Tid {
        self.field(name).and_then(|id| id.parse().ok()).unwrap_or(0)
    }

    /// A field that lists an ID per PID namespace: the one of the innermost namespace; 0 when it is unknown.
    pub fn innermost_id(&self, name: &str) -> Tid {
        let innermost = self.field(name).and_then(|ids| ids.split_whitespace().last());
        innermost.and_then(|id| id.parse().ok()).unwrap_or(0)
    }

    /// Is `signal` in a field that is a set of signals (SigIgn, SigBlk, SigCgt)?
    pub fn has_signal(&self, name: &str, signal: i32) -> bool {
        self.set(name) & signal_bit(signal) != 0
    }

    /// A field that is a set of signals: bit `n - 1` for signal `n`.
    pub fn set(&self, name: &str) -> u64 {
        self.field(name).and_then(|set| u64::from_str_radix(set, 16).ok()).unwrap_or(0)
    }

    /// The pending signals of the task and of its process, including blocked ones.
    pub fn pending(&self) -> u64 {
        self.set("SigPnd") | self.set("ShdPnd")
    }
}
