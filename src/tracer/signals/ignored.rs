//! Dispositions that the program ignores. The kernel drops such a signal when it is sent, but not if the receiver is
//! traced (`sig_ignored` in kernel/signal.c): then it ends a system call that waits. Most calls begin again by
//! themselves; those that never do (signal(7), "Interruption of system calls and library functions by stop signals")
//! would fail with EINTR for no reason that the program could know.

use crate::ptrace::{Result, Status, Stopped};
use libc::{SIGCHLD, SIGURG, SIGWINCH, c_int};

/// A task is about to be told of `signal`: if it ignores that, a wait that was interrupted begins again. A timeout
/// of the wait does so too.
///
/// # Errors
/// [`crate::ptrace::Error::Gone`] when it died meanwhile.
pub(in crate::tracer) fn before_delivery(task: &Stopped, signal: c_int) -> Result<()> {
    let Some(wait) = task.interrupted_wait()? else { return Ok(()) };
    let status = Status::of(task.tid());
    let ignored = ignored(&status);
    // Another signal will be told of next, and that one is a reason.
    let reasons = status.pending() & !status.set("SigBlk") & !ignored;
    if ignored & bit(signal) != 0 && reasons == 0 { wait.restart(task) } else { Ok(()) }
}

/// A task has stopped for forkcov's own sake: a wait that this has interrupted begins again.
///
/// # Errors
/// As [`before_delivery`].
pub(in crate::tracer) fn after_interrupt(task: &Stopped) -> Result<()> {
    let Some(wait) = task.interrupted_wait()? else { return Ok(()) };
    let status = Status::of(task.tid());
    let reasons = status.pending() & !status.set("SigBlk") & !ignored(&status);
    if reasons == 0 { wait.restart(task) } else { Ok(()) }
}

/// Those set to SIG_IGN, and those that are ignored by default. SIGCONT is not among them: the stop that it ended
/// has interrupted the call as well.
fn ignored(status: &Status) -> u64 {
    let by_default = bit(SIGCHLD) | bit(SIGURG) | bit(SIGWINCH);
    status.set("SigIgn") | (by_default & !status.set("SigCgt"))
}

const fn bit(signal: c_int) -> u64 {
    1 << (signal - 1)
}
