//! Filters of a tracee's system calls, out of the way while a call is injected: syscall user dispatch
//! (prctl(2), PR_SET_SYSCALL_USER_DISPATCH), and seccomp(2). Their answers are meant for calls of the
//! program's own.
//!
//! Dispatch can be switched off from Linux 6.4 on. Seccomp can be suspended by a tracer that has
//! CAP_SYS_ADMIN and no filter of its own. Where that cannot be done, the filter decides about the call: one
//! that it answers with SIGSYS counts as failed, and the program does not see the signal.

use super::attach;
use super::{Error, Result, Stopped};
use crate::machine::PtraceRequest;
use libc::{c_int, c_void};
use nix::errno::Errno;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

/// `struct ptrace_sud_config` of linux/ptrace.h.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct Dispatch {
    mode: u64,
    selector: u64,
    offset: u64,
    length: u64,
}

const SET_DISPATCH: PtraceRequest = 0x4210;
const GET_DISPATCH: PtraceRequest = 0x4211;

/// The modes of linux/prctl.h.
const OFF: u64 = 0;
const OUTSIDE: u64 = 1;
const INSIDE: u64 = 2;

/// PTRACE_O_SUSPEND_SECCOMP of linux/ptrace.h.
const SUSPEND_SECCOMP: c_int = 1 << 21;

/// What this kernel and the rights of forkcov allow. Assumed until it has been refused.
static CAN_SWITCH_DISPATCH: AtomicBool = AtomicBool::new(true);
static CAN_SUSPEND_SECCOMP: AtomicBool = AtomicBool::new(true);

/// Can seccomp be suspended while a call is injected? That is known after the first call.
pub(super) fn can_suspend_seccomp() -> bool {
    CAN_SUSPEND_SECCOMP.load(Ordering::Relaxed)
}

/// A task without its filters.
#[derive(Debug)]
pub(super) struct Unfiltered<'t> {
    task: &'t Stopped,
    /// The dispatch that was in force.
    dispatch: Option<Dispatch>,
    /// Is seccomp suspended?
    suspended: bool,
}

impl<'t> Unfiltered<'t> {
    /// Takes the filters of `task` out of the way, as far as that is possible.
    pub(super) fn of(task: &'t Stopped) -> Result<Self> {
        let dispatch = task.switch_dispatch_off()?;
        let suspended = task.suspend_seccomp()?;
        Ok(Self { task, dispatch, suspended })
    }

    /// Puts them in force again.
    pub(super) fn restore(self) -> Result<()> {
        if self.suspended {
            self.task.set_options(attach::options().bits())?;
            self.task.usual_options.set(true);
        }
        self.dispatch.map_or(Ok(()), |dispatch| self.task.dispatch(SET_DISPATCH, dispatch).map(drop))
    }
}

impl Stopped {
    /// Gives the dispatch that was in force. It is switched off only if it can be restored.
    fn switch_dispatch_off(&self) -> Result<Option<Dispatch>> {
        if !CAN_SWITCH_DISPATCH.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let current = match self.dispatch(GET_DISPATCH, Dispatch::default()) {
            Err(Error::Failed { .. }) => {
                CAN_SWITCH_DISPATCH.store(false, Ordering::Relaxed);
                return Ok(None);
            }
            current => current?,
        };
        if current.mode == OFF {
            return Ok(None);
        }
        let Some(current) = self.restorable(current)? else { return Ok(None) };
        self.dispatch(SET_DISPATCH, Dispatch::default())?;
        Ok(Some(current))
    }

    /// The kernel reports the range in which calls are dispatched as the complement of that in which they are
    /// not (`task_set_syscall_user_dispatch` in kernel/entry/syscall_user_dispatch.c), and accepts only the
    /// one that was set.
    fn restorable(&self, current: Dispatch) -> Result<Option<Dispatch>> {
        let inside = Dispatch {
            mode: INSIDE,
            offset: current.offset.wrapping_add(current.length),
            length: current.length.wrapping_neg(),
            ..current
        };
        for dispatch in [Dispatch { mode: OUTSIDE, ..current }, inside] {
            match self.dispatch(SET_DISPATCH, dispatch) {
                Ok(_) => return Ok(Some(dispatch)),
                Err(Error::Failed { .. }) => {}
                Err(Error::Gone) => return Err(Error::Gone),
            }
        }
        Ok(None)
    }

