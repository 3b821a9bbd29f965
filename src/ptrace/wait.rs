//! waitpid(2). Its status is decoded here, because nix refuses a stop by a real-time signal, and that event
//! would be lost.

use super::{Stopped, Tid};
use libc::c_int;
use nix::errno::Errno;

/// What happened to a tracee.
#[derive(Debug)]
pub enum Wait {
    /// It stopped and can be resumed.
    Stopped(Stopped, Stop),
    /// It exited with this status.
    Exited(Tid, i32),
    /// It was killed by this signal.
    Signaled(Tid, i32),
}

/// Why a tracee stopped (ptrace(2), "Stopped states").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// Signal-delivery-stop. How the task is resumed decides whether the signal is delivered.
    Signal(i32),
    /// Group-stop by this signal: the process is stopped as it would be without a tracer.
    Group(i32),
    /// PTRACE_EVENT stop.
    Event(Event),
}

/// The events that a seized tracee reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// It created a process by fork(2), or by clone(2) with SIGCHLD as the exit signal of the child.
    Fork,
    /// It created a process by vfork(2), or by clone(2) with CLONE_VFORK.
    Vfork,
    /// The process that it created by vfork(2) has left its memory: it has called exec, or has ended.
    VforkDone,
    /// It created a thread, or a process with another exit signal than SIGCHLD.
    Clone,
    /// It executes a new program.
    Exec,
    /// The first stop of a new tracee, or the end of a group-stop.
    Trap,
    /// It will now exit. Its registers are unchanged.
    Exit,
    /// An event that was not requested.
    Other(c_int),
}

/// Waits for the next event of any tracee. `None` when no child is left.
///
/// # Errors
/// No error that a caller can handle; EINTR is retried.
pub fn next() -> nix::Result<Option<Wait>> {
    wait(ANY, libc::__WALL)
}

/// The next event, if it has already happened. Any thread of forkcov can call this.
///
/// # Errors
/// As [`next`].
pub fn try_next() -> nix::Result<Option<Wait>> {
    wait(ANY, libc::__WALL | libc::WNOHANG)
}

/// The next event of `tid`, if it has already happened. Unlike [`next`] and [`try_next`], its cost does not
/// grow with the number of tracees.
///
/// # Errors
/// As [`next`].
pub fn try_next_of(tid: Tid) -> nix::Result<Option<Wait>> {
    wait(tid, libc::__WALL | libc::WNOHANG)
}

/// For waitpid(2): any child.
const ANY: Tid = -1;

fn wait(tid: Tid, options: c_int) -> nix::Result<Option<Wait>> {
    loop {
        let mut status: c_int = 0;
        // SAFETY: `status` is a valid place for one int.
        match unsafe { libc::waitpid(tid, &raw mut status, options) } {
            tid @ 1.. => return Ok(Some(decode(tid, status))),
            0 => return Ok(None),
            _ => match Errno::last() {
                Errno::EINTR => {}
                Errno::ECHILD => return Ok(None),
                errno => return Err(errno),
            },
        }
    }
}

impl Wait {
    /// The task that it is about.
    pub fn tid(&self) -> Tid {
        match self {
            Self::Stopped(task, _) => task.tid(),
            Self::Exited(tid, _) | Self::Signaled(tid, _) => *tid,
        }
    }

    /// Why it stopped; `None` if it has ended.
    pub fn stop(&self) -> Option<Stop> {
        match self {
            Self::Stopped(_, stop) => Some(*stop),
            Self::Exited(..) | Self::Signaled(..) => None,
        }
    }
}

fn decode(tid: Tid, status: c_int) -> Wait {
    if libc::WIFEXITED(status) {
        Wait::Exited(tid, libc::WEXITSTATUS(status))
    } else if libc::WIFSIGNALED(status) {
        Wait::Signaled(tid, libc::WTERMSIG(status))
    } else {
        Wait::Stopped(Stopped::new(tid), decode_stop(libc::WSTOPSIG(status), status >> 16))
    }
}

fn decode_stop(signal: c_int, event: c_int) -> Stop {
    match event {
        0 => Stop::Signal(signal),
        libc::PTRACE_EVENT_FORK => Stop::Event(Event::Fork),
        libc::PTRACE_EVENT_VFORK => Stop::Event(Event::Vfork),
        libc::PTRACE_EVENT_VFORK_DONE => Stop::Event(Event::VforkDone),
        libc::PTRACE_EVENT_CLONE => Stop::Event(Event::Clone),
        libc::PTRACE_EVENT_EXEC => Stop::Event(Event::Exec),
        libc::PTRACE_EVENT_EXIT => Stop::Event(Event::Exit),
        libc::PTRACE_EVENT_STOP if is_stopping(signal) => Stop::Group(signal),
        libc::PTRACE_EVENT_STOP => Stop::Event(Event::Trap),
        other => Stop::Event(Event::Other(other)),
    }
}

fn is_stopping(signal: c_int) -> bool {
    matches!(signal, libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_stop_is_distinguished() {
        let stop = |signal: c_int, event: c_int| match decode(7, (event << 16) | (signal << 8) | 0x7f) {
            Wait::Stopped(_, stop) => stop,
            other => panic!("{other:?} is no stop"),
        };
        assert_eq!(stop(libc::SIGTRAP, 0), Stop::Signal(libc::SIGTRAP));
        assert_eq!(stop(64, 0), Stop::Signal(64));
        assert_eq!(stop(libc::SIGTSTP, libc::PTRACE_EVENT_STOP), Stop::Group(libc::SIGTSTP));
        assert_eq!(stop(libc::SIGTRAP, libc::PTRACE_EVENT_STOP), Stop::Event(Event::Trap));
        assert_eq!(stop(libc::SIGTRAP, libc::PTRACE_EVENT_VFORK), Stop::Event(Event::Vfork));
    }

    #[test]
    fn ends_keep_their_status_or_signal() {
        assert!(matches!(decode(7, 3 << 8), Wait::Exited(7, 3)));
        assert!(matches!(decode(7, libc::SIGKILL), Wait::Signaled(7, libc::SIGKILL)));
        assert!(matches!(decode(7, libc::SIGABRT | 0x80), Wait::Signaled(7, libc::SIGABRT)));
    }
}
