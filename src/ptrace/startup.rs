//! What forkcov was started with, before Rust's runtime changed it, and what names forkcov's process. The
//! program gets all of it as if it had been started in forkcov's place.
//!
//! Before `main`, Rust's runtime ignores SIGPIPE, and opens `/dev/null` in place of each of the descriptors
//! 0 to 2 that is closed. So no file of forkcov's gets one of these descriptors.

use nix::unistd::{Pid, getpid};
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::FromRawFd;
use std::os::unix::fs::MetadataExt;
use std::ptr::null;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Whether SIGPIPE had its default action when forkcov started. An ignored signal stays ignored after exec.
static SIGPIPE_WAS_DEFAULT: AtomicBool = AtomicBool::new(true);

/// The descriptors 0 to 2 that were closed when forkcov started, a bit for each.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Variables that name the process that they are meant for: sd_listen_fds(3), sd_watchdog_enabled(3),
/// systemd.exec(5).
const PID_VARIABLES: [&str; 3] = ["LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID"];

/// The same, by the inode of a pidfd (sd_listen_fds(3)).
const PIDFD_VARIABLE: &str = "LISTEN_PIDFDID";

/// Runs in the child that will be the program: restores what Rust's runtime has changed, and lets variables
/// that name `forkcov` name this process.
pub(super) fn restore(forkcov: Pid) {
    if SIGPIPE_WAS_DEFAULT.load(Ordering::Relaxed) {
        // SAFETY: SIG_DFL runs no code of ours.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    }
    let closed = CLOSED.load(Ordering::Relaxed);
    for descriptor in (0..=2).filter(|descriptor| closed & (1 << descriptor) != 0) {
        // SAFETY: nothing in this process owns the `/dev/null` that Rust's runtime has opened there.
        unsafe { libc::close(descriptor) };
    }
    let own = getpid();
    for name in PID_VARIABLES {
        rename(name, &forkcov.to_string(), &own.to_string());
    }
    if std::env::var_os(PIDFD_VARIABLE).is_some()
        && let (Some(former), Some(new)) = (pidfd_inode(forkcov), pidfd_inode(own))
    {
        rename(PIDFD_VARIABLE, &former.to_string(), &new.to_string());
    }
}

/// If the variable has the value `from`, sets it to `to`.
fn rename(name: &str, from: &str, to: &str) {
    if std::env::var_os(name).as_deref() == Some(OsStr::new(from)) {
        // SAFETY: this process has one thread.
        unsafe { std::env::set_var(name, to) };
    }
}

/// The inode of a pidfd for `pid`, which from Linux 6.9 on identifies the process.
fn pidfd_inode(pid: Pid) -> Option<u64> {
    // SAFETY: pidfd_open(2) takes numbers and gives a new descriptor, which has no other owner.
    let file = unsafe {
        match libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) {
            descriptor @ 0.. => File::from_raw_fd(descriptor as i32),
            _ => return None,
        }
    };
    file.metadata().ok().map(|data| data.ino())
}

extern "C" fn learn() {
    // SAFETY: a null action only asks; zeroed is a valid sigaction to be filled. F_GETFD changes nothing.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGPIPE, null(), &raw mut action) == 0 {
            SIGPIPE_WAS_DEFAULT.store(action.sa_sigaction == libc::SIG_DFL, Ordering::Relaxed);
        }
        let closed = (0..=2).filter(|&descriptor| libc::fcntl(descriptor, libc::F_GETFD) < 0);
        CLOSED.store(closed.fold(0, |all, descriptor| all | 1 << descriptor), Ordering::Relaxed);
    }
}

#[used]
// SAFETY: the dynamic linker calls each pointer of this section once, before `main`.
#[unsafe(link_section = ".init_array")]
static LEARN: extern "C" fn() = learn;