    fn dispatch(&self, request: PtraceRequest, mut dispatch: Dispatch) -> Result<Dispatch> {
        let size = size_of::<Dispatch>() as *mut c_void;
        self.request("change syscall user dispatch", request, size, (&raw mut dispatch).cast())?;
        Ok(dispatch)
    }

    pub(super) fn set_options(&self, options: c_int) -> Result<()> {
        let options = options as usize as *mut c_void;
        self.request("set ptrace options", libc::PTRACE_SETOPTIONS, null_mut(), options).map(drop)
    }

    fn suspend_seccomp(&self) -> Result<bool> {
        if !CAN_SUSPEND_SECCOMP.load(Ordering::Relaxed) {
            return Ok(false);
        }
        match self.set_options(attach::options().bits() | SUSPEND_SECCOMP) {
            Err(Error::Failed { errno: Errno::EPERM | Errno::EINVAL, .. }) => {
                CAN_SUSPEND_SECCOMP.store(false, Ordering::Relaxed);
                Ok(false)
            }
            set => set.map(|()| true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ptrace::{Memory, Syscalls, inject, interrupt, seize, signal_bit};
    use std::io::{Read, Write};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    const CALL: libc::c_long = libc::SYS_getppid;

    /// Makes seccomp raise SIGSYS for [`CALL`], here and in the program that is executed.
    fn filter() -> std::io::Result<()> {
        let step = |code: u32, jump: u8, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: jump, k };
        let (load, jump, answer) = (
            libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            libc::BPF_RET | libc::BPF_K,
        );
        let mut steps = [
            step(load, 0, 0),
            step(jump, 1, CALL as u32),
            step(answer, 0, libc::SECCOMP_RET_TRAP),
            step(answer, 0, libc::SECCOMP_RET_ALLOW),
        ];
        let program = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_mut_ptr() };
        // SAFETY: the kernel reads the program, which outlives the call.
        let done = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program)
        };
        if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    }

    #[test]
    fn a_filter_that_raises_sigsys_is_suspended_or_refuses_and_the_program_runs_on() {
        let mut command = Command::new("cat");
        // SAFETY: prctl(2) may be called between fork and exec.
        unsafe { command.pre_exec(filter) };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let tid = child.id().cast_signed();
        seize(tid).unwrap();
        let can_suspend = CAN_SUSPEND_SECCOMP.load(Ordering::Relaxed);
        for allowed in [can_suspend, false] {
            CAN_SUSPEND_SECCOMP.store(allowed, Ordering::Relaxed);
            interrupt(tid).unwrap();
            inject::wait_for(tid).unwrap();
            let (task, memory) = (Stopped::new(tid), Memory::open(tid).unwrap());
            let before = task.program_counter().unwrap();
            let calls = Syscalls::find(tid, &memory).unwrap();
            let parent = calls.plain(&task, CALL, [0; 6]);
            let is_suspended = allowed && CAN_SUSPEND_SECCOMP.load(Ordering::Relaxed);
            match parent {
                Ok(parent) => assert!(is_suspended && parent == u64::from(std::process::id())),
                Err(Error::Failed { errno: Errno::ENOSYS, .. }) => assert!(!is_suspended),
                Err(error) => panic!("{error:?}"),
            }
            assert_eq!(task.program_counter().unwrap(), before);
            assert_eq!(task.signal_mask().unwrap() & signal_bit(libc::SIGSYS), 0);
            task.resume(0).unwrap();
        }
        CAN_SUSPEND_SECCOMP.store(can_suspend, Ordering::Relaxed);
        let mut answer = [0; 4];
        child.stdin.as_mut().unwrap().write_all(b"here").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"here", "it was neither killed nor disturbed");
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
}
