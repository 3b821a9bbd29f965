//! Calls of functions in a tracee, and access to their arguments and results.

use super::{Memory, Result, Stopped, signal_bit};
use crate::machine::{self, BREAKPOINT_LENGTH, FirstInstruction, Patch, Registers};

/// The registers and the signal mask of a task from before an injected function call.
#[derive(Debug)]
pub struct SavedRegisters {
    registers: Registers,
    /// The registers for floating-point and vector values.
    others: Vec<u8>,
    signal_mask: u64,
}

/// The original destination of a redirected return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginalReturn {
    /// The return address in its caller.
    pub address: u64,
    /// The stack pointer after the return.
    pub stack_pointer: u64,
}

impl Stopped {
    /// Makes the task call `function`, which returns to `back`. If the task is at the entry of a function,
    /// both have the same arguments. During the call all signals are blocked except those that an instruction
    /// raises.
    ///
    /// # Errors
    /// As [`Stopped::resume`], or as [`Memory::write`] when the stack is not mapped.
    pub fn begin_call(&self, function: u64, back: u64, memory: &Memory) -> Result<SavedRegisters> {
        const RAISED: [i32; 6] =
            [libc::SIGTRAP, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGSYS];
        let (registers, others) = (self.registers()?, self.other_registers()?);
        let before = SavedRegisters { registers, others, signal_mask: self.signal_mask()? };
        let mut registers = machine::prepare_call(&before.registers, function);
        if let Some(place) = machine::set_return_address(&mut registers, back) {
            memory.write(place, &back.to_ne_bytes())?;
        }
        self.set_signal_mask(!RAISED.into_iter().map(signal_bit).fold(0, |all, bit| all | bit))?;
        self.set_registers(registers)?;
        Ok(before)
    }

    /// Restores the state from before the call. The function has returned, or never will.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn end_call(&self, mut before: SavedRegisters) -> Result<()> {
        self.set_signal_mask(before.signal_mask)?;
        self.set_other_registers(&mut before.others)?;
        self.set_registers(before.registers)
    }

    /// Makes the function that the task has just entered return to `back`. Gives the original return address,
    /// and the value of the stack pointer after the return. `None` if the function already returns to `back`:
    /// another such function has ended with a jump to it.
    ///
    /// # Errors
    /// As [`Stopped::resume`], [`Memory::read`] or [`Memory::write`].
    pub fn redirect_return(&self, back: u64, memory: &Memory) -> Result<Option<OriginalReturn>> {
        let mut registers = self.registers()?;
        let caller = memory.return_address(machine::return_address(&registers))?;
        if caller == back {
            return Ok(None);
        }
        match machine::set_return_address(&mut registers, back) {
            Some(place) => memory.write(place, &back.to_ne_bytes())?,
            None => self.set_registers(registers)?,
        }
        let stack_pointer = machine::stack_after_return(machine::stack_pointer(&registers));
        Ok(Some(OriginalReturn { address: caller, stack_pointer }))
    }

    /// Emulates the first instruction of a function. The task is at `entry`, where a breakpoint replaces the
    /// code `original`. Returns false and changes nothing if the instruction is not one of the few that can
    /// be emulated.
    ///
    /// # Errors
    /// As [`Stopped::resume`], [`Memory::read`] or [`Memory::write`].
    pub fn emulate_first_instruction(&self, entry: u64, original: Patch, memory: &Memory) -> Result<bool> {
        let mut code = [0; FirstInstruction::MAX_LENGTH];
        memory.read(entry, &mut code)?;
        code[..BREAKPOINT_LENGTH].copy_from_slice(&original.0);
        let Some(beginning) = FirstInstruction::decode(code) else { return Ok(false) };
        let mut registers = self.registers()?;
        if let Some(word) = beginning.apply(&mut registers) {
            memory.write(machine::stack_pointer(&registers), &word.to_ne_bytes())?;
        }
        self.set_registers(registers)?;
        Ok(true)
    }

    /// The stack pointer.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn stack_pointer(&self) -> Result<u64> {
        Ok(machine::stack_pointer(&self.registers()?))
    }

    /// The first three arguments of the function that the task has just entered.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn arguments(&self) -> Result<[u64; 3]> {
        Ok(machine::arguments(&self.registers()?))
    }

    /// The result of the function that the task has just returned from.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn result(&self) -> Result<u64> {
        Ok(machine::result(&self.registers()?))
    }

    /// Sets the result of the function that the task will return from next.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_result(&self, result: u64) -> Result<()> {
        let mut registers = self.registers()?;
        machine::set_result(&mut registers, result);
        self.set_registers(registers)
    }
}
