//! What `/proc/TID/status` (proc(5)) says of a task that its parent has not told of yet.

use super::tree::Kin;
use crate::ptrace::Tid;
use std::fs;

/// Its process if it is a thread, its parent if it is a process; 0 when it has died meanwhile.
pub fn of(tid: Tid) -> Kin {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
    let field = |name: &str| -> Tid {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok())
            .unwrap_or_default()
    };
    match field("Tgid") {
        group if group == tid || group == 0 => Kin::ChildOf(field("PPid")),
        group => Kin::ThreadOf(group),
    }
}
