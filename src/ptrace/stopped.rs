//! A tracee in a ptrace stop: what can be asked of it, and how it goes on.

use super::{Error, Memory, Result, Tid};
use crate::machine::{self, CURRENT_SYSCALL, Call, Effect, FLAGS, PROGRAM_COUNTER, RESUME_FLAG};
use libc::{c_int, c_long, c_uint, c_void, user_regs_struct};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// A tracee in a ptrace stop. Resuming it consumes the value, so that nothing can be asked of a running one.
#[derive(Debug)]
pub struct Stopped {
    tid: Tid,
}

/// What a signal says of itself (siginfo_t of sigaction(2)).
#[derive(Clone, Copy)]
pub struct SigInfo(libc::siginfo_t);

/// The flags of clone(2) that matter to who shares what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CloneFlags {
    /// CLONE_THREAD: the child is a thread of its parent's process.
    pub thread: bool,
    /// CLONE_VM: the child runs in its parent's address space.
    pub shares_memory: bool,
    /// All of them, as they were given.
    pub bits: u64,
    /// CLONE_SIGHAND: the actions of signals are one for both. Otherwise the child has a copy of them.
    pub shares_actions: bool,
    /// CLONE_CLEAR_SIGHAND: no signal is caught in the child.
    pub clears_actions: bool,
}

impl Stopped {
    pub(super) fn new(tid: Tid) -> Self {
        Self { tid }
    }

    /// Which task it is.
    pub fn tid(&self) -> Tid {
        self.tid
    }

    /// Goes on, with `signal` delivered if it is not 0.
    ///
    /// # Errors
    /// [`Error::Gone`] when it died meanwhile.
    pub fn resume(self, signal: c_int) -> Result<()> {
        self.request("resume a process", libc::PTRACE_CONT, null_mut(), signal as usize as *mut c_void)
            .map(drop)
    }

