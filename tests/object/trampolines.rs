//! Each out-of-line copy of the end of a block does what the original does, as a second decoding of both
//! shows.

use forkcov_testing::paths;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use forkcov::machine::Capabilities;
use forkcov::object::{DebugSearch, Object, PcMapEntry, Trampoline, Trampolines};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, Register};
use object::{Object as _, ObjectSection as _};

use crate::support::Workshop;

const SOURCE: &str = r#"
#include <stdlib.h>
#include <string.h>
struct list { struct list *next; int number; };
static int sum; int many[100]; double real;
static int (*volatile chosen)(int);
static int twice(int n) { return n * 2; }
int collatz(int n) {
    int steps = 0;
    while (n != 1) {
        if (n % 2) n = 3 * n + 1;
        else n /= 2;
        steps++;
    }
    return steps;
}
int choose(int n, const char *text) {
    switch (n) {
    case 0: return strlen(text) > 3;
    case 1: sum += collatz(n + 7); break;
    case 2: many[n] = chosen ? chosen(n) : twice(n); break;
    case 3: real = real * 1.5 + n; if (real > 10.0) real = 0; break;
    case 4: memset(many, 0, sizeof many); break;
    case 5: return many[7] < many[8] ? many[7] : many[8];
    default: return -1;
    }
    return many[3] + sum;
}
struct list *reversed(struct list *list) {
    struct list *done = NULL;
    for (struct list *next; list; list = next) {
        next = list->next;
        list->next = done;
        done = list;
    }
    return done;
}
int main(int argc, char **argv) {
    chosen = argc > 5 ? twice : NULL;
    struct list *list = NULL;
    for (int i = 0; i < argc + 8; i++) {
        struct list *one = malloc(sizeof *one);
        if (!one) abort();
        *one = (struct list){list, choose(i, argv[0])};
        list = one;
    }
    for (list = reversed(list); list; list = list->next) sum += list->number;
    return sum & 1;
}
"#;

const GO_SOURCE: &str = r#"
package main

import "fmt"

func sum(n int) int

//go:noinline
func choose(n int) (r int) {
	defer func() {
		if recover() != nil {
			r = -1
		}
	}()
	switch n {
	case 0:
		return 1
	case 1:
		panic(2)
	}
	for i := 0; i < n; i++ {
		r += i
		if r > 100 {
			r -= 3
		}
	}
	return r
}

func main() {
	var list []int
	for i := 0; i < 9; i++ {
		list = append(list, choose(i)+sum(i))
	}
	fmt.Println(list, len(list))
}
"#;

const GO_ASSEMBLY: &str = r#"
TEXT ·sum(SB), $0-16
	MOVQ n+0(FP), AX
	MOVQ AX, BX
	ADDQ $3, BX
	ADDQ BX, AX
	MOVQ AX, ret+8(FP)
	RET
"#;

fn section_at(bytes: &[u8], address: u64) -> (u64, Vec<u8>) {
    let file = object::File::parse(bytes).unwrap();
    let section = file
        .sections()
        .find(|section| (section.address()..section.address() + section.size()).contains(&address))
        .expect("a section of the code");
    (section.address(), section.data().unwrap().to_vec())
}

fn decoded(bytes: &[u8], address: u64) -> Instruction {
    Decoder::with_ip(64, bytes, address, DecoderOptions::NONE).decode()
}

/// What an instruction does, and what it refers to, regardless of its length and address.
fn meaning(instruction: &Instruction) -> String {
    let target = match instruction.flow_control() {
        FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch | FlowControl::Call => {
            return format!("{:?} {:x}", instruction.mnemonic(), instruction.near_branch_target());
        }
        _ if instruction.is_ip_rel_memory_operand() => instruction.ip_rel_memory_address(),
        _ => 0,
    };
    let mut elsewhere = *instruction;
    elsewhere.set_ip(0);
    elsewhere.set_next_ip(0);
    if target != 0 {
        elsewhere.set_memory_displacement64(target);
    }
    format!("{elsewhere:?} {target:x}").to_lowercase().replace("0x", "")
}

fn is_jump_to(instruction: &Instruction, target: u64) -> bool {
    instruction.mnemonic() == Mnemonic::Jmp && instruction.near_branch_target() == target
}

