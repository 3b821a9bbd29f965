//! System calls that are restarted after a signal that the program ignores.
//!
//! The kernel drops an ignored signal when it is sent, but not if the receiver is traced (`sig_ignored` in
//! kernel/signal.c): then it interrupts a system call that waits. Most calls are restarted by the kernel;
//! those that never are (signal(7), "Interruption of system calls and library functions by stop signals")
//! would fail with EINTR for no reason that the program could know.

use crate::ptrace::{Result, Status, Stopped, signal_bit};
use libc::{SIGCHLD, SIGURG, SIGWINCH, c_int};

/// Before the delivery of `signal`: if the task ignores it, restarts the wait that was interrupted. A
/// timeout of the wait begins again, too.
///
/// # Errors
/// [`crate::ptrace::Error::Gone`] when it died meanwhile.
pub fn restart_wait_if_ignored(task: &Stopped, signal: c_int) -> Result<()> {
    let Some(wait) = task.interrupted_wait()? else { return Ok(()) };
    let status = Status::of(task.tid());
    let ignored = ignored(&status);
    let is_reason = ignored & signal_bit(signal) == 0;
    if is_reason || has_other_reason(&status, ignored) { Ok(()) } else { wait.restart(task) }
}

/// A task was stopped by PTRACE_INTERRUPT: restarts the wait that this has interrupted.
///
/// # Errors
/// As [`restart_wait_if_ignored`].
pub fn after_interrupt(task: &Stopped) -> Result<()> {
    let Some(wait) = task.interrupted_wait()? else { return Ok(()) };
    let status = Status::of(task.tid());
    if has_other_reason(&status, ignored(&status)) { Ok(()) } else { wait.restart(task) }
}

/// Will a signal be delivered next that the program does not ignore, and that interrupts the wait as well?
fn has_other_reason(status: &Status, ignored: u64) -> bool {
    status.pending() & !status.set("SigBlk") & !ignored != 0
}

/// The signals set to SIG_IGN, and those that are ignored by default. SIGCONT is not among them: the stop
/// that it ended has interrupted the call as well.
fn ignored(status: &Status) -> u64 {
    let by_default = signal_bit(SIGCHLD) | signal_bit(SIGURG) | signal_bit(SIGWINCH);
    status.set("SigIgn") | (by_default & !status.set("SigCgt"))
}
