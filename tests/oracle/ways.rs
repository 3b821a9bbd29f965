//! How many ways lead to an instruction, by a disassembler that is not forkcov's: `objdump`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::ops::Range;
use std::path::Path;

/// What leads to each instruction of an executable.
#[derive(Debug, Default)]
pub struct Ways {
    /// The instructions that are reached from the one before.
    continued: HashSet<u64>,
    /// The jumps and calls to each.
    jumps: BTreeMap<u64, Vec<u64>>,
    /// Those whose address is in data, or is computed.
    others: HashSet<u64>,
    /// The code from which a clean-up goes on with the unwinding of the stack.
    unwinding: BTreeMap<u64, u64>,
    /// Where functions begin.
    functions: BTreeSet<u64>,
}

/// A loaded segment: its offset in the file, its addresses, and whether it has code.
pub struct Segment {
    pub offset: u64,
    pub addresses: Range<u64>,
    pub is_code: bool,
}

impl Ways {
    /// Reads the instructions and the data of `executable`.
    pub fn read(executable: &Path, segments: &[Segment]) -> Result<Ways, String> {
        let options = ["--wide", "--disassemble", "--no-show-raw-insn"];
        let text = super::line_table::output_of("objdump", &options, executable)?;
        let bytes = fs::read(executable).map_err(|why| format!("{}: {why}", executable.display()))?;
        let mut ways = Ways::default();
        let mut tables = HashSet::new();
        let mut is_continued = false;
        let mut run = 0;
        for line in text.lines() {
            let line = line.trim();
            let Some((address, rest)) = line.split_once(':') else {
                // `0000000000001139 <main>:` has a colon, too.
                continue;
            };
            if let Some((address, _)) = address.split_once(" <").filter(|_| rest.is_empty()) {
                ways.functions.extend(hexadecimal(address));
                continue;
            }
            let Some(address) = hexadecimal(address) else { continue };
            if is_continued {
                ways.continued.insert(address);
            }
            run = if run == 0 { address } else { run };
            let words: Vec<&str> = rest.split_whitespace().filter(|word| !is_prefix(word)).collect();
            let Some(&mnemonic) = words.first() else { continue };
            let name =
                rest.rsplit_once('<').map_or("", |(_, name)| name.split(['@', '>']).next().unwrap_or(""));
            let is_call = mnemonic.starts_with("call");
            let is_jump = mnemonic.starts_with('j') || is_call;
            is_continued = match mnemonic {
                "jmp" | "jmpq" | "ret" | "retq" => false,
                _ if is_call && never_returns(name) => false,
                _ => is_continued || !(mnemonic.starts_with("nop") || rest.contains("xchg   %ax,%ax")),
            };
            if is_call && name == "_Unwind_Resume" {
                ways.unwinding.insert(run, address);
            }
            if is_jump || mnemonic.starts_with("ret") {
                run = 0;
            }
            if let Some(target) = words.get(1).filter(|_| is_jump).and_then(|word| hexadecimal(word)) {
                ways.jumps.entry(target).or_default().push(address);
            } else if mnemonic == "lea"
                && let Some((_, target)) = rest.split_once("# ")
            {
                tables.extend(target.split(' ').next().and_then(hexadecimal));
            }
        }
        let is_code = |address: u64| segments.iter().any(|it| it.is_code && it.addresses.contains(&address));
        let from = |address: u64| bytes_at(&bytes, segments, address);
        for table in tables {
            if is_code(table) {
                ways.others.insert(table);
                continue;
            }
            let (entries, _) = from(table).unwrap_or_default().as_chunks::<4>();
            let targets =
                entries.iter().map(|entry| table.wrapping_add_signed(i32::from_le_bytes(*entry).into()));
            for target in targets.take_while(|target| is_code(*target)) {
                ways.others.insert(target);
            }
        }
        for segment in segments.iter().filter(|segment| !segment.is_code) {
            let (words, _) = from(segment.addresses.start).unwrap_or_default().as_chunks::<8>();
            for target in words.iter().map(|word| u64::from_le_bytes(*word)).filter(|word| is_code(*word)) {
                ways.others.insert(target);
            }
        }
        Ok(ways)
    }

    /// Do several ways lead to `address`, which is not where a function begins? The way around a loop is none to
    /// its head.
    pub fn is_join(&self, address: u64) -> bool {
        let jumps = self.jumps.get(&address).map_or(&[][..], Vec::as_slice);
        let straight = usize::from(self.continued.contains(&address));
        let mut ways = straight + jumps.len() + if self.others.contains(&address) { 2 } else { 0 };
        let around = jumps.iter().filter(|from| **from >= address).count();
        if let Some(end) = jumps.iter().max().filter(|end| **end > address)
            && ways > around
            && self.is_loop(address, *end)
        {
            ways -= around;
        }
        ways > 1 && !self.functions.contains(&address)
    }

    fn is_loop(&self, head: u64, end: u64) -> bool {
        let inside = head + 1..=end;
        self.functions.range(inside.clone()).next().is_none()
            && !self.others.iter().any(|other| inside.contains(other))
            && self.jumps.range(inside).flat_map(|(_, from)| from).all(|from| (head..=end).contains(from))
    }

    /// Where the jumps to `address` are, if tasks come there by them alone.
    pub fn only_jumps_to(&self, address: u64) -> &[u64] {
        let is_sure = !self.continued.contains(&address) && !self.others.contains(&address);
        self.jumps.get(&address).filter(|_| is_sure).map_or(&[], Vec::as_slice)
    }

    /// Does anything but the instruction before lead to `address`?
    pub fn is_referred(&self, address: u64) -> bool {
        self.jumps.contains_key(&address) || self.others.contains(&address)
    }

    /// The end of the function that has `address`.
    pub fn function_end(&self, address: u64) -> u64 {
        self.functions.range(address + 1..).next().copied().unwrap_or(u64::MAX)
    }

    /// Does the code at `address` do nothing but go on with the unwinding of the stack?
    pub fn resumes_unwinding(&self, address: u64) -> bool {
        self.unwinding.range(..=address).next_back().is_some_and(|(_, call)| address <= *call)
    }
}

/// The content of the file `bytes` from `address` to the end of the segment.
pub fn bytes_at<'b>(bytes: &'b [u8], segments: &[Segment], address: u64) -> Option<&'b [u8]> {
    let segment = segments.iter().find(|segment| segment.addresses.contains(&address))?;
    let at = segment.offset + (address - segment.addresses.start);
    let end = segment.offset + (segment.addresses.end - segment.addresses.start);
    bytes.get(at as usize..(end as usize).min(bytes.len()))
}

/// Functions after whose calls nothing runs.
fn never_returns(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "_Unwind_Resume",
        "__assert_fail",
        "__cxa_bad_cast",
        "__cxa_rethrow",
        "__cxa_throw",
        "__cxa_throw_bad_array_new_length",
        "__stack_chk_fail",
        "_exit",
        "abort",
        "exit",
        "longjmp",
        "siglongjmp",
    ];
    NAMES.contains(&name)
        || name.starts_with("_ZSt") && (name.contains("__throw") || name.contains("terminate"))
}

fn is_prefix(word: &str) -> bool {
    matches!(word, "bnd" | "notrack" | "repz" | "repnz" | "data16" | "cs" | "lock" | "addr32" | "rep")
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.trim().trim_start_matches("0x"), 16).ok()
}
