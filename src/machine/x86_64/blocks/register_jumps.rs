//! Jumps to an address in a register: where the address comes from.

use iced_x86::{Code as Opcode, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register};

/// What a jump to an address in a register may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegisterJump {
    /// The function has ended: it calls another one, which returns to the caller (a tail call).
    TailCall,
    /// The address was loaded from memory as a whole.
    Loaded,
    /// The address may have been computed, as a distance from a table is.
    Computed,
}

impl RegisterJump {
    /// Classifies a jump. `before` are instructions that run one after the other up to it.
    pub(super) fn classify(jump: &Instruction, before: &[Instruction]) -> Self {
        let target = jump.op0_register();
        if !is_saved_for_caller(target) && ends_function(before) {
            return Self::TailCall;
        }
        match last_write(before, target) {
            Some(load) if is_load(load) => Self::Loaded,
            _ => Self::Computed,
        }
    }
}

/// The place in memory, at a known address, from which `register` was loaded last. `before` are instructions
/// that run one after the other.
pub(super) fn loaded_from(register: Register, before: &[Instruction]) -> Option<u64> {
    let load = last_write(before, register).filter(|it| is_load(it))?;
    load.is_ip_rel_memory_operand().then(|| load.ip_rel_memory_address())
}

fn is_load(instruction: &Instruction) -> bool {
    instruction.code() == Opcode::Mov_r64_rm64 && instruction.op1_kind() == OpKind::Memory
}

/// The last of the instructions that writes to `register`.
pub(super) fn last_write(instructions: &[Instruction], register: Register) -> Option<&Instruction> {
    let mut factory = InstructionInfoFactory::new();
    instructions.iter().rfind(|instruction| {
        factory.info(instruction).used_registers().iter().any(|used| {
            let is_written = !matches!(used.access(), OpAccess::Read | OpAccess::CondRead);
            is_written && used.register().full_register() == register.full_register()
        })
    })
}

/// Is the stack as the caller has left it behind these instructions? A register that a function has to
/// preserve (System V ABI, "Registers") is restored from the stack only at its end. Arguments of a call are
/// popped into other registers, and `push` with `pop` is a short way to set a register.
fn ends_function(before: &[Instruction]) -> bool {
    let mut factory = InstructionInfoFactory::new();
    let moves_stack = |instruction: &Instruction| {
        factory.info(instruction).used_registers().iter().any(|used| {
            used.register().full_register() == Register::RSP
                && !matches!(used.access(), OpAccess::Read | OpAccess::CondRead)
        })
    };
    let Some(last) = before.iter().rposition(moves_stack) else { return false };
    match before[last].mnemonic() {
        Mnemonic::Leave => true,
        Mnemonic::Pop => {
            let is_constant =
                last.checked_sub(1).is_none_or(|push| before[push].mnemonic() == Mnemonic::Push);
            is_saved_for_caller(before[last].op0_register()) && !is_constant
        }
        _ => false,
    }
}

fn is_saved_for_caller(register: Register) -> bool {
    use Register::{R12, R13, R14, R15, RBP, RBX};
    matches!(register, RBX | RBP | R12 | R13 | R14 | R15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced_x86::{Decoder, DecoderOptions};

    fn classified(code: &[u8]) -> RegisterJump {
        let mut instructions: Vec<Instruction> =
            Decoder::new(64, code, DecoderOptions::NONE).iter().collect();
        let jump = instructions.pop().unwrap();
        assert_eq!(jump.code(), Opcode::Jmp_rm64);
        RegisterJump::classify(&jump, &instructions)
    }

    #[test]
    fn a_function_that_has_restored_registers_has_ended() {
        // pop rbx; pop rbp; jmp rax
        assert_eq!(classified(&[0x5b, 0x5d, 0xff, 0xe0]), RegisterJump::TailCall);
        // mov rdi, rax; leave; mov rax, [rax]; jmp rax
        let leave = [0x48, 0x89, 0xc7, 0xc9, 0x48, 0x8b, 0x00, 0xff, 0xe0];
        assert_eq!(classified(&leave), RegisterJump::TailCall);
    }

    #[test]
    fn arguments_that_are_popped_end_no_function() {
        // pop rdx; pop rcx; jmp rax
        assert_eq!(classified(&[0x5a, 0x59, 0xff, 0xe0]), RegisterJump::Computed);
        // add rsp, 16; jmp rax
        assert_eq!(classified(&[0x48, 0x83, 0xc4, 0x10, 0xff, 0xe0]), RegisterJump::Computed);
        // push 1; pop rbx; jmp rax
        assert_eq!(classified(&[0x6a, 0x01, 0x5b, 0xff, 0xe0]), RegisterJump::Computed);
        // pop rbx; jmp rax, of which nothing before is known
        assert_eq!(classified(&[0x5b, 0xff, 0xe0]), RegisterJump::Computed);
        // pop rcx; pop rbx; push rax; jmp rax
        assert_eq!(classified(&[0x59, 0x5b, 0x50, 0xff, 0xe0]), RegisterJump::Computed);
        // pop rbp; pop rbx; jmp rbx
        assert_eq!(classified(&[0x5d, 0x5b, 0xff, 0xe3]), RegisterJump::Computed);
    }

    #[test]
    fn an_address_is_loaded_as_a_whole_or_computed() {
        // mov rax, [rdi + 8]; mov rsi, rdx; jmp rax
        let loaded = [0x48, 0x8b, 0x47, 0x08, 0x48, 0x89, 0xd6, 0xff, 0xe0];
        assert_eq!(classified(&loaded), RegisterJump::Loaded);
        // mov rax, [rdi + 8]; add rax, rdx; jmp rax
        let added = [0x48, 0x8b, 0x47, 0x08, 0x48, 0x01, 0xd0, 0xff, 0xe0];
        assert_eq!(classified(&added), RegisterJump::Computed);
        // mov rax, [rdi]; mov eax, edx; jmp rax
        assert_eq!(classified(&[0x48, 0x8b, 0x07, 0x89, 0xd0, 0xff, 0xe0]), RegisterJump::Computed);
        // movsxd rax, dword [rdx + 4 * rax]; add rax, rdx; jmp rax
        let table = [0x48, 0x63, 0x04, 0x82, 0x48, 0x01, 0xd0, 0xff, 0xe0];
        assert_eq!(classified(&table), RegisterJump::Computed);
    }
}
