//! Functions called in a tracee's name, and what a function of ours in there asks.

use super::{Memory, Result, Stopped, signal_bit};
use crate::machine::{self, BREAKPOINT_LENGTH, FirstInstruction, Patch, Registers};

/// What a task was about when it was made to call a function.
#[derive(Debug)]
pub struct SavedRegisters {
    registers: Registers,
    /// Those that are not of integers (NT_X86_XSTATE).
    others: Vec<u8>,
    signal_mask: u64,
}

impl Stopped {
    /// Makes it call `function`, which takes nothing, and returns to `back`. Signals are held back meanwhile, but for
    /// those that an instruction raises.
    ///
    /// # Errors
    /// As [`Stopped::resume`], or as [`Memory::write`] when there is no stack.
    pub fn begin_call(&self, function: u64, back: u64, memory: &Memory) -> Result<SavedRegisters> {
        const RAISED: [i32; 6] =
            [libc::SIGTRAP, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGSYS];
        let (registers, others) = (self.registers()?, self.other_registers()?);
        let before = SavedRegisters { registers, others, signal_mask: self.signal_mask()? };
        let (stack, registers) = machine::prepare_call(&before.registers, function);
        memory.write(stack, &back.to_ne_bytes())?;
        self.set_signal_mask(!RAISED.into_iter().map(signal_bit).fold(0, |all, bit| all | bit))?;
        self.set_registers(registers)?;
        Ok(before)
    }

    /// Goes back to what it was about: the function has returned, or will not.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn end_call(&self, mut before: SavedRegisters) -> Result<()> {
        self.set_signal_mask(before.signal_mask)?;
        self.set_other_registers(&mut before.others)?;
        self.set_registers(before.registers)
    }

    /// Makes the function that it has just entered return to `back` instead of its caller. Gives the caller's address
    /// and what the stack pointer will be there; `None` if it returns to `back` already, as one does that such a function
    /// has jumped to at its end.
    ///
    /// # Errors
    /// As [`Stopped::resume`], [`Memory::read`] or [`Memory::write`].
    pub fn redirect_return(&self, back: u64, memory: &Memory) -> Result<Option<(u64, u64)>> {
        let registers = self.registers()?;
        let stack = machine::return_address(&registers);
        let caller = memory.word(stack)?;
        if caller == back {
            return Ok(None);
        }
        memory.write(stack, &back.to_ne_bytes())?;
        Ok(Some((caller, machine::stack_after_return(machine::stack_pointer(&registers)))))
    }

    /// Carries out the first instruction of a function in place of the task, which is at `entry`, where a breakpoint stands
    /// instead of the code `original`. False, and nothing is done, where it is not one of a few instructions.
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

    /// The first three arguments of the function that it has just entered.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn arguments(&self) -> Result<[u64; 3]> {
        Ok(machine::arguments(&self.registers()?))
    }

    /// Sets what the function gives back that it is about to return from.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_result(&self, result: u64) -> Result<()> {
        let mut registers = self.registers()?;
        machine::set_result(&mut registers, result);
        self.set_registers(registers)
    }
}
