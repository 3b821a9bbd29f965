//! The pending signal and the signal mask of a stopped tracee.

use super::{Result, Stopped, Tid};
use crate::machine::PtraceRequest;
use libc::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// PTRACE_GETSIGMASK and PTRACE_SETSIGMASK, which `libc` does not declare in the type of requests everywhere.
const GET_SIGNAL_MASK: PtraceRequest = 0x420a;
const SET_SIGNAL_MASK: PtraceRequest = 0x420b;

/// The description of a signal (siginfo_t of sigaction(2)).
#[derive(Clone, Copy)]
pub struct SigInfo(libc::siginfo_t);

impl Stopped {
    /// The description of the pending signal, which the task has stopped by.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn signal_info(&self) -> Result<SigInfo> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        self.request("read a signal", libc::PTRACE_GETSIGINFO, null_mut(), info.as_mut_ptr().cast())?;
        // SAFETY: zeroed is a valid siginfo_t, and the kernel has filled it.
        Ok(SigInfo(unsafe { info.assume_init() }))
    }

    /// Makes `info` the description of the signal that the task is resumed with.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_signal_info(&self, mut info: SigInfo) -> Result<()> {
        self.request("set a signal", libc::PTRACE_SETSIGINFO, null_mut(), (&raw mut info.0).cast()).map(drop)
    }

    /// The signals that the task blocks: bit `n - 1` for signal `n`.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn signal_mask(&self) -> Result<u64> {
        let mut mask: u64 = 0;
        self.request("read a signal mask", GET_SIGNAL_MASK, 8 as *mut c_void, (&raw mut mask).cast())?;
        Ok(mask)
    }

    /// Sets the signals that the task blocks.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_signal_mask(&self, mut mask: u64) -> Result<()> {
        let call = "set a signal mask";
        self.request(call, SET_SIGNAL_MASK, 8 as *mut c_void, (&raw mut mask).cast()).map(drop)
    }
}

impl SigInfo {
    /// `si_code`: positive if the kernel raised the signal, otherwise how it was sent.
    pub fn code(&self) -> i32 {
        self.0.si_code
    }

    /// The process that sent it, if one did.
    pub fn sender(&self) -> Option<Tid> {
        let is_sent = matches!(self.0.si_code, libc::SI_USER | libc::SI_QUEUE | libc::SI_TKILL);
        // SAFETY: with these codes the kernel has filled si_pid (sigaction(2)).
        is_sent.then(|| unsafe { self.0.si_pid() })
    }

    /// Did the kernel raise it for a breakpoint instruction? (`si_code` is SI_KERNEL for that, and a
    /// positive TRAP_* value or a sender's code for every other SIGTRAP.)
    pub fn is_breakpoint(&self) -> bool {
        self.0.si_code == libc::SI_KERNEL
    }

    /// Is it that of the stop in which a task ends (PTRACE_EVENT_EXIT)? Those of events have the event in the
    /// second byte of `si_code` (ptrace(2)).
    pub(super) fn is_exit(&self) -> bool {
        self.0.si_code == libc::SIGTRAP | (libc::PTRACE_EVENT_EXIT << 8)
    }

    /// Did the kernel raise it for a hardware breakpoint or watchpoint? (TRAP_PERF is from
    /// asm-generic/siginfo.h.)
    pub fn is_hardware_breakpoint(&self) -> bool {
        const TRAP_PERF: c_int = 6;
        matches!(self.0.si_code, libc::TRAP_HWBKPT | TRAP_PERF)
    }

    /// Was it sent? (`si_code` is positive when the kernel raises a signal itself.)
    pub fn is_sent(&self) -> bool {
        self.0.si_code <= 0
    }

    /// The address that the task could not access, if the kernel raised SIGBUS or SIGSEGV for that (`si_addr`
    /// of sigaction(2)).
    pub fn fault_address(&self) -> Option<u64> {
        let is_fault = matches!(self.0.si_signo, libc::SIGBUS | libc::SIGSEGV) && self.0.si_code > 0;
        // SAFETY: for these signals, when the kernel raises them, it has filled si_addr.
        is_fault.then(|| unsafe { self.0.si_addr() } as u64)
    }

    /// The same with the address `to`, if the kernel raised it for the instruction at `from` (`si_addr` of
    /// sigaction(2)).
    pub(super) fn with_address(mut self, from: u64, to: u64) -> Option<Self> {
        let names_instruction = matches!(self.0.si_signo, libc::SIGILL | libc::SIGFPE | libc::SIGTRAP);
        if !names_instruction || self.0.si_code <= 0 {
            return None;
        }
        // SAFETY: of these signals, when the kernel raises them, si_addr is the first member behind the
        // header.
        unsafe {
            let place = (&raw mut self.0).cast::<u64>().add(2);
            if *place != from {
                return None;
            }
            *place = to;
        }
        Some(self)
    }

    /// Is it no signal, but the stop at the entry of a handler? (That stop resembles a PTRACE_EVENT stop
    /// without an event, and its code is the signal: ptrace_notify(SIGTRAP) in kernel/signal.c.)
    pub fn is_handler_entry(&self) -> bool {
        self.0.si_code == libc::SIGTRAP
    }

    /// The signal number.
    pub(super) fn signal(&self) -> c_int {
        self.0.si_signo
    }

    /// Encodes it for the memory of a process.
    pub(super) fn to_bytes(self) -> [u8; size_of::<libc::siginfo_t>()] {
        // SAFETY: siginfo_t is plain data, and was zeroed before the kernel filled it.
        unsafe { std::mem::transmute(self.0) }
    }

    /// Was the task stopped at the entry or exit of a system call? (ptrace(2), "Syscall-stops": the code is
    /// the signal's own number.)
    pub fn is_of_syscall(&self) -> bool {
        self.0.si_code == libc::SIGTRAP
    }

    /// Did the kernel raise it at the end of a single step? (TRAP_TRACE after an instruction, TRAP_BRKPT
    /// after a system call.)
    pub fn is_step(&self) -> bool {
        matches!(self.0.si_code, libc::TRAP_TRACE | libc::TRAP_BRKPT)
    }
}