    /// Goes on without a tracer, with `signal` delivered if it is not 0. In a group-stop it stays stopped.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn detach(self, signal: c_int) -> Result<()> {
        self.request("release a process", libc::PTRACE_DETACH, null_mut(), signal as usize as *mut c_void)
            .map(drop)
    }

    /// Lets a group-stop be one: it stays stopped, but SIGCONT will be reported.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn listen(self) -> Result<()> {
        self.request("listen to a stopped process", libc::PTRACE_LISTEN, null_mut(), null_mut()).map(drop)
    }

    /// Goes on for one instruction, and then stops by a SIGTRAP that is [`SigInfo::is_step`], unless something
    /// else stops it first.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn resume_for_a_step(self) -> Result<()> {
        self.step()
    }

    /// Has `signal` delivered, and stops it before the first instruction of the handler by a SIGTRAP that is
    /// [`SigInfo::is_arrival`]. Its signal mask is the handler's then. If there is no handler, it makes a step.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn resume_into_handler(self, signal: c_int) -> Result<()> {
        let call = "resume a process";
        self.request(call, libc::PTRACE_SINGLESTEP, null_mut(), signal as usize as *mut c_void).map(drop)
    }

    pub(super) fn step(&self) -> Result<()> {
        self.request("step a process", libc::PTRACE_SINGLESTEP, null_mut(), null_mut()).map(drop)
    }

    /// Goes on to the entry of a system call, or from there to its exit.
    pub(super) fn resume_to_syscall(&self) -> Result<()> {
        self.request("resume a process", libc::PTRACE_SYSCALL, null_mut(), null_mut()).map(drop)
    }

    /// The address of the next instruction.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn program_counter(&self) -> Result<u64> {
        self.register("read the program counter", PROGRAM_COUNTER)
    }

    /// Is it in a system call that waits with a signal mask of its own, or has a signal just ended one?
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn waits_with_own_mask(&self) -> Result<bool> {
        // libc does not have it.
        const IO_PGETEVENTS: c_long = 333;
        let number = self.register("read a system call's number", CURRENT_SYSCALL)?.cast_signed();
        Ok(matches!(
            number,
            libc::SYS_rt_sigsuspend
                | libc::SYS_ppoll
                | libc::SYS_pselect6
                | libc::SYS_epoll_pwait
                | libc::SYS_epoll_pwait2
                | IO_PGETEVENTS
                | libc::SYS_io_uring_enter
        ))
    }

    /// Makes it go on at `pc`.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_program_counter(&self, pc: u64) -> Result<()> {
        self.poke("set the program counter", PROGRAM_COUNTER, pc)
    }

    /// Makes the next instruction run even if a hardware breakpoint is on it.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn skip_hardware_breakpoint(&self) -> Result<()> {
        let flags = self.register("read the flags", FLAGS)? | RESUME_FLAG;
        self.poke("set the flags", FLAGS, flags)
    }

    /// Carries out an instruction whose effect is known, in its place: the next one, at `next`, makes a system call.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn carry_out(&self, effect: &Effect, next: u64) -> Result<Call> {
        let mut registers = self.registers()?;
        effect.apply(&mut registers, next);
        self.set_registers(registers)?;
        Ok(Call::of(&registers))
    }

    /// Lets the function that it has just entered return at once.
    ///
    /// # Errors
    /// As [`Stopped::resume`], or as [`Memory::read`].
    pub fn return_to_caller(&self, memory: &Memory) -> Result<()> {
        let mut registers = self.registers()?;
        let mut address = [0; 8];
        memory.read(machine::return_address(&registers), &mut address)?;
        machine::return_to(&mut registers, u64::from_ne_bytes(address));
        self.set_registers(registers)
    }

    /// What the event brings: the new task's ID, or at an exec the caller's former thread ID.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn event_message(&self) -> Result<Tid> {
        let mut message: libc::c_ulong = 0;
        self.request("read an event", libc::PTRACE_GETEVENTMSG, null_mut(), (&raw mut message).cast())?;
        Ok(message as Tid)
    }

    /// What its pending signal says of itself.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn signal_info(&self) -> Result<SigInfo> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        self.request("read a signal", libc::PTRACE_GETSIGINFO, null_mut(), info.as_mut_ptr().cast())?;
        // SAFETY: zeroed is a valid siginfo_t, and the kernel has filled it.
        Ok(SigInfo(unsafe { info.assume_init() }))
    }

    /// Makes `info` what the program is told of the signal that it is resumed with.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_signal_info(&self, mut info: SigInfo) -> Result<()> {
        self.request("set a signal", libc::PTRACE_SETSIGINFO, null_mut(), (&raw mut info.0).cast()).map(drop)
    }

    /// The signals that it blocks: bit `n - 1` for signal `n`.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn signal_mask(&self) -> Result<u64> {
        let mut mask: u64 = 0;
        self.request(
            "read a signal mask",
            libc::PTRACE_GETSIGMASK,
            8 as *mut c_void,
            (&raw mut mask).cast(),
        )?;
        Ok(mask)
    }

    /// Sets the signals that it blocks.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_signal_mask(&self, mut mask: u64) -> Result<()> {
        let call = "set a signal mask";
        self.request(call, libc::PTRACE_SETSIGMASK, 8 as *mut c_void, (&raw mut mask).cast()).map(drop)
    }

    pub(super) fn registers(&self) -> Result<user_regs_struct> {
        let mut registers = MaybeUninit::<user_regs_struct>::zeroed();
        self.request("read registers", libc::PTRACE_GETREGS, null_mut(), registers.as_mut_ptr().cast())?;
        // SAFETY: zeroed is a valid register set, and the kernel has filled it.
        Ok(unsafe { registers.assume_init() })
    }

    pub(super) fn set_registers(&self, mut registers: user_regs_struct) -> Result<()> {
        self.request("set registers", libc::PTRACE_SETREGS, null_mut(), (&raw mut registers).cast()).map(drop)
    }

    /// The registers that are not of integers, as the kernel keeps them.
    pub(super) fn other_registers(&self) -> Result<Vec<u8>> {
        /// More than any x86 processor has (Intel SDM, volume 1, chapter 13).
        const MOST: usize = 1 << 14;
        let mut bytes = vec![0; MOST];
        let size = self.register_set(libc::PTRACE_GETREGSET, &mut bytes)?;
        bytes.truncate(size);
        Ok(bytes)
    }

    pub(super) fn set_other_registers(&self, bytes: &mut [u8]) -> Result<()> {
        self.register_set(libc::PTRACE_SETREGSET, bytes).map(drop)
    }

    fn register_set(&self, request: c_uint, bytes: &mut [u8]) -> Result<usize> {
        /// elf.h.
        const NT_X86_XSTATE: usize = 0x202;
        let mut vector = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        let data = (&raw mut vector).cast();
        self.request("read or set registers", request, NT_X86_XSTATE as *mut c_void, data)?;
        Ok(vector.iov_len)
    }

    /// The flags of the fork, vfork, clone or clone3 that it is in; to be asked at that event's stop.
    /// `read` reads from its address space. The kind of event alone does not tell: a fork event comes from any
    /// clone(2) whose exit signal is SIGCHLD, with CLONE_VM too.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn clone_flags(&self, read: impl FnOnce(u64, &mut [u8]) -> Result<()>) -> Result<CloneFlags> {
        // Of clone3 alone; libc's is too narrow for it.
        const CLONE_CLEAR_SIGHAND: u64 = 1 << 32;
        let (number, argument) = machine::current_syscall(&self.registers()?);
        let flags = match number {
            libc::SYS_clone => argument,
            libc::SYS_clone3 => {
                // clone_args.flags is its first member (clone(2)).
                let mut flags = [0; 8];
                read(argument, &mut flags)?;
                u64::from_ne_bytes(flags)
            }
            libc::SYS_vfork => (libc::CLONE_VM | libc::CLONE_VFORK) as u64,
            _ => 0,
        };
        Ok(CloneFlags {
            thread: flags & libc::CLONE_THREAD as u64 != 0,
            shares_memory: flags & libc::CLONE_VM as u64 != 0,
            bits: flags,
            shares_actions: flags & libc::CLONE_SIGHAND as u64 != 0,
            clears_actions: flags & CLONE_CLEAR_SIGHAND != 0,
        })
    }

    /// The register at `offset` in `struct user`.
    fn register(&self, call: &'static str, offset: usize) -> Result<u64> {
        nix::errno::Errno::clear();
        // The raw system call would store through `data`; libc's wrapper returns the word, and so -1 is an
        // error only with errno set.
        let word = self.raw(libc::PTRACE_PEEKUSER, offset as *mut c_void, null_mut());
        if word == -1 && nix::errno::Errno::last_raw() != 0 {
            return Err(Error::last(call));
        }
        Ok(word.cast_unsigned())
    }

    /// Sets the register at `offset` in `struct user`.
    pub(super) fn poke(&self, call: &'static str, offset: usize, value: u64) -> Result<()> {
        let (address, value) = (offset as *mut c_void, value as *mut c_void);
        self.request(call, libc::PTRACE_POKEUSER, address, value).map(drop)
    }

    fn request(
        &self,
        call: &'static str,
        request: c_uint,
        address: *mut c_void,
        data: *mut c_void,
    ) -> Result<c_long> {
        match self.raw(request, address, data) {
            -1 => Err(Error::last(call)),
            value => Ok(value),
        }
    }

    fn raw(&self, request: c_uint, address: *mut c_void, data: *mut c_void) -> c_long {
        // SAFETY: every caller passes a request of ptrace(2) with `data` either a plain value or a pointer to
        // a live object of the size that the request writes or reads.
        unsafe { libc::ptrace(request, self.tid, address, data) }
    }
}

