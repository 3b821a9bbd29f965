//! Only the machine room knows a machine: no other source names a register, an instruction or a byte of
//! machine code.

#[macro_use]
extern crate forkcov_testing;

use forkcov_testing::paths;
use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

harness!();

/// The decoder, registers, instructions and bytes of instructions that forkcov itself inserts or searches
/// for.
const MACHINE_WORDS: &str = r"(?x)
    \b iced_x86 \b
    | \b user_regs_struct \b
    | \b ( [re] ( [abcd]x | [sd]i | [sb]p | ip ) | r(8|9|1[0-5])[bwd]? | [re]flags ) \b
    | \b ( [fg]s_base | orig_rax ) \b
    | \b ( int3 | endbr(32|64) ) \b
    | \b 0x ( cc | e9 | 90 ) \b
    | \b 0x0f , \s* 0x05 \b
";

fn sources_below(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources_below(&entry, found);
        } else if entry
            .extension()
            .is_some_and(|kind| ["rs", "c", "h", "S"].iter().any(|known| kind == *known))
        {
            found.push(entry);
        }
    }
}

/// The lines of `text` that name something of a machine.
fn of_a_machine(text: &str) -> Vec<(usize, &str)> {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| Regex::new(MACHINE_WORDS).unwrap());
    (1..).zip(text.lines()).filter(|(_, line)| WORDS.is_match(line)).collect()
}

#[test]
fn only_the_machine_room_knows_a_machine() {
    let root = paths::repository().join("src");
    let mut sources = Vec::new();
    sources_below(&root, &mut sources);
    let (machine, others): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|path| path.starts_with(root.join("machine")));
    let known = |path: &PathBuf| !of_a_machine(&fs::read_to_string(path).unwrap()).is_empty();
    assert!(machine.iter().filter(|path| known(path)).count() > 5, "the words are those of this machine");
    let mut elsewhere = Vec::new();
    for path in others {
        let text = fs::read_to_string(&path).unwrap();
        let lines = of_a_machine(&text);
        elsewhere.extend(lines.iter().map(|(line, text)| format!("{}:{line}: {text}", path.display())));
    }
    assert!(elsewhere.is_empty(), "machine knowledge outside src/machine:\n{}", elsewhere.join("\n"));
}

#[test]
fn words_of_a_machine_are_found_in_code_and_comments() {
    let text = "registers.rip\n/// `int3` is a trap\n[0x0f, 0x05]\nuse iced_x86::Decoder;\nscript\n0xccc\n";
    let lines: Vec<usize> = of_a_machine(text).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [1, 2, 3, 4]);
}
