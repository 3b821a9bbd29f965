//! A child of forkcov whose exit wakes [`super::next`]. waitpid(2) waits for children only, and a signal that
//! arrives just before the call would not wake it.

use super::{Tid, process};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::unistd::{ForkResult, fork, pipe2, read};
use std::os::fd::OwnedFd;

/// The child. It exits when its [`WakeGuard`] is dropped, or when forkcov ends.
#[derive(Debug)]
pub struct WakeChild(Tid);

/// Keeps a [`WakeChild`] waiting: dropping it ends the child.
#[derive(Debug)]
pub struct WakeGuard(#[expect(dead_code, reason = "it is there to be closed")] OwnedFd);

impl WakeChild {
    /// Starts the child. Must be called before forkcov has a second thread.
    ///
    /// # Errors
    /// When no process can be created.
    pub fn spawn() -> nix::Result<(Self, WakeGuard)> {
        let (end, guard) = pipe2(OFlag::O_CLOEXEC)?;
        // SAFETY: forkcov has one thread yet, so the child's copy of the heap is whole.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => {
                process::prepare();
                Ok((Self(child.as_raw()), WakeGuard(guard)))
            }
            ForkResult::Child => {
                drop(guard);
                // Ctrl-C in a terminal signals the whole process group, and must not end this child.
                let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
                while read(&end, &mut [0]) == Err(Errno::EINTR) {}
                // SAFETY: _exit(2) ends the process.
                unsafe { libc::_exit(0) }
            }
        }
    }

    /// Its process ID, which [`super::next`] reports when it exits.
    pub fn tid(&self) -> Tid {
        self.0
    }
}
