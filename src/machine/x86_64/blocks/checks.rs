//! Conditional jumps of checks that compilers insert. They are no conditions of the source.
//!
//! Most are known by the function that is called where the check fails. The others are known by what is
//! compared.

use iced_x86::{Code as Opcode, FlowControl, Instruction, Mnemonic, OpKind, Register};

use super::data_in_code::{NEW_SIGNATURE, SIGNATURE};
use super::register_jumps::last_write;
use super::{Leaders, decode};
use crate::machine::BranchJump;

/// Where the shadow memory of AddressSanitizer begins (`kDefaultShadowOffset64` of its runtime, for x86-64
/// Linux).
const SHADOW: u64 = 0x7fff_8000;

/// What AddressSanitizer writes into the frame of a function that returns, if the frame is in memory of its
/// own (`kRetiredStackFrameMagic`).
const RETIRED_FRAME: u64 = 0x45e0_360e;

/// No side of a check has more instructions that matter.
const MOST: usize = 12;

impl Leaders<'_, '_> {
    /// Does the jump belong to a check that is not in the source?
    pub(super) fn is_of_check(&self, jump: &BranchJump) -> bool {
        let run = decode(self.code, self.run_start(jump.address));
        let run: Vec<Instruction> = run.take_while(|it| it.ip() < jump.address).collect();
        let sides = [jump.operand, jump.next()];
        sides.iter().any(|side| self.is_failure(*side))
            || self.is_behind_guard(jump)
            || self.is_before_delete(&run, jump)
            || self.compares_signature(&run, jump)
            || self.saves_vector_registers(&run, jump)
            || tests_shadow(&run)
            || (run.iter().any(retires_frame) && compared(&run).is_some_and(|(it, _)| is_null_test(it)))
            || self.divides_by_minus_one(&run, jump)
            || self.finds_argument(&run, jump)
            || self.is_of_initialiser(&run, jump)
            || self.is_of_conversion(&run, jump)
    }

    /// Is the code at `address` that of a check that has failed, or that of a frame of AddressSanitizer?
    fn is_failure(&self, address: u64) -> bool {
        let mut from = address;
        // Go and Rust without optimisation jump to a jump.
        for _ in 0..3 {
            if self.leads_to(from, &self.check_calls) || self.leads_to(from, &self.guard_calls) {
                return true;
            }
            let next = decode(self.code, from).find(|it| it.mnemonic() != Mnemonic::Nop);
            match next.filter(is_direct_jump) {
                Some(jump) => from = jump.near_branch_target(),
                None => break,
            }
        }
        // Clang's `-fsanitize-trap` has an instruction in place of a call, and no source has it.
        let first = decode(self.code, address).next();
        first.is_some_and(|it| it.mnemonic() == Mnemonic::Ud1)
            || self.straight(address).iter().any(retires_frame)
    }

    /// Does the code at `address` run up to one of `calls`?
    fn leads_to(&self, address: u64, calls: &[u64]) -> bool {
        let call = calls.get(calls.partition_point(|call| *call < address));
        call.is_some_and(|call| self.run_start(*call) <= address)
    }

    /// The instructions that run one after the other from `address` on.
    pub(super) fn straight(&self, address: u64) -> Vec<Instruction> {
        let instructions = decode(self.code, address).take(MOST);
        instructions.take_while(|it| !it.is_invalid() && it.flow_control() == FlowControl::Next).collect()
    }

    /// Does the jump look at what a function has returned that initialises a variable once, or that gives
    /// memory to AddressSanitizer?
    fn is_behind_guard(&self, jump: &BranchJump) -> bool {
        let run = self.run_start(jump.address);
        let before = self.guard_calls.partition_point(|call| *call < run).checked_sub(1);
        let call = before.and_then(|before| decode(self.code, self.guard_calls[before]).next());
        let Some(behind) = call.map(|call| call.next_ip()) else { return false };
        let joins = || {
            let next = decode(self.code, behind).next().filter(is_direct_jump);
            next.is_some_and(|next| (run..=jump.address).contains(&next.near_branch_target()))
        };
        behind == run || joins()
    }

    /// Does the jump lead around `operator delete`, as if a pointer is null, or a coroutine has no frame of
    /// its own to free? Optimised code can also jump to the call if a pointer is not null.
    fn is_before_delete(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        let next = jump.next();
        let call = self.delete_calls.partition_point(|call| *call < next);
        let leads_over = self.delete_calls.get(call).is_some_and(|call| *call < jump.operand)
            && self.leads_to(next, &self.delete_calls);
        let is_not_null =
            || jump.decision == NOT_EQUAL && compared(run).is_some_and(|(it, _)| is_null_test(it));
        leads_over || (self.leads_to(jump.operand, &self.delete_calls) && is_not_null())
    }