/// Compares a copy with its original, one instruction after the other.
fn check_copy(trampolines: &Trampolines, trampoline: &Trampoline, end: u32, code: &(u64, Vec<u8>)) {
    let original = |address: u64| decoded(&code.1[(address - code.0) as usize..], address);
    let copied = |offset: u32| decoded(&trampolines.code[offset as usize..], offset.into());
    let first = trampolines.pc_map.partition_point(|place| place.offset < trampoline.copy);
    let places = &trampolines.pc_map[first..trampolines.pc_map.partition_point(|place| place.offset < end)];
    assert_eq!(places[0].offset, trampoline.copy);
    assert_eq!(places.last().unwrap().offset, trampoline.saturated);
    assert_eq!(trampolines.code[trampoline.saturated as usize], 0xcc);
    let (mut next, mut counts, mut ended) = (trampoline.start.0, 0, false);
    for place in &places[..places.len() - 1] {
        let instruction = copied(place.offset);
        let from = || original(place.original.0);
        if instruction.segment_prefix() == Register::GS {
            counts += 1;
            assert_eq!(instruction.mnemonic(), Mnemonic::Add);
            assert_eq!(instruction.memory_displacement64(), u64::from(trampoline.site));
        } else if place.offset + 2 == trampoline.resume {
            assert_eq!(instruction.mnemonic(), Mnemonic::Js);
            assert_eq!(instruction.near_branch_target(), u64::from(trampoline.saturated));
        } else if place.return_pushed {
            let call = from();
            assert_eq!((instruction.mnemonic(), call.mnemonic()), (Mnemonic::Jmp, Mnemonic::Call));
            assert_eq!(
                (instruction.memory_base(), instruction.op0_register()),
                (call.memory_base(), call.op0_register())
            );
        } else if ended {
            assert_eq!(instruction.mnemonic(), Mnemonic::Jmp, "a jump back, or to the called function");
            assert_eq!(instruction.near_branch_target(), place.original.0);
        } else if place.original.0 != next {
            panic!("{:x} is not the next instruction", place.original.0);
        } else if matches!(from().flow_control(), FlowControl::Call | FlowControl::IndirectCall) {
            assert_eq!(instruction.mnemonic(), Mnemonic::Push);
            let address = instruction.ip_rel_memory_address() as usize;
            assert_eq!(trampolines.code[address..address + 8], from().next_ip().to_le_bytes());
            ended = true;
        } else {
            assert_eq!(meaning(&instruction), meaning(&from()), "at {next:x}");
            next = from().next_ip();
            let follower = places.iter().find(|other| other.offset > place.offset);
            let is_way_back =
                |other: &PcMapEntry| other.original.0 == next && is_jump_to(&copied(other.offset), next);
            ended = from().flow_control() != FlowControl::Next || follower.is_some_and(is_way_back);
        }
    }
    assert_eq!(counts, 1, "it counts once");
}

fn check(object: &Object, path: &Path) -> usize {
    let bytes = fs::read(path).unwrap();
    let trampolines = &object.trampolines;
    let ends = trampolines
        .entries
        .iter()
        .skip(1)
        .map(|trampoline| trampoline.copy)
        .chain([trampolines.code.len() as u32]);
    let (mut taken, mut code) = (0, (0, Vec::new()));
    for (trampoline, end) in trampolines.entries.iter().zip(ends) {
        let site = &object.sites[trampoline.site as usize];
        assert!(!site.joined, "it is at the end of a block");
        assert!(trampoline.start.0 >= taken, "no two replace the same code");
        assert!(trampoline.length >= 5);
        taken = trampoline.start.0 + u64::from(trampoline.length);
        if !(code.0..code.0 + code.1.len() as u64).contains(&trampoline.start.0) {
            code = section_at(&bytes, trampoline.start.0);
        }
        let at = (trampoline.start.0 - code.0) as usize;
        let original = &trampolines.originals[trampoline.original as usize..][..trampoline.length as usize];
        assert_eq!(code.1[at..at + original.len()], *original);
        let behind = object.sites.get(trampoline.site as usize + 1);
        assert!(behind.is_none_or(|behind| behind.address.0 >= taken), "no other block begins in it");
        check_copy(trampolines, trampoline, end, &code);
    }
    let sites: BTreeSet<u32> = trampolines.entries.iter().map(|trampoline| trampoline.site).collect();
    assert_eq!(sites.len(), trampolines.entries.len());
    trampolines.entries.len()
}

