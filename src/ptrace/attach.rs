//! Attaching to running tasks, and what `/proc` says of them before they have stopped.

use super::{Error, Result, Stopped, Tid};
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::unistd::Pid;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

/// Has forkcov started what it traces? A run does not mix that with processes that it attaches to.
static HAS_LAUNCHED: AtomicBool = AtomicBool::new(false);

/// The ptrace options of every tracee: the kernel reports new tasks and traces them, too. If forkcov has
/// started them, they are killed when forkcov is, and report when they end.
pub(super) fn options() -> Options {
    let followed = Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACEVFORKDONE
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC;
    if HAS_LAUNCHED.load(Ordering::Relaxed) {
        followed | Options::PTRACE_O_EXITKILL | Options::PTRACE_O_TRACEEXIT
    } else {
        followed
    }
}

impl Stopped {
    /// Makes the task report when it ends, or not. An attached task never does.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn report_end(&self, yes: bool) -> Result<()> {
        let reported = options();
        if !reported.contains(Options::PTRACE_O_TRACEEXIT) {
            return Ok(());
        }
        self.usual_options.set(yes);
        let wanted = if yes { reported } else { reported - Options::PTRACE_O_TRACEEXIT };
        ptrace::setoptions(Pid::from_raw(self.tid()), wanted)
            .map_err(|errno| Error::from_errno("change what a process reports", errno))
    }
}

/// Seizes the process that forkcov has just started.
pub(super) fn seize_launched(pid: Pid) -> nix::Result<()> {
    HAS_LAUNCHED.store(true, Ordering::Relaxed);
    ptrace::seize(pid, options())
}

/// Seizes a running task, which keeps running. It is not killed when forkcov is (no PTRACE_O_EXITKILL),
/// because forkcov has not started it.
///
/// # Errors
/// [`Error::Gone`] when there is no such task (any more), `EPERM` when the kernel forbids it.
pub fn seize(tid: Tid) -> Result<()> {
    ptrace::seize(Pid::from_raw(tid), options()).map_err(|errno| Error::from_errno("trace a process", errno))
}

/// Asks a running tracee to stop. It reports [`super::Event::Trap`], unless something else stops it first.
///
/// # Errors
/// [`Error::Gone`] when it has died.
pub fn interrupt(tid: Tid) -> Result<()> {
    ptrace::interrupt(Pid::from_raw(tid)).map_err(|errno| Error::from_errno("stop a process", errno))
}

/// Do two tasks share an address space (KCMP_VM of kcmp(2))? False where the kernel cannot say.
pub fn share_memory(one: Tid, other: Tid) -> bool {
    const KCMP_VM: i32 = 1;
    // SAFETY: kcmp(2) takes numbers and touches no memory.
    let are_equal = unsafe { libc::syscall(libc::SYS_kcmp, one, other, KCMP_VM, 0, 0) } == 0;
    // Two tasks that have ended, or two kernel threads, compare as equal, because they have no memory.
    are_equal && fs::read_to_string(format!("/proc/{one}/statm")).is_ok_and(|sizes| !sizes.starts_with("0 "))
}

/// The living threads of a process; none when it has ended.
pub fn threads(pid: Tid) -> Vec<Tid> {
    numbers(&format!("/proc/{pid}/task"))
}

/// The living processes.
pub fn processes() -> Vec<Tid> {
    numbers("/proc")
}

fn numbers(directory: &str) -> Vec<Tid> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The error for a PID without a process.
pub fn no_such_process() -> Error {
    Error::Failed { call: "find it", errno: Errno::ESRCH }
}
