//! The few ptrace requests that the stepper needs. See ptrace(2).

#![expect(unsafe_code, reason = "an oracle must not share the code of what it judges")]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::null_mut;

/// What `waitpid` gave.
#[derive(Debug, Clone, Copy)]
pub enum Status {
    /// Ended by exit, or by a signal.
    Ended,
    /// Stopped by this signal, with this `PTRACE_EVENT_*` or 0.
    Stopped { signal: i32, event: i32 },
}

/// What a program is started with.
pub struct Start<'a> {
    pub argv: &'a [String],
    pub environment: Vec<String>,
    pub directory: &'a str,
    pub stdin: RawFd,
    pub output: RawFd,
}

/// Waits for any tracee of this thread; `None` when there is none left.
pub fn wait() -> Option<(i32, Status)> {
    let mut status = 0;
    let tid = loop {
        // Other threads of the harness have children too: __WNOTHREAD.
        // SAFETY: `status` outlives the call.
        let tid = unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) };
        if tid >= 0 || io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            break tid;
        }
    };
    let decoded = match status {
        status if libc::WIFSTOPPED(status) => {
            Status::Stopped { signal: libc::WSTOPSIG(status), event: status >> 16 }
        }
        _ => Status::Ended,
    };
    (tid > 0).then_some((tid, decoded))
}

/// A request whose result does not matter: the task may have died meanwhile, which the next wait reports.
pub fn request(request: libc::c_uint, tid: i32, address: usize, data: usize) {
    // SAFETY: these requests read no memory of ours.
    unsafe { libc::ptrace(request, tid, address, data) };
}

/// Program counter of a stopped task.
pub fn program_counter(tid: i32) -> u64 {
    // SAFETY: PEEKUSER reads no memory of ours.
    unsafe { libc::ptrace(libc::PTRACE_PEEKUSER, tid, 8 * libc::REG_RIP as usize, 0) as u64 }
}

/// The word on top of the stack of a stopped task.
pub fn top_of_stack(tid: i32) -> u64 {
    // SAFETY: PEEKUSER and PEEKDATA touch no memory of ours.
    unsafe {
        let stack = libc::ptrace(libc::PTRACE_PEEKUSER, tid, 8 * libc::RSP as usize, 0);
        libc::ptrace(libc::PTRACE_PEEKDATA, tid, stack, 0) as u64
    }
}

/// Sets the program counter of a stopped task.
pub fn set_program_counter(tid: i32, to: u64) {
    request(libc::PTRACE_POKEUSER, tid, 8 * libc::REG_RIP as usize, to as usize);
}

/// `si_code` of the signal that stopped a task.
pub fn signal_code(tid: i32) -> i32 {
    // SAFETY: a siginfo_t of zeros is valid, and outlives the call.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        libc::ptrace(libc::PTRACE_GETSIGINFO, tid, 0, &raw mut info);
        info.si_code
    }
}

/// Writes a byte of a stopped task's memory and gives the one that was there.
pub fn swap_byte(tid: i32, address: u64, byte: u8) -> u8 {
    // SAFETY: PEEKTEXT and POKETEXT touch no memory of ours.
    unsafe {
        let word = libc::ptrace(libc::PTRACE_PEEKTEXT, tid, address, 0);
        libc::ptrace(libc::PTRACE_POKETEXT, tid, address, (word & !0xff) | i64::from(byte));
        word as u8
    }
}

/// Starts a program in a process group of its own, traced from its first instruction on and on this CPU
/// alone.
pub fn start(start: &Start) -> io::Result<i32> {
    let strings =
        |list: &[String]| list.iter().map(|s| CString::new(s.as_str()).unwrap()).collect::<Vec<_>>();
    let (argv, environment) = (strings(start.argv), strings(&start.environment));
    let pointers =
        |list: &[CString]| list.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect::<Vec<_>>();
    let (argv_pointers, environment_pointers) = (pointers(&argv), pointers(&environment));
    let directory = CString::new(start.directory).unwrap();
    let (gate, opener) = io::pipe()?;
    pin();
    // SAFETY: between fork and exec the child only makes system calls, on memory made before.
    unsafe {
        let pid = libc::fork();
        if pid == 0 {
            let mut byte = 0u8;
            libc::setpgid(0, 0);
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::dup2(start.stdin, 0);
            libc::dup2(start.output, 1);
            libc::dup2(start.output, 2);
            libc::chdir(directory.as_ptr());
            libc::read(gate.as_raw_fd(), (&raw mut byte).cast(), 1);
            libc::execve(argv_pointers[0], argv_pointers.as_ptr(), environment_pointers.as_ptr());
            libc::_exit(127);
        }
        let options = libc::PTRACE_O_TRACEFORK
            | libc::PTRACE_O_TRACEVFORK
            | libc::PTRACE_O_TRACECLONE
            | libc::PTRACE_O_TRACEEXEC
            | libc::PTRACE_O_EXITKILL;
        if pid < 0 || libc::ptrace(libc::PTRACE_SEIZE, pid, null_mut::<u8>(), options as usize) < 0 {
            return Err(io::Error::last_os_error());
        }
        drop(gate);
        io::Write::write_all(&mut &opener, b"x")?;
        Ok(pid)
    }
}

/// Tracer and tracees on one CPU: a stop is then ten times as fast.
fn pin() {
    // SAFETY: a cpu_set_t of zeros is valid and outlives the call.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(libc::sched_getcpu().max(0) as usize, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set);
    }
}
