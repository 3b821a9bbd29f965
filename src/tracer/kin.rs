//! What `/proc/TID/status` (proc(5)) says of a task that its parent has not told of yet.

use super::tree::Kin;
use crate::ptrace::{Status, Tid};

/// Its process if it is a thread, its parent if it is a process; 0 when it has died meanwhile.
pub fn of(tid: Tid) -> Kin {
    let status = Status::of(tid);
    match status.id("Tgid") {
        group if group == tid || group == 0 => Kin::ChildOf(status.id("PPid")),
        group => Kin::ThreadOf(group),
    }
}

/// Is it a thread?
pub fn is_thread(tid: Tid) -> bool {
    matches!(of(tid), Kin::ThreadOf(_))
}
