//! The registers of a stopped tracee.

use super::{Error, Memory, Result, Stopped};
use crate::machine::{
    self, CURRENT_SYSCALL, Effect, FLAGS, PROGRAM_COUNTER, RESUME_FLAG, Registers, SyscallRequest,
};
use libc::{c_long, c_uint, c_void};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

impl Stopped {
    /// The address of the next instruction.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn program_counter(&self) -> Result<u64> {
        self.register("read the program counter", PROGRAM_COUNTER)
    }

    /// Is the task in a system call that waits with a temporary signal mask, or has a signal just ended such
    /// a call?
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn waits_with_temporary_mask(&self) -> Result<bool> {
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

    /// Makes the task continue at `pc`.
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

    /// Emulates an instruction with a known effect. The next instruction, at `next`, makes the system call
    /// that is returned.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn emulate(&self, effect: &Effect, next: u64) -> Result<SyscallRequest> {
        let mut registers = self.registers()?;
        effect.apply(&mut registers, next);
        self.set_registers(registers)?;
        Ok(SyscallRequest::of(&registers))
    }

    /// Makes the function that the task has just entered return at once.
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

    pub(super) fn registers(&self) -> Result<Registers> {
        let mut registers = MaybeUninit::<Registers>::zeroed();
        self.request("read registers", libc::PTRACE_GETREGS, null_mut(), registers.as_mut_ptr().cast())?;
        // SAFETY: zeroed is a valid register set, and the kernel has filled it.
        Ok(unsafe { registers.assume_init() })
    }

    pub(super) fn set_registers(&self, mut registers: Registers) -> Result<()> {
        self.request("set registers", libc::PTRACE_SETREGS, null_mut(), (&raw mut registers).cast()).map(drop)
    }

    /// The registers for floating-point and vector values, as the kernel stores them.
    pub(super) fn other_registers(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![0; machine::MAX_EXTENDED_REGISTERS];
        let size = self.register_set(libc::PTRACE_GETREGSET, &mut bytes)?;
        bytes.truncate(size);
        Ok(bytes)
    }

    pub(super) fn set_other_registers(&self, bytes: &mut [u8]) -> Result<()> {
        self.register_set(libc::PTRACE_SETREGSET, bytes).map(drop)
    }

    fn register_set(&self, request: c_uint, bytes: &mut [u8]) -> Result<usize> {
        let mut vector = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        let data = (&raw mut vector).cast();
        self.request(
            "read or set registers",
            request,
            machine::EXTENDED_REGISTERS as usize as *mut c_void,
            data,
        )?;
        Ok(vector.iov_len)
    }

    /// The register at `offset` in `struct user`.
    pub(super) fn register(&self, call: &'static str, offset: usize) -> Result<u64> {
        nix::errno::Errno::clear();
        // The raw system call stores the word at `data`; the wrapper of libc returns it. So -1 is an error
        // only if errno is set.
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
}
