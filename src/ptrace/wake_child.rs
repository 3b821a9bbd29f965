//! A child of forkcov's own, whose end wakes [`super::next`]: waitpid(2) waits for children alone, and a signal that
//! comes just before it would not wake it.

use super::{Tid, process};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::unistd::{ForkResult, fork, pipe2, read};
use std::os::fd::OwnedFd;

/// The child that waits.
#[derive(Debug)]
pub struct WakeChild(Tid);

/// What it waits for: that this is dropped. It goes with forkcov, too.
#[derive(Debug)]
pub struct WakeGuard(#[expect(dead_code, reason = "it is there to be closed")] OwnedFd);

impl WakeChild {
    /// Hangs a bell. To be called before forkcov has a second thread.
    ///
    /// # Errors
    /// When no process can be made.
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
                // A terminal's Ctrl-C is for forkcov, and not for this one.
                let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
                while read(&end, &mut [0]) == Err(Errno::EINTR) {}
                // SAFETY: _exit(2) ends the process.
                unsafe { libc::_exit(0) }
            }
        }
    }

    /// Its process ID, which [`super::next`] reports at its end.
    pub fn tid(&self) -> Tid {
        self.0
    }
}
