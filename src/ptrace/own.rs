//! What forkcov needs for itself, and what no program shall inherit: to be set when all that is launched is.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Prepares forkcov for the trace.
pub(super) fn prepare() {
    // Were SIGCHLD ignored, the kernel would reap children by itself (waitpid(2), NOTES). At a limit of file sizes a
    // write of forkcov's is to fail; it is not to kill forkcov.
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
