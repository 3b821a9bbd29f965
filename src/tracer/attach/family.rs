//! Processes that run already: who belongs together, and who cannot be attached to.

use crate::ptrace::{self, Status, Tid};
use nix::errno::Errno;
use std::collections::HashSet;
use std::fs;

/// A process and its descendants that live now, each with its parent, which comes before it. Not forkcov itself, and
/// not its children.
pub fn of(root: Tid) -> Vec<(Tid, Tid)> {
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

/// Has a task ended, or been born of one that is seized, so that the kernel will tell of it?
pub fn is_ended_or_ours(tid: Tid) -> bool {
    let status = Status::of(tid);
    is_ended(&status) || is_ours(&status)
}

/// Has a task ended and been waited for, or does it go by another ID, since it has called exec?
pub fn is_gone(tid: Tid) -> bool {
    Status::of(tid).field("State").is_none()
}

/// Is a task in a stop of which forkcov is told (PTRACE_CONT in ptrace(2) ends it)?
pub fn is_held(tid: Tid) -> bool {
    let status = Status::of(tid);
    is_ours(&status) && status.field("State").is_some_and(|state| state.starts_with('t'))
}

/// Does a process have threads beside its first, which may have ended?
pub fn has_other_threads(pid: Tid) -> bool {
    Status::of(pid).id("Threads") > 1
}

/// Is the leader that was seized no more, and another thread in its place, by an exec that it called untraced?
pub fn is_another(leader: Tid) -> bool {
    let status = Status::of(leader);
    !is_ended(&status) && !is_ours(&status)
}

/// Is it a task that has ended, or that nobody traces, since an exec has given it another ID?
pub fn is_no_more(status: &Status) -> bool {
    is_ended(status) || !is_ours(status)
}

/// Does a process live that forkcov traces? Breakpoint to the tracer or not: one that is born of a tracee is traced at once.
pub fn is_left() -> bool {
    ptrace::processes().into_iter().map(Status::of).any(|status| is_ours(&status) && !is_ended(&status))
}

fn is_ended(status: &Status) -> bool {
    status.field("State").is_none_or(|state| state.starts_with(['Z', 'X']))
}

fn is_ours(status: &Status) -> bool {
    status.id("TracerPid") == forkcov()
}

fn forkcov() -> Tid {
    std::process::id().cast_signed()
}

/// Why a process cannot be attached to, if that is plain from what it is.
pub fn reason_not_to_attach(pid: Tid) -> Option<String> {
    let status = whole_status(pid);
    if pid == forkcov() {
        return Some("it is this forkcov itself".to_owned());
    }
    if status.id("Tgid") == 0 {
        return Some(Errno::ESRCH.desc().to_lowercase());
    }
    if status.id("Tgid") != pid {
        return Some(format!("it is a thread of process {}", status.id("Tgid")));
    }
    if is_ended(&status) && status.id("Threads") == 1 {
        return Some("it has ended, and waits to be reaped by its parent".to_owned());
    }
    if is_of_kernel(pid) {
        return Some("it is a thread of the kernel".to_owned());
    }
    stranger_in_memory(pid).map(|other| {
        format!(
            "it runs in the memory of process {other}, as a child of vfork(2) does, and that would die of its \
             breakpoints: attach to {other}"
        )
    })
}

/// The status of a process. While another thread calls exec the first one is dead; then that one takes its place, and who
/// has just looked at the first sees a task without a process.
fn whole_status(pid: Tid) -> Status {
    loop {
        let status = Status::of(pid);
        if !is_ended(&status) || status.id("Threads") > 0 || status.id("Tgid") == 0 {
            return status;
        }
    }
}

fn is_of_kernel(pid: Tid) -> bool {
    /// PF_KTHREAD of include/linux/sched.h.
    const KERNEL_THREAD: u32 = 0x0020_0000;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may have any character in it. After it, state is field 3, and flags field 9 (proc(5)).
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    fields.nth(6).and_then(|flags| flags.parse::<u32>().ok()).is_some_and(|flags| flags & KERNEL_THREAD != 0)
}

/// A process that shares the memory of `pid`, and would not be attached to along with it.
fn stranger_in_memory(pid: Tid) -> Option<Tid> {
    // The first thread may have ended.
    let shares = |other: Tid| ptrace::threads(pid).into_iter().any(|tid| ptrace::share_memory(tid, other));
    let sharers: Vec<Tid> = ptrace::processes().into_iter().filter(|&other| shares(other)).collect();
    let family: HashSet<Tid> = of(pid).into_iter().map(|(pid, _)| pid).collect();
    // A child of vfork may have come and gone.
    sharers.into_iter().find(|other| !family.contains(other) && shares(*other))
}
