//! Which values in code are computed of one value and of constants.

use hashbrown::HashMap;
use iced_x86::{Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register};

/// A value in a register, in memory or in the flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Value {
    /// It does not depend on anything.
    Constant,
    /// It depends on the value of this number, and on constants.
    Of(u32),
}

/// What an address in memory is computed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    None,
    Register(Register),
    Value(Value),
}

/// The values that code which runs one instruction after the other has computed.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    registers: HashMap<Register, Value>,
    memory: HashMap<(Part, Part, u32, u64), Value>,
    flags: Option<Value>,
    next: u32,
    /// Only copies have the value of what they are copied from.
    only_copies: bool,
}

impl Values {
    /// Only copies, and multiples that are indexes, are taken to depend on one value.
    pub(super) fn of_copies() -> Self {
        Self { only_copies: true, ..Self::default() }
    }

    fn new_value(&mut self) -> Value {
        self.next += 1;
        Value::Of(self.next)
    }

    pub(super) fn of(&mut self, register: Register) -> Value {
        let register = register.full_register();
        let known = self.registers.get(&register).copied();
        let value = known.unwrap_or_else(|| self.new_value());
        self.registers.insert(register, value);
        value
    }

    pub(super) fn of_flags(&mut self) -> Value {
        let value = self.flags.unwrap_or_else(|| self.new_value());
        self.flags = Some(value);
        value
    }

    /// The place in memory that is an operand of an instruction.
    fn place(&mut self, instruction: &Instruction) -> (Part, Part, u32, u64) {
        let mut part = |register: Register| match register {
            Register::None => Part::None,
            Register::RSP | Register::RBP | Register::RIP => Part::Register(register),
            _ => Part::Value(self.of(register)),
        };
        let parts = (part(instruction.memory_base()), part(instruction.memory_index()));
        (parts.0, parts.1, instruction.memory_index_scale(), instruction.memory_displacement64())
    }

    /// Carries out an instruction.
    pub(super) fn step(&mut self, instruction: &Instruction, factory: &mut InstructionInfoFactory) {
        let reads = |access| !matches!(access, OpAccess::Write | OpAccess::CondWrite | OpAccess::None);
        let writes = |access| !matches!(access, OpAccess::Read | OpAccess::CondRead | OpAccess::None);
        let info = factory.info(instruction);
        let is_operand = |register: Register| {
            (0..instruction.op_count()).any(|operand| {
                instruction.op_kind(operand) == OpKind::Register
                    && instruction.op_register(operand).full_register() == register
            })
        };
        let addresses = [instruction.memory_base(), instruction.memory_index()].map(Register::full_register);
        let computes_address = instruction.mnemonic() == Mnemonic::Lea;
        let mut inputs = Vec::new();
        for used in info.used_registers().iter().filter(|used| reads(used.access())) {
            let register = used.register().full_register();
            if computes_address || is_operand(register) || !addresses.contains(&register) {
                inputs.push(self.of(register));
            }
        }
        if instruction.rflags_read() != 0 {
            inputs.push(self.of_flags());
        }
        let memory = info.used_memory().first().map(|used| used.access());
        if memory.is_some_and(reads) {
            let place = self.place(instruction);
            inputs.push(self.of_place(place));
        }
        let is_kept = !self.only_copies || is_copy(instruction);
        let result = if is_kept { self.joined(&inputs) } else { self.new_value() };
        if memory.is_some_and(writes) {
            let place = self.place(instruction);
            self.memory.insert(place, result);
        }
        for used in info.used_registers().iter().filter(|used| writes(used.access())) {
            self.registers.insert(used.register().full_register(), result);
        }
        if instruction.rflags_modified() != 0 {
            self.flags = Some(result);
        }
    }

    /// The value of the first operand of an instruction that is executed next.
    pub(super) fn of_operand(&mut self, instruction: &Instruction) -> Value {
        if instruction.op0_kind() == OpKind::Register {
            return self.of(instruction.op0_register());
        }
        let place = self.place(instruction);
        self.of_place(place)
    }

    fn of_place(&mut self, place: (Part, Part, u32, u64)) -> Value {
        let known = self.memory.get(&place).copied();
        let value = known.unwrap_or_else(|| self.new_value());
        self.memory.insert(place, value);
        value
    }

    fn joined(&mut self, inputs: &[Value]) -> Value {
        let mut values = inputs.iter().filter(|input| **input != Value::Constant);
        match values.next() {
            None => Value::Constant,
            Some(first) if values.all(|other| other == first) => *first,
            Some(_) => self.new_value(),
        }
    }
}

/// Does the instruction only copy a value, or multiply it as an index?
fn is_copy(instruction: &Instruction) -> bool {
    let is_multiple = instruction.memory_base() == Register::None && instruction.memory_displacement64() == 0;
    match instruction.mnemonic() {
        Mnemonic::Mov | Mnemonic::Movzx | Mnemonic::Movsx | Mnemonic::Movsxd | Mnemonic::Cdqe => true,
        Mnemonic::Lea => is_multiple,
        _ => false,
    }
}
