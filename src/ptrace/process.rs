//! forkcov's own process: what it needs before a trace, and how it ends or stops as the program did.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use std::sync::LazyLock;

/// Prepares forkcov for the trace. Called after the program is started, which must not inherit any of this.
pub(super) fn prepare() {
    // If SIGCHLD were ignored, the kernel would reap children itself (waitpid(2), NOTES). At a file size
    // limit, a write of forkcov's has to fail and not kill forkcov.
    // SAFETY: SIG_DFL and SIG_IGN run no code of ours.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    // Thousands of processes can be alive at once.
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// How many descriptors forkcov may have.
pub fn most_descriptors() -> u64 {
    static MOST: LazyLock<u64> =
        LazyLock::new(|| getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(_, most)| most));
    *MOST
}

/// Ends this process by `signal`, so that its parent sees how the program ended. Returns only if the signal
/// did not kill.
pub fn die_of(signal: i32) {
    // The program has dumped its core already, if it was to. A core of forkcov is of no use.
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

/// Stops this process by `signal`, a stop signal, so that its parent sees that the program has stopped.
/// Returns after SIGCONT. A handler of the signal is not called.
pub fn stop_by(signal: i32) {
    // SAFETY: zeroed is a valid sigaction, of which SIG_DFL runs no code of ours; both pointers are to live
    // objects, and raise(3) takes a number.
    unsafe {
        let default: libc::sigaction = std::mem::zeroed();
        let mut before: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal, &raw const default, &raw mut before) == 0 {
            libc::raise(signal);
            libc::sigaction(signal, &raw const before, std::ptr::null_mut());
        }
    }
}