    /// Does the jump lead around a division by -1, which the processor refuses for one number? Go negates
    /// instead.
    fn divides_by_minus_one(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        let is_minus_one = |it: &Instruction| {
            it.mnemonic() == Mnemonic::Cmp && is_immediate(it) && it.immediate(1) as i32 == -1
        };
        let negates =
            || decode(self.code, jump.operand).next().is_some_and(|it| it.mnemonic() == Mnemonic::Neg);
        let divides = || self.straight(jump.next()).iter().take(2).any(|it| it.mnemonic() == Mnemonic::Idiv);
        jump.decision == EQUAL
            && compared(run).is_some_and(|(it, _)| is_minus_one(it))
            && negates()
            && divides()
    }

    /// Does the jump depend on whether a function that is called by a pointer has a signature?
    fn compares_signature(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        let Some(last) = run.last() else { return false };
        let is_magic = last.code() == Opcode::Cmp_rm32_imm32
            && [u32::from_le_bytes(SIGNATURE), NEW_SIGNATURE].contains(&last.immediate32());
        // `-fsanitize=kcfi` adds the signature in front of the function to what it must be, negated.
        let traps = || decode(self.code, jump.next()).next().is_some_and(|it| it.mnemonic() == Mnemonic::Ud2);
        let negated = run.len().checked_sub(2).map(|at| run[at].code());
        let is_sum = last.code() == Opcode::Add_r32_rm32
            && last.op1_kind() == OpKind::Memory
            && matches!(last.op0_register(), Register::R10D | Register::R11D)
            && negated == Some(Opcode::Mov_r32_imm32);
        is_magic || (is_sum && jump.decision == EQUAL && traps())
    }

    /// Does the jump lead around the code that saves vector registers, at the beginning of a function with
    /// variable arguments (System V ABI, "Variable Argument Lists")?
    fn saves_vector_registers(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        if self.part_at(jump.address).is_none_or(|part| self.run_start(jump.address) > part.start) {
            return false;
        }
        let tests_count = run.last().is_some_and(|it| {
            it.mnemonic() == Mnemonic::Test
                && (it.op0_register(), it.op1_register()) == (Register::AL, Register::AL)
        });
        let next = decode(self.code, jump.next()).next();
        let saves =
            next.is_some_and(|it| it.mnemonic() == Mnemonic::Movaps && it.op1_register() == Register::XMM0);
        tests_count && saves
    }

    /// Does the jump decide whether the next of a variable list of arguments was passed in a register? Then
    /// the offset of the next register is advanced, or else the address of the next argument on the stack
    /// (System V ABI, "The va_arg Macro").
    fn finds_argument(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        let Some((compare, _)) = compared(run) else { return false };
        let is_offset = compare.mnemonic() == Mnemonic::Cmp
            && is_immediate(compare)
            && (1..=176).contains(&compare.immediate(1));
        let (on_stack, in_register) = match jump.decision {
            ABOVE | NOT_BELOW => (jump.operand, jump.next()),
            NOT_ABOVE | BELOW => (jump.next(), jump.operand),
            _ => return false,
        };
        is_offset && advances(&self.straight(in_register), 4) && advances_loaded(&self.straight(on_stack))
    }

    /// Does the jump depend on an argument of the function that initialises the variables of a unit in C++?
    fn is_of_initialiser(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        let start = self.part_at(jump.address).map(|part| part.start);
        let Some(start) = start.filter(|start| self.initialisers.contains(start)) else { return false };
        let Some((compare, before)) = compared(run) else { return false };
        if !is_immediate(compare) {
            return false;
        }
        let mut homes = vec![Home::Register(Register::RDI), Home::Register(Register::RSI)];
        let first = decode(self.code, start).take_while(|it| it.flow_control() == FlowControl::Next);
        for it in first.filter(|it| it.mnemonic() == Mnemonic::Mov && it.op1_kind() == OpKind::Register) {
            if homes[..2].contains(&Home::Register(it.op1_register().full_register())) {
                homes.extend(Home::of(&it));
            }
        }
        let Some(home) = Home::of(compare).filter(|home| homes.contains(home)) else { return false };
        !matches!(home, Home::Register(register) if !register_is_kept(before, register, start))
    }
}

/// Conditions by their numbers in instructions (Intel SDM, volume 2, "Jcc").
const BELOW: u16 = 2;
const NOT_BELOW: u16 = 3;
const EQUAL: u16 = 4;
const NOT_EQUAL: u16 = 5;
const NOT_ABOVE: u16 = 6;
const ABOVE: u16 = 7;

/// Where a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Register(Register),
    Memory { base: Register, index: Register, displacement: u64 },
}

impl Home {
    /// That of the first operand.
    fn of(instruction: &Instruction) -> Option<Self> {
        match instruction.op0_kind() {
            OpKind::Register => Some(Self::Register(instruction.op0_register().full_register())),
            OpKind::Memory => Some(Self::of_memory(instruction)),
            _ => None,
        }
    }

