//! A tracee in a ptrace stop, and the ways to resume it.

use super::{Error, Result, Tid};
use crate::machine::PtraceRequest;
use libc::{c_int, c_long, c_void};
use std::cell::Cell;
use std::ptr::null_mut;

/// A tracee in a ptrace stop. Resuming consumes the value, so that no request is made for a running tracee.
#[derive(Debug)]
pub struct Stopped {
    tid: Tid,
    /// [`Stopped::has_usual_options`].
    pub(super) usual_options: Cell<bool>,
}

impl Stopped {
    pub(super) fn new(tid: Tid) -> Self {
        Self { tid, usual_options: Cell::new(false) }
    }

    /// Does the task have the options of every tracee since it stopped, as after an injected call? It then
    /// reports its end, whatever [`Stopped::report_end`] has said before.
    pub fn has_usual_options(&self) -> bool {
        self.usual_options.get()
    }

    /// The thread ID of the task.
    pub fn tid(&self) -> Tid {
        self.tid
    }

    /// Resumes the task, and delivers `signal` if it is not 0.
    ///
    /// # Errors
    /// [`Error::Gone`] when the task has died meanwhile.
    pub fn resume(self, signal: c_int) -> Result<()> {
        self.request("resume a process", libc::PTRACE_CONT, null_mut(), signal as usize as *mut c_void)
            .map(drop)
    }

    /// Resumes the task without a tracer, and delivers `signal` if it is not 0. In a group-stop it stays
    /// stopped.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn detach(self, signal: c_int) -> Result<()> {
        self.request("release a process", libc::PTRACE_DETACH, null_mut(), signal as usize as *mut c_void)
            .map(drop)
    }

    /// Leaves the task in its group-stop, and has a SIGCONT reported (PTRACE_LISTEN).
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn listen(self) -> Result<()> {
        self.request("listen to a stopped process", libc::PTRACE_LISTEN, null_mut(), null_mut()).map(drop)
    }

    /// Resumes the task for one instruction. It then stops by a SIGTRAP that is [`super::SigInfo::is_step`],
    /// unless something else stops it first.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn resume_for_step(self) -> Result<()> {
        self.step()
    }

    /// Delivers `signal`, and stops the task before the first instruction of the handler, by a SIGTRAP that
    /// is [`super::SigInfo::is_handler_entry`]. The signal mask is then that of the handler. Without a
    /// handler, the task makes a single step.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn resume_into_handler(self, signal: c_int) -> Result<()> {
        let call = "resume a process";
        self.request(call, libc::PTRACE_SINGLESTEP, null_mut(), signal as usize as *mut c_void).map(drop)
    }

    pub(super) fn step(&self) -> Result<()> {
        self.request("step a process", libc::PTRACE_SINGLESTEP, null_mut(), null_mut()).map(drop)
    }

    /// Resumes the task, for a stop that is waited for at once.
    pub(super) fn run(&self) -> Result<()> {
        self.request("resume a process", libc::PTRACE_CONT, null_mut(), null_mut()).map(drop)
    }

    /// Resumes the task up to the entry of a system call, or from there to its exit.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn resume_to_syscall(&self) -> Result<()> {
        self.request("resume a process", libc::PTRACE_SYSCALL, null_mut(), null_mut()).map(drop)
    }

    /// The message of the event: the ID of the new task, or at an exec the former thread ID of the caller.
    ///
    /// A SIGKILL takes the task on to its exit stop, of which the message is its exit status (`do_exit` of
    /// `kernel/exit.c`): read as an ID, that would be a task that never was.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn event_message(&self) -> Result<Tid> {
        let mut message: libc::c_ulong = 0;
        self.request("read an event", libc::PTRACE_GETEVENTMSG, null_mut(), (&raw mut message).cast())?;
        // The event is looked at last: there is no way back from the exit stop.
        if self.signal_info()?.is_exit() { Err(Error::Gone) } else { Ok(message as Tid) }
    }

    pub(super) fn request(
        &self,
        call: &'static str,
        request: PtraceRequest,
        address: *mut c_void,
        data: *mut c_void,
    ) -> Result<c_long> {
        match self.raw(request, address, data) {
            -1 => Err(Error::last(call)),
            value => Ok(value),
        }
    }

    pub(super) fn raw(&self, request: PtraceRequest, address: *mut c_void, data: *mut c_void) -> c_long {
        // SAFETY: every caller passes a request of ptrace(2) with `data` either a plain value or a pointer to
        // a live object of the size that the request writes or reads.
        unsafe { libc::ptrace(request, self.tid, address, data) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ptrace::{attach, inject, interrupt, seize};
    use nix::sys::signal::{SIGKILL, kill};
    use nix::sys::wait::{WaitPidFlag, waitpid};
    use nix::unistd::Pid;
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn event_of(tid: Tid) -> c_int {
        inject::wait_for(tid).unwrap() >> 16
    }

    #[test]
    fn what_is_killed_in_its_fork_has_no_message() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "read line; (:); exit 3"]).stdin(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        let tid = shell.id().cast_signed();
        seize(tid).unwrap();
        interrupt(tid).unwrap();
        inject::wait_for(tid).unwrap();
        let task = Stopped::new(tid);
        task.set_options(attach::options().bits() | libc::PTRACE_O_EXITKILL | libc::PTRACE_O_TRACEEXIT)
            .unwrap();
        task.run().unwrap();
        shell.stdin.take().unwrap().write_all(b"line\n").unwrap();
        assert_eq!(event_of(tid), libc::PTRACE_EVENT_FORK);
        let child = task.event_message().unwrap();
        kill(Pid::from_raw(tid), SIGKILL).unwrap();
        assert_eq!(event_of(tid), libc::PTRACE_EVENT_EXIT);
        assert!(matches!(task.event_message(), Err(Error::Gone)));
        let child = Pid::from_raw(child);
        kill(child, SIGKILL).unwrap();
        while inject::wait_for(child.as_raw()).is_ok() {
            Stopped::new(child.as_raw()).run().unwrap();
        }
        waitpid(child, Some(WaitPidFlag::__WALL)).unwrap();
        task.run().unwrap();
        assert!(!shell.wait().unwrap().success());
    }
}
