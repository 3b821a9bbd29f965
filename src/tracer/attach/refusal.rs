//! Why forkcov cannot attach to a process.

use super::family::{self, is_ended};
use crate::ptrace::{self, Status, Tid};
use crate::tracer::parents::process_info::forkcov;
use nix::errno::Errno;
use std::collections::HashSet;

/// Why forkcov cannot attach to a process, if that can be seen before it is tried.
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
    unrelated_sharer(pid).map(|other| {
        format!(
            "it runs in the memory of process {other}, as a child of vfork(2) does, and that would be \
             killed by its breakpoints: attach to {other}"
        )
    })
}

/// The status of a process. While another thread calls exec, the first one is dead. Then that thread takes
/// its place; a look at the first one in just this moment shows a task without a process, and is repeated.
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
    let stat = ptrace::proc_text(pid, "stat").unwrap_or_default();
    // The name in parentheses may have any character in it. After it, state is field 3, and flags field 9
    // (proc(5)).
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    fields.nth(6).and_then(|flags| flags.parse::<u32>().ok()).is_some_and(|flags| flags & KERNEL_THREAD != 0)
}

/// A process that shares the memory of `pid`, but is not of its family.
fn unrelated_sharer(pid: Tid) -> Option<Tid> {
    // The first thread may have ended, and have no memory.
    let shares = |other: Tid| ptrace::threads(pid).into_iter().any(|tid| ptrace::share_memory(tid, other));
    let sharers: Vec<Tid> = ptrace::processes().into_iter().filter(|&other| shares(other)).collect();
    let relatives: HashSet<Tid> = family::descendants(pid).into_iter().map(|(pid, _)| pid).collect();
    // It may have been a child of vfork that is gone now.
    sharers.into_iter().find(|other| !relatives.contains(other) && shares(*other))
}