    /// That of the operand in memory.
    fn of_memory(instruction: &Instruction) -> Self {
        Self::Memory {
            base: instruction.memory_base(),
            index: instruction.memory_index(),
            displacement: instruction.memory_displacement64(),
        }
    }
}

/// The comparison on which the jump at the end of `run` depends, and what is before it: code without
/// optimisation can move values in between.
fn compared(run: &[Instruction]) -> Option<(&Instruction, &[Instruction])> {
    let at = run.iter().rposition(|it| it.mnemonic() != Mnemonic::Mov)?;
    matches!(run[at].mnemonic(), Mnemonic::Cmp | Mnemonic::Test).then(|| (&run[at], &run[..at]))
}

/// Is a pointer compared with null?
fn is_null_test(compare: &Instruction) -> bool {
    match compare.code() {
        Opcode::Test_rm64_r64 => compare.op0_register() == compare.op1_register(),
        Opcode::Cmp_rm64_imm8 => compare.immediate(1) == 0,
        _ => false,
    }
}

fn is_direct_jump(instruction: &Instruction) -> bool {
    matches!(instruction.code(), Opcode::Jmp_rel8_64 | Opcode::Jmp_rel32_64)
}

fn retires_frame(it: &Instruction) -> bool {
    it.mnemonic() == Mnemonic::Mov
        && it.op1_kind() == OpKind::Immediate32to64
        && it.immediate(1) == RETIRED_FRAME
}

fn is_immediate(compare: &Instruction) -> bool {
    !matches!(compare.op1_kind(), OpKind::Register | OpKind::Memory)
}

/// Does the register have the value that it had at the beginning of the run, or that of an argument?
fn register_is_kept(before: &[Instruction], register: Register, start: u64) -> bool {
    let is_entry = before.first().is_some_and(|first| first.ip() == start);
    is_entry || last_write(before, register).is_none()
}

/// Does the jump depend on a byte of the shadow memory of AddressSanitizer?
fn tests_shadow(run: &[Instruction]) -> bool {
    let Some((compare, before)) = compared(run) else { return false };
    let is_shadow = |it: &Instruction| {
        let operands = 0..it.op_count();
        operands.into_iter().any(|operand| it.op_kind(operand) == OpKind::Memory)
            && it.memory_displacement64() == SHADOW
            && it.memory_size().size() <= 2
    };
    let is_loaded = |register: Register| {
        let is_move =
            |it: &&Instruction| matches!(it.mnemonic(), Mnemonic::Mov | Mnemonic::Movzx | Mnemonic::Movsx);
        last_write(before, register).filter(is_move).is_some_and(is_shadow)
    };
    let mut registers = (0..compare.op_count()).filter(|it| compare.op_kind(*it) == OpKind::Register);
    is_shadow(compare) || registers.any(|operand| is_loaded(compare.op_register(operand)))
}

/// Do the instructions add a multiple of 8 to a value, and store a value of `size` bytes?
fn advances(instructions: &[Instruction], size: usize) -> bool {
    let is_step = |amount: u64| amount != 0 && amount.is_multiple_of(8) && amount <= 176;
    let adds = |it: &Instruction| match it.mnemonic() {
        Mnemonic::Add => is_immediate(it) && is_step(it.immediate(1)),
        Mnemonic::Lea => is_step(it.memory_displacement64()),
        _ => false,
    };
    let stores = |it: &Instruction| {
        matches!(it.mnemonic(), Mnemonic::Mov | Mnemonic::Add)
            && it.op0_kind() == OpKind::Memory
            && it.memory_size().size() == size
    };
    instructions.iter().any(adds) && instructions.iter().any(stores)
}

/// Do they add that to an address that they load, and store it back? If the list is an argument of the
/// function, its own address can be loaded twice.
fn advances_loaded(instructions: &[Instruction]) -> bool {
    let loads = |it: &&Instruction| it.code() == Opcode::Mov_r64_rm64 && it.op1_kind() == OpKind::Memory;
    let stored = |it: &Instruction| it.code() == Opcode::Mov_rm64_r64 && it.op0_kind() == OpKind::Memory;
    let reads_from = |base: Register, before: u64| {
        let run = instructions.iter().take_while(|it| it.ip() < before);
        run.filter(loads).filter(|it| it.op0_register() == base).last().map(Home::of_memory)
    };
    let is_same = |load: &Instruction, store: &Instruction| {
        let bases = [load, store].map(|it| reads_from(it.memory_base(), it.ip()));
        let is_beside = load.memory_displacement64() == store.memory_displacement64()
            && load.memory_index() == store.memory_index();
        Home::of_memory(load) == Home::of_memory(store)
            || (is_beside && bases[0].is_some() && bases[0] == bases[1])
    };
    advances(instructions, 8)
        && instructions
            .iter()
            .filter(loads)
            .any(|load| instructions.iter().any(|it| it.ip() > load.ip() && stored(it) && is_same(load, it)))
}
