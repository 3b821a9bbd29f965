//! How a task is made to run one system call that it did not make itself.

use super::{Error, Result, Stopped, Tid, signal_bit};
use crate::machine;
use libc::c_int;

/// Runs the system call that `call` is prepared for, with signals blocked, and gives its result. The
/// registers are left as they are after the call.
pub(super) fn run(task: &Stopped, call: machine::Registers, mode: InjectionMode) -> Result<i64> {
    let mask = task.signal_mask()?;
    task.set_signal_mask(mode.blocked_signals())?;
    task.set_registers(call)?;
    mode.run_instruction(task, machine::program_counter(&call))?;
    task.set_signal_mask(mask)?;
    match machine::syscall_result(&task.registers()?) {
        value @ 0.. => Ok(value),
        errno => Err(Error::from_errno("inject a system call", nix::errno::Errno::from_raw(-errno as i32))),
    }
}

/// How a task is made to run one injected system call and nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectionMode {
    /// By a single step. The step ends with a forced SIGTRAP. If SIGTRAP is ignored, the kernel resets its
    /// action, as it does for a breakpoint. A task in a signal-delivery-stop remains in one.
    Step,
    /// By PTRACE_SYSCALL, from the stop at the entry of the call to the stop at its exit. No signal is
    /// involved. A task that was in a signal-delivery-stop leaves it, and the signal is not delivered.
    Syscall,
}

impl InjectionMode {
    fn blocked_signals(self) -> u64 {
        match self {
            Self::Step => !signal_bit(libc::SIGTRAP),
            Self::Syscall => u64::MAX,
        }
    }

    /// Runs the instruction at `from`. A SIGSTOP or another SIGTRAP that arrives first is sent again
    /// afterwards. A stop that the tracer itself has requested is not.
    fn run_instruction(self, task: &Stopped, from: u64) -> Result<()> {
        let mut early = None;
        let mut stops = if self == Self::Step { 1 } else { 2 };
        while stops > 0 {
            match self {
                Self::Step => task.step()?,
                Self::Syscall => task.resume_to_syscall()?,
            }
            let status = wait_for(task.tid())?;
            if task.program_counter()? == from {
                let was_requested = status >> 8 == libc::SIGTRAP | libc::PTRACE_EVENT_STOP << 8;
                early = if was_requested { early } else { Some(libc::WSTOPSIG(status)) };
            } else {
                stops -= 1;
            }
        }
        if let Some(signal) = early {
            // SAFETY: tkill(2) takes two numbers and touches no memory.
            unsafe { libc::syscall(libc::SYS_tkill, task.tid(), signal) };
        }
        Ok(())
    }
}

/// Waits for `tid` only, and gives its status as waitpid(2) does. Its death is left for [`super::next`] to
/// report.
pub(super) fn wait_for(tid: Tid) -> Result<c_int> {
    // SAFETY: zeroed is a valid siginfo_t; WNOWAIT leaves a death to be waited for again.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let options = libc::WEXITED | libc::WSTOPPED | libc::WNOWAIT | libc::__WALL;
        if libc::waitid(libc::P_PID, tid.cast_unsigned(), &raw mut info, options) != 0 {
            return Err(Error::last("wait for a process"));
        }
        if info.si_code == libc::CLD_EXITED
            || info.si_code == libc::CLD_KILLED
            || info.si_code == libc::CLD_DUMPED
        {
            return Err(Error::Gone);
        }
        let mut status = 0;
        if libc::waitpid(tid, &raw mut status, libc::__WALL) != tid {
            return Err(Error::last("wait for a process"));
        }
        Ok(status)
    }
}
