//! The registers of a stopped tracee.

use super::{Memory, Result, Stopped};
use crate::machine::{self, CURRENT_SYSCALL, Destination, EdgeJump, Effect};
use crate::machine::{PROGRAM_COUNTER, RESUME_FLAG, SyscallRequest};
use libc::c_long;

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
        const WAITS: [c_long; 6] = [
            libc::SYS_rt_sigsuspend,
            libc::SYS_ppoll,
            libc::SYS_pselect6,
            libc::SYS_epoll_pwait,
            libc::SYS_epoll_pwait2,
            libc::SYS_io_uring_enter,
        ];
        let number = self.register("read a system call's number", CURRENT_SYSCALL)?.cast_signed();
        Ok(WAITS.contains(&number) || machine::OWN_WAITS_WITH_MASK.contains(&number))
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
        let Some(flag) = RESUME_FLAG else { return Ok(()) };
        let flags = self.register("read the flags", flag.offset)? | flag.bit;
        self.poke("set the flags", flag.offset, flags)
    }

    /// The task has run into a breakpoint: makes it continue behind that.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn pass_breakpoint(&self) -> Result<()> {
        if machine::TRAP_PASSES_BREAKPOINT {
            return Ok(());
        }
        self.set_program_counter(self.program_counter()?.wrapping_add(machine::BREAKPOINT_LENGTH as u64))
    }

    /// Where the task goes that is at this jump, as [`machine::destination`] says; and whether it
    /// single-steps its own code.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn destination(&self, jump: &EdgeJump, next: u64, bias: u64) -> Result<(Option<Destination>, bool)> {
        let registers = self.registers()?;
        let destination = machine::destination(&registers, jump, next, bias);
        Ok((destination, machine::steps_itself(&registers)))
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
        let address = memory.return_address(machine::return_address(&registers))?;
        machine::return_to(&mut registers, address);
        self.set_registers(registers)
    }
}
