//! Dying as the program died.

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};

/// Ends this process by `signal`, so that its parent sees what it would have seen of the program. Returns
/// only if the signal did not kill.
pub fn die_of(signal: i32) {
    // The program has dumped its core already, if it was to; one of forkcov would be of no use.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    // SAFETY: SIG_DFL runs no code of ours, and the raised signal is handled by the kernel alone.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
    }
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    // SAFETY: raise(3) takes a number and touches no memory of ours.
    unsafe {
        libc::raise(signal);
    }
}
