//! The family of a process that is attached to: its descendants, and the state that `/proc` shows of each.

use crate::ptrace::{self, Status, Tid};
use crate::tracer::parents::process_info::forkcov;

/// A process and its living descendants, each with its parent, which comes before it. Without forkcov itself
/// and its children.
pub fn descendants(root: Tid) -> Vec<(Tid, Tid)> {
    let all: Vec<(Tid, Tid)> =
        ptrace::processes().into_iter().map(|pid| (pid, Status::of(pid).id("PPid"))).collect();
    let mut family: Vec<(Tid, Tid)> = all.iter().copied().filter(|(pid, _)| *pid == root).collect();
    let mut next = 0;
    while let Some(&(parent, _)) = family.get(next) {
        family.extend(all.iter().filter(|(pid, of)| *of == parent && *pid != forkcov()));
        next += 1;
    }
    family
}

/// Has a task ended, or is it traced by forkcov, for instance since its parent is? Then the kernel reports
/// it.
pub fn is_ended_or_ours(tid: Tid) -> bool {
    let status = Status::of(tid);
    is_ended(&status) || is_ours(&status)
}

/// Has a task ended and been waited for, or has an exec given it another ID?
pub fn is_gone(tid: Tid) -> bool {
    Status::of(tid).field("State").is_none()
}

/// Is a task in a ptrace stop of forkcov's?
pub fn is_held(tid: Tid) -> bool {
    let status = Status::of(tid);
    is_ours(&status) && status.field("State").is_some_and(|state| state.starts_with('t'))
}

/// Does a process have threads beside its first, which may have ended?
pub fn has_other_threads(pid: Tid) -> bool {
    Status::of(pid).id("Threads") > 1
}

/// Has a thread that is not traced taken the place of the leader that was seized, by an exec?
pub fn is_another(leader: Tid) -> bool {
    let status = Status::of(leader);
    !is_ended(&status) && !is_ours(&status)
}

/// Has a traced task ended, or has an exec given it another ID?
pub fn is_no_more(status: &Status) -> bool {
    is_ended(status) || !is_ours(status)
}

/// Is there a living process that forkcov traces? The tracer may not know it yet: the kernel traces a child
/// of a tracee at once.
pub fn is_left() -> bool {
    ptrace::processes().into_iter().map(Status::of).any(|status| is_ours(&status) && !is_ended(&status))
}

pub(super) fn is_ended(status: &Status) -> bool {
    status.field("State").is_none_or(|state| state.starts_with(['Z', 'X']))
}

/// Is it traced by this thread? A tracer is a thread, and not a process.
fn is_ours(status: &Status) -> bool {
    status.id("TracerPid") == nix::unistd::gettid().as_raw()
}
