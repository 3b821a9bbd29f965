//! The instructions that make system calls about signals: which are found, and which only look like one.

use forkcov_testing::needs::{self, Lack};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use crate::support::Workshop;
use forkcov::object::{SignalCallSite, SignalCalls};

/// The calls of an assembler text, by the label that stands before each; `None` without an assembler.
fn found(text: &str) -> Option<BTreeMap<String, SignalCallSite>> {
    let workshop = Workshop::new(&[("main.s", text)]);
    if !workshop.run("cc", &["-nostdlib", "-static", "-o", "main", "main.s"]) {
        return None;
    }
    let path = workshop.path("main");
    let symbols = needs::command("nm").arg(&path).output().unwrap();
    let text = String::from_utf8(symbols.stdout).unwrap();
    let labels = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let labels: BTreeMap<u64, String> =
        labels.map(|fields| (u64::from_str_radix(fields[0], 16).unwrap(), fields[2].to_string())).collect();
    let calls = SignalCalls::read(&File::open(path).unwrap()).calls;
    let named = |call: &SignalCallSite| {
        let unnamed = || format!("{:#x}", call.address.0);
        (labels.get(&call.address.0).cloned().unwrap_or_else(unnamed), *call)
    };
    Some(calls.iter().map(named).collect())
}

#[test]
fn the_instruction_before_a_signal_call_is_found_with_its_effect() {
    let text = "
    .globl _start
    .data
set: .quad 0
    .text
_start:
    mov $1, %edi
plain: mov $14, %eax
    syscall
wide: mov $15, %rax
    syscall
    mov $13, %eax
    movq $0, (%rsp)
    xor %edx, %edx
copied: mov %r8, %rdi
    syscall
    mov $14, %eax
below: lea -8(%rsp), %rsi
    syscall
    mov $14, %eax
relative: lea set(%rip), %rsi
    syscall
    mov $14, %eax
narrow: mov $8, %r10d
    syscall
    mov $14, %eax
cleared: xor %edi, %edi
    syscall
    hlt
";
    let Some(found) = found(text) else { needs::stop() };
    let effect = |label: &str| {
        let call = found.get(label).unwrap_or_else(|| panic!("{label} is not among {found:x?}"));
        assert_eq!(call.is_address, label == "relative", "{label}");
        (call.number, call.effect.register, call.effect.base, call.effect.addend)
    };
    assert_eq!(effect("plain"), (14, 0, None, 14));
    assert_eq!(effect("wide"), (15, 0, None, 15));
    assert_eq!(effect("copied"), (13, 7, Some(8), 0));
    assert_eq!(effect("below"), (14, 6, Some(4), 8_u64.wrapping_neg()));
    assert_eq!(effect("narrow"), (14, 10, None, 8));
    let (number, register, base, addend) = effect("relative");
    assert_eq!((number, register, base), (14, 6, None));
    assert_ne!(addend, 0);
    assert_eq!(effect("cleared"), (14, 7, None, 0));
    assert!(found["cleared"].effect.is_xor);
    assert_eq!(found.len(), 7, "{found:x?}");
}

#[test]
fn what_only_looks_like_a_signal_call_is_not_found() {
    let text = "
    .globl _start
_start:
other_number: mov $1, %eax
    syscall
another_register: mov $14, %r8d
    syscall
overwritten: mov $14, %eax
    mov $39, %eax
    syscall
through_half: mov $14, %eax
    xor %al, %al
    syscall
across_a_branch: mov $14, %eax
    jz 1f
1:  syscall
across_a_call: mov $14, %eax
    call _start
    syscall
    mov $14, %eax
not_twice: lea 8(%rsi), %rsi
    syscall
    mov $14, %eax
to_memory: movq $8, (%rsp)
    syscall
    mov $14, %eax
flags: add %rdi, %rsi
    syscall
inside_another: movabs $0x050f0000000eb890, %rcx
    hlt
";
    let Some(found) = found(text) else { needs::stop() };
    assert!(found.is_empty(), "{found:x?}");
}

/// In the C library that these tests run with, by objdump's reading.
#[test]
fn the_calls_of_the_c_library_are_those_that_objdump_shows() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let library = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    let Some(library) = library.map(Path::new).find(|path| path.ends_with("libc.so.6")) else {
        needs::give_up(Lack::machine("glibc", "this test is not linked with libc.so.6"));
    };
    let mut objdump = needs::command("objdump");
    let output = objdump.args(["-d", "--no-show-raw-insn"]).arg(library).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let instructions: Vec<(u64, &str)> = text
        .lines()
        .filter_map(|line| line.split_once(":\t"))
        .filter_map(|(address, what)| Some((u64::from_str_radix(address.trim(), 16).ok()?, what.trim())))
        .collect();
    let calls = SignalCalls::read(&File::open(library).unwrap()).calls;
    let is_found = |address| calls.iter().any(|call| call.address.0 == address);
    for pair in instructions.windows(2) {
        let is_load = ["mov    $0xd,%eax", "mov    $0xe,%eax", "mov    $0xf,%rax"].contains(&pair[0].1);
        if is_load && pair[1].1 == "syscall" {
            assert!(is_found(pair[0].0), "{:#x} is not found", pair[0].0);
        }
    }
    for call in &calls {
        let index = instructions.binary_search_by_key(&call.address.0, |instruction| instruction.0);
        let next = instructions[index.expect("where an instruction begins") + 1];
        assert_eq!(next, (call.syscall.0, "syscall"));
    }
    assert!(calls.len() > 10, "{calls:x?}");
}
