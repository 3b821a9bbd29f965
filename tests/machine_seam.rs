//! Only the machine room knows a machine: no other source names a register, an instruction, a byte of machine
//! code, or what the kernel has on some machines alone.

#[macro_use]
extern crate forkcov_testing;

use forkcov_testing::paths;
use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

harness!();

/// The decoder, registers, instructions and bytes of instructions that forkcov itself inserts or searches
/// for; requests of ptrace(2) and system calls that arm64 does not have (asm-generic/unistd.h); and where user
/// space ends.
const MACHINE_WORDS: &str = r"(?x)
    \b iced_x86 \b
    | \b user_regs_struct \b
    | \b ( [re] ( [abcd]x | [sd]i | [sb]p | ip ) | r(8|9|1[0-5])[bwd]? | [re]flags ) \b
    | \b ( [fg]s_base | orig_rax ) \b
    | \b ( int3 | endbr(32|64) ) \b
    | \b 0x ( cc | e9 | 90 ) \b
    | \b 0x0f , \s* 0x05 \b
    | \b PTRACE_ ( [GS]ET (FP|FPX)? REGS | (PEEK|POKE)USE?R ) \b
    | \b ( NT_X86_\w+ | x86_Thread_features | IO_PGETEVENTS ) \b
    | \b SYS_ ( v?fork | epoll_ (wait|create) | open | creat | l?stat | access | pipe | select | poll
        | dup2 | pause | alarm | getpgrp | eventfd | signalfd | inotify_init | mkdir | rmdir | unlink
        | readlink | rename | link | symlink | mknod | chmod | l?chown | getdents | utimes? | time
        | arch_prctl | sendfile64 | futimesat | ustat ) \b
    | \b 1 (_?u64)? \s* << \s* 4[678] \b
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

fn lines_of_a_machine(text: &str) -> Vec<usize> {
    of_a_machine(text).into_iter().map(|(line, _)| line).collect()
}

#[test]
fn words_of_a_machine_are_found_in_code_and_comments() {
    let text = "registers.rip\n/// `int3` is a trap\n[0x0f, 0x05]\nuse iced_x86::Decoder;\nscript\n0xccc\n";
    assert_eq!(lines_of_a_machine(text), [1, 2, 3, 4]);
}

#[test]
fn what_the_kernel_has_on_some_machines_alone_is_found() {
    let alone = [
        "self.request(libc::PTRACE_GETREGS, null_mut())",
        "self.raw(libc::PTRACE_PEEKUSER, offset)",
        "self.request(call, libc::PTRACE_POKEUSER, address, value)",
        "libc::SYS_vfork => flags",
        "Some(libc::SYS_fork | libc::SYS_clone)",
        "    libc::SYS_epoll_wait,",
        "const IO_PGETEVENTS: c_long = 333;",
        ".chain([1 << 46])",
    ];
    for line in alone {
        assert_eq!(lines_of_a_machine(line), [1], "{line}");
    }
    let everywhere =
        "libc::PTRACE_GETREGSET\nSYS_epoll_pwait2\nSYS_openat\nSYS_pselect6\n1 << 4\nSYS_clone3\n";
    assert!(lines_of_a_machine(everywhere).is_empty());
}
