//! The instructions of an executable, by `objdump`.

use crate::line_table::{hexadecimal, output_of};
use std::collections::HashMap;
use std::path::Path;

/// All instructions, ascending.
#[derive(Debug, Default)]
pub struct Disassembly {
    pub instructions: Vec<Instruction>,
}

/// An instruction as `objdump` writes it.
#[derive(Debug, Default, Clone)]
pub struct Instruction {
    pub address: u64,
    /// The address of the next one.
    pub next: u64,
    /// Without prefixes.
    pub mnemonic: String,
    pub operands: String,
    /// Where a direct jump or call leads, and the name of the function there.
    pub target: Option<u64>,
    pub name: String,
    /// The address to which an operand refers that is relative to the instruction.
    pub refers: Option<u64>,
    /// Where its function begins, and the name of that, demangled.
    pub function: (u64, String),
}

impl Disassembly {
    pub fn read(executable: &Path) -> Result<Self, String> {
        let options = ["--wide", "--disassemble", "--no-show-raw-insn", "--demangle"];
        let text = output_of("objdump", &options, executable)?;
        let mut instructions: Vec<Instruction> = Vec::new();
        let mut function = (0, String::new());
        let mut functions = HashMap::new();
        for line in text.lines().map(str::trim) {
            let header = line.strip_suffix(">:").and_then(|line| line.split_once(" <"));
            if let Some((address, name)) = header.and_then(|(at, name)| Some((hexadecimal(at)?, name))) {
                function = (address, name.to_owned());
                functions.insert(address, name.to_owned());
                continue;
            }
            let Some((address, rest)) = line.split_once(':') else { continue };
            let Some(address) = hexadecimal(address) else { continue };
            if let Some(last) = instructions.last_mut() {
                last.next = address;
            }
            let (rest, comment) = rest.split_once(" # ").map_or((rest, None), |(rest, it)| (rest, Some(it)));
            let words = rest.split_whitespace();
            let mut words =
                words.skip_while(|word| matches!(*word, "bnd" | "notrack" | "repz" | "cs" | "ds"));
            let mnemonic = words.next().unwrap_or_default().to_owned();
            let operands = words.next().unwrap_or_default().to_owned();
            let is_jump = mnemonic.starts_with('j') || mnemonic.starts_with("call");
            let name = rest.split_once('<').map_or("", |(_, name)| name.trim_end_matches('>'));
            let refers = comment.and_then(|comment| hexadecimal(comment.split(' ').next()?));
            instructions.push(Instruction {
                address,
                next: address,
                target: hexadecimal(&operands).filter(|_| is_jump),
                name: name.trim_end_matches("@plt").to_owned(),
                refers,
                function: function.clone(),
                mnemonic,
                operands,
            });
        }
        name_calls_by_pointers(&mut instructions, &functions, executable)?;
        Ok(Self { instructions })
    }

    /// The index of the instruction at `address`.
    pub fn index(&self, address: u64) -> Option<usize> {
        self.instructions.binary_search_by_key(&address, |it| it.address).ok()
    }

    /// The instructions from `address` on.
    pub fn from(&self, address: u64) -> &[Instruction] {
        self.index(address).map_or(&[], |index| &self.instructions[index..])
    }

    /// The instructions that run one after the other up to that at `index`, which is the last.
    pub fn run(&self, index: usize) -> &[Instruction] {
        let function = self.instructions[index].function.0;
        let before = self.instructions[..index].iter().rev();
        let count = before.take_while(|it| !it.ends_run() && it.function.0 == function).count();
        &self.instructions[index - count..=index]
    }
}

/// Names the functions of the executable that calls reach by a pointer in its memory, which the dynamic
/// linker sets: R_X86_64_RELATIVE (System V ABI, "Relocation").
fn name_calls_by_pointers(
    instructions: &mut [Instruction],
    functions: &HashMap<u64, String>,
    executable: &Path,
) -> Result<(), String> {
    let relocations = output_of("readelf", &["--wide", "--relocs"], executable)?;
    let pointers: HashMap<u64, u64> = relocations
        .lines()
        .filter(|line| line.contains(" R_X86_64_RELATIVE "))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((hexadecimal(words.next()?)?, hexadecimal(words.last()?)?))
        })
        .collect();
    // What each register was loaded from since the last jump.
    let mut loaded: HashMap<String, u64> = HashMap::new();
    for it in instructions.iter_mut() {
        if it.mnemonic.starts_with("call") && it.name.is_empty() {
            let register = it.operands.trim_start_matches('*');
            let slot = it.refers.or_else(|| loaded.get(register).copied());
            let function = slot.and_then(|slot| functions.get(pointers.get(&slot)?));
            it.name = function.cloned().unwrap_or_default();
        }
        if it.ends_run() {
            loaded.clear();
        } else {
            loaded.remove(it.destination());
            let load = it.refers.filter(|_| it.mnemonic == "mov");
            loaded.extend(load.map(|slot| (it.destination().to_owned(), slot)));
        }
    }
    Ok(())
}

impl Instruction {
    pub fn is_conditional(&self) -> bool {
        self.mnemonic.starts_with('j') && !self.is_jump()
    }

    pub fn is_padding(&self) -> bool {
        self.mnemonic.starts_with("nop") || (self.mnemonic == "xchg" && self.operands == "%ax,%ax")
    }

    pub fn is_jump(&self) -> bool {
        self.mnemonic == "jmp"
    }

    /// Does it jump, call or return?
    pub fn ends_run(&self) -> bool {
        ["j", "call", "ret"].iter().any(|prefix| self.mnemonic.starts_with(prefix))
    }

    /// The register or the place in memory that it may change: the last operand.
    pub fn destination(&self) -> &str {
        let is_between_operands = |(at, _): &(usize, &str)| {
            let before = &self.operands[..*at];
            before.matches('(').count() == before.matches(')').count()
        };
        let last = self.operands.rmatch_indices(',').find(is_between_operands);
        last.map_or(&self.operands, |(at, _)| &self.operands[at + 1..])
    }
}