impl SigInfo {
    /// `si_code`: above 0 for a cause within the kernel, else how it was sent.
    pub fn code(&self) -> i32 {
        self.0.si_code
    }

    /// The process that sent it, if one did.
    pub fn sender(&self) -> Option<Tid> {
        let is_sent = matches!(self.0.si_code, libc::SI_USER | libc::SI_QUEUE | libc::SI_TKILL);
        // SAFETY: with these codes the kernel has filled si_pid (sigaction(2)).
        is_sent.then(|| unsafe { self.0.si_pid() })
    }

    /// Did the kernel raise it for a breakpoint instruction? (`si_code` is SI_KERNEL for `int3`, and a
    /// positive TRAP_* value or a sender's code for every other SIGTRAP.)
    pub fn is_breakpoint(&self) -> bool {
        self.0.si_code == libc::SI_KERNEL
    }

    /// Did the kernel raise it for a breakpoint or watchpoint in a debug register? (TRAP_PERF is from
    /// asm-generic/siginfo.h.)
    pub fn is_of_hardware(&self) -> bool {
        const TRAP_PERF: c_int = 6;
        matches!(self.0.si_code, libc::TRAP_HWBKPT | TRAP_PERF)
    }

    /// Was it sent, by whomever? (`si_code` is positive when the kernel raises a signal itself.)
    pub fn is_sent(&self) -> bool {
        self.0.si_code <= 0
    }

    /// With the address `to`, if the kernel raised it for the instruction at `from` (`si_addr` of sigaction(2)).
    pub(super) fn with_address(mut self, from: u64, to: u64) -> Option<Self> {
        let names_instruction = matches!(self.0.si_signo, libc::SIGILL | libc::SIGFPE | libc::SIGTRAP);
        if !names_instruction || self.0.si_code <= 0 {
            return None;
        }
        // SAFETY: of these signals, when the kernel raises them, si_addr is the first member behind the header.
        unsafe {
            let place = (&raw mut self.0).cast::<u64>().add(2);
            if *place != from {
                return None;
            }
            *place = to;
        }
        Some(self)
    }

    /// Is it no signal, but the stop at the entry of a handler? (It is a PTRACE_EVENT-like stop without an event,
    /// ptrace_notify(SIGTRAP) in kernel/signal.c, and the signal stands for the code.)
    pub fn is_arrival(&self) -> bool {
        self.0.si_code == libc::SIGTRAP
    }

    /// Which signal.
    pub(super) fn signal(&self) -> c_int {
        self.0.si_signo
    }

    /// For a process's memory.
    pub(super) fn to_bytes(self) -> [u8; size_of::<libc::siginfo_t>()] {
        // SAFETY: siginfo_t is plain data, and was zeroed before the kernel filled it.
        unsafe { std::mem::transmute(self.0) }
    }

    /// Did the kernel raise it at the end of a step? (TRAP_TRACE after an instruction, TRAP_BRKPT after a
    /// system call.)
    pub fn is_step(&self) -> bool {
        matches!(self.0.si_code, libc::TRAP_TRACE | libc::TRAP_BRKPT)
    }
}
