//! How a task is made to run one system call that it did not make itself.

use super::unfiltered::Unfiltered;
use super::{Error, Result, Status, Stopped, Tid, signal_bit};
use crate::machine;
use libc::c_int;
use nix::errno::Errno;

const CALL: &str = "inject a system call";

/// Runs the system call that `call` is prepared for, with signals blocked and filters out of the way, and
/// gives its result. The registers are left as they are after the call.
pub(super) fn run(task: &Stopped, call: machine::Registers, mode: InjectionMode) -> Result<i64> {
    let mask = task.signal_mask()?;
    let unfiltered = Unfiltered::of(task)?;
    task.set_signal_mask(mode.blocked_signals())?;
    task.set_registers(call)?;
    let mut answer = mode.run_instruction(task, machine::program_counter(&call))?;
    let registers = task.registers()?;
    if answer == Answer::Done && machine::may_be_rolled_back(&registers) {
        answer = take_late_refusal(task)?;
    }
    task.set_signal_mask(mask)?;
    unfiltered.restore()?;
    match machine::syscall_result(&registers) {
        _ if answer == Answer::Refused => Err(Error::Failed { call: CALL, errno: Errno::ENOSYS }),
        value @ 0.. => Ok(value),
        errno => Err(Error::from_errno(CALL, Errno::from_raw(-errno as i32))),
    }
}

/// What became of an injected call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    /// A filter has raised SIGSYS instead.
    Refused,
}

/// Has a seccomp filter raised SIGSYS? It is reported after the exit of the call that it refused. Then that
/// signal is taken: the task is in its delivery, and is to be resumed without it.
fn take_late_refusal(task: &Stopped) -> Result<Answer> {
    if !Status::of(task.tid()).has_signal("SigPnd", libc::SIGSYS) {
        return Ok(Answer::Done);
    }
    task.resume_to_syscall()?;
    let status = wait_for(task.tid())?;
    Ok(if is_refusal(task, status)? { Answer::Refused } else { Answer::Done })
}

/// Did the task stop by a SIGSYS of the kernel's?
fn is_refusal(task: &Stopped, status: c_int) -> Result<bool> {
    let is_sigsys = status >> 8 == libc::SIGSYS;
    Ok(is_sigsys && !task.signal_info()?.is_sent())
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
    /// SIGSYS is not among them: if a filter raises it while it is blocked, the kernel resets its action.
    fn blocked_signals(self) -> u64 {
        let raised = signal_bit(libc::SIGSYS);
        match self {
            Self::Step => !(signal_bit(libc::SIGTRAP) | raised),
            Self::Syscall => !raised,
        }
    }

    /// Runs the instruction at `from`. A SIGSTOP, SIGSYS or another SIGTRAP that arrives first is sent again
    /// afterwards. A stop that the tracer itself has requested is not.
    fn run_instruction(self, task: &Stopped, from: u64) -> Result<Answer> {
        let mut answer = Answer::Done;
        let mut early = None;
        let mut stops = if self == Self::Step { 1 } else { 2 };
        while stops > 0 {
            match self {
                Self::Step => task.step()?,
                Self::Syscall => task.resume_to_syscall()?,
            }
            let status = wait_for(task.tid())?;
            if is_refusal(task, status)? {
                answer = Answer::Refused;
                stops = if self == Self::Step { 1 } else { 0 };
            } else if task.program_counter()? == from {
                let was_requested = status >> 8 == libc::SIGTRAP | libc::PTRACE_EVENT_STOP << 8;
                early = if was_requested { early } else { Some(libc::WSTOPSIG(status)) };
            } else {
                stops -= 1;
            }
        }
        resend(task.tid(), early.as_slice());
        Ok(answer)
    }
}

/// Sends signals that came while something was injected again.
pub(super) fn resend(tid: Tid, signals: &[c_int]) {
    for signal in signals {
        // SAFETY: tkill(2) takes two numbers and touches no memory.
        unsafe { libc::syscall(libc::SYS_tkill, tid, *signal) };
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