#[test]
fn a_copy_does_what_the_original_does() {
    let workshop = Workshop::new(&[("a.c", SOURCE)]);
    for compiler in ["gcc", "clang"] {
        for flags in
            [&["-O0"][..], &["-O1"], &["-O2"], &["-O3", "-march=native"], &["-O2", "-no-pie"], &["-Os"]]
        {
            if !workshop.run(compiler, &[&["-g", "a.c", "-o", "a"], flags].concat()) {
                continue;
            }
            let object = workshop.read("a");
            let blocks = object.sites.iter().filter(|site| !site.joined).count();
            let count = check(&object, &workshop.path("a"));
            println!("{compiler} {flags:?}: {count} of {blocks} blocks");
            assert!(count * 2 > blocks, "{compiler} {flags:?}: {count} of {blocks} blocks");
        }
    }
}

/// Go's assembler gives its code the language Go as well, and with `-dynlink` it is not seen which functions
/// of the runtime are called. Code of both kinds has a breakpoint at every site.
#[test]
fn so_does_a_copy_of_compiled_go_and_assembly_has_none() {
    let sources =
        [("go.mod", "module hello\n\ngo 1.19\n"), ("main.go", GO_SOURCE), ("sum_amd64.s", GO_ASSEMBLY)];
    let workshop = Workshop::new(&sources);
    for (mode, is_known) in [("exe", true), ("pie", true), ("plugin", false)] {
        if !workshop.run("go", &["build", "-buildmode", mode, "-o", mode, "."]) {
            continue;
        }
        let object = workshop.read(mode);
        let of_assembly = |site: u32| {
            let line = object.lines.iter().find(|line| line.site == site);
            line.is_some_and(|line| object.files[line.file as usize].extension() == Some("s".as_ref()))
        };
        let assembly: Vec<u32> = (0..object.sites.len() as u32).filter(|site| of_assembly(*site)).collect();
        assert_eq!(assembly.len(), 6, "{mode}");
        assert!(assembly.iter().all(|site| !object.sites[*site as usize].joined), "{mode}");
        let blocks = object.sites.iter().filter(|site| !site.joined).count();
        let count = check(&object, &workshop.path(mode));
        println!("{mode}: {count} of {blocks} blocks, {} sites", object.sites.len());
        if is_known {
            assert!(
                blocks < object.sites.len() && count * 2 > blocks - assembly.len(),
                "{mode}: {count} of {blocks}"
            );
            let is_taken = |entry: &Trampoline| assembly.contains(&entry.site);
            assert!(!object.trampolines.entries.iter().any(is_taken), "{mode}");
        } else {
            assert_eq!((blocks, count), (object.sites.len(), 0), "{mode}");
        }
    }
}

/// A machine without trampolines is a legal one: it has the same sites, blocks, lines and functions.
#[test]
fn a_machine_without_trampolines_has_the_same_sites() {
    let workshop = Workshop::new(&[("a.c", SOURCE)]);
    if !workshop.run("gcc", &["-g", "-O2", "a.c", "-o", "a"]) {
        return;
    }
    let (path, below) = (workshop.path("a"), workshop.path(""));
    let capabilities = Capabilities { trampolines: false };
    let (search, file) = (DebugSearch::default(), fs::File::open(&path).unwrap());
    let plain =
        forkcov::object::read_for(capabilities, &search, &file, &path, &|path| path.starts_with(&below));
    let with_trampolines = workshop.read("a");
    assert!(!with_trampolines.trampolines.entries.is_empty());
    assert_eq!(plain.unwrap(), Object { trampolines: Trampolines::default(), ..with_trampolines });
}

#[test]
fn so_does_a_copy_of_forkcov_itself() {
    let path = paths::forkcov();
    let file = fs::File::open(path).unwrap();
    let ours = |source: &Path| source.starts_with(paths::repository().join("src"));
    let object = forkcov::object::read(&file, path, &ours).unwrap();
    let count = check(&object, path);
    assert!(count > 1000, "{count}");
}
