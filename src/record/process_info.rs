//! What `/proc/PID` says of the program that a process runs (proc(5)).

use crate::ptrace::Tid;
use std::fs;
use std::path::PathBuf;

/// The path of its executable; empty when the process has ended.
pub fn executable(pid: Tid) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default()
}

/// Its argument vector; bytes that are not UTF-8 are replaced.
pub fn argv(pid: Tid) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    bytes.split(|&byte| byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

/// Its name of at most 15 bytes, which is readable where its executable is not.
pub fn name(pid: Tid) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}
