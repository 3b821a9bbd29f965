//! System calls that are restarted after a signal that the program ignores.
//!
//! The kernel drops an ignored signal when it is sent, but not if the receiver is traced (`sig_ignored` in
//! kernel/signal.c): then it interrupts a system call that waits. Most calls are restarted by the kernel;
//! those that never are (signal(7), "Interruption of system calls and library functions by stop signals")
//! would fail with EINTR for no reason that the program could know.

use crate::ptrace::{Result, Status, Stop, Stopped, signal_bit};
use crate::tracer::recorder::Recorder;
use crate::tracer::stop::StopContext;
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

impl<R: Recorder> StopContext<'_, R> {
    /// The task was stopped by PTRACE_INTERRUPT: restarts the wait that this has interrupted, or continues
    /// the write that it has cut short.
    ///
    /// # Errors
    /// As [`restart_wait_if_ignored`].
    pub fn restart_interrupted(&mut self) -> Result<()> {
        let status = Status::of(self.tid());
        if has_other_reason(&status, ignored(&status)) {
            return Ok(());
        }
        if let Some(wait) = self.task.interrupted_wait()? {
            return wait.restart(self.task);
        }
        if !self.is_releasing && self.state.cut_write.is_none() && self.state.step.is_none() {
            let task = self.task;
            self.state.cut_write = task.continue_cut_write(self.open()?.memory())?;
        }
        Ok(())
    }

    /// Is the stop the entry or the exit of the call that writes the rest?
    pub fn continues_write(&mut self, stop: Stop) -> bool {
        let Some(write) = &mut self.state.cut_write else { return false };
        let enters = write.enters(self.task, stop).unwrap_or(false);
        let exits = !enters && write.exits(self.task, stop).unwrap_or(false);
        if exits {
            self.state.cut_write = None;
        } else if self.is_releasing {
            self.abandon_write();
        }
        enters || exits
    }

    /// The task is to do something else first. It has not entered the call that writes the rest.
    pub fn abandon_write(&mut self) {
        if let Some(write) = self.state.cut_write.take() {
            let abandoned = write.abandon(self.task);
            self.report(abandoned);
        }
    }
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
