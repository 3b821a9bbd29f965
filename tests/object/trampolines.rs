//! Each out-of-line copy of the end of a block does what the original does, as a second decoding of both
//! shows.

use forkcov_testing::paths;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use forkcov::machine::{COUNTER_LENGTH, Capabilities};
use forkcov::object::{DebugSearch, Entrance, Object, PcMapEntry, Trampoline, Trampolines};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
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

/// Compares a copy with its original, one instruction after the other.
fn check_copy(object: &Object, trampoline: &Trampoline, end: u32, code: &(u64, Vec<u8>)) {
    let (trampolines, site) = (&object.trampolines, object.sites[trampoline.site as usize].address.0);
    let original = |address: u64| decoded(&code.1[(address - code.0) as usize..], address);
    let copied = |offset: u32| decoded(&trampolines.code[offset as usize..], offset.into());
    // A copy can lead to another one, which has no other entrance.
    let leads_to = |target: u64, address: u64| {
        let is_that = |entry: &Trampoline| u64::from(entry.copy) == target && entry.start.0 == address;
        let entry = trampolines.entries.binary_search_by_key(&target, |entry| entry.copy.into());
        target == address
            || entry.is_ok_and(|entry| {
                let entry = &trampolines.entries[entry];
                is_that(entry) && entry.entrance == Entrance::Copies
            })
    };
    let is_jump_to = |instruction: &Instruction, address: u64| {
        instruction.mnemonic() == Mnemonic::Jmp && leads_to(instruction.near_branch_target(), address)
    };
    let places = trampolines.pc_map.from(trampoline.copy).take_while(|place| place.offset < end);
    let places: Vec<PcMapEntry> = places.collect();
    assert_eq!(places[0].offset, trampoline.copy);
    let places = if trampoline.saturates() {
        assert_eq!(places.last().unwrap().offset, trampoline.saturated);
        assert_eq!(trampolines.code[trampoline.saturated as usize], 0xcc);
        &places[..places.len() - 1]
    } else {
        &places[..]
    };
    let is_paced = trampoline.counter != trampoline.site;
    let (mut next, mut counts, mut ended) = (trampoline.start.0, Vec::new(), false);
    for place in places {
        let instruction = copied(place.offset);
        let from = || original(place.original.0);
        if instruction.segment_prefix() == Register::GS {
            let (counting, counter) = match is_paced && counts.is_empty() {
                true => (Mnemonic::Add, trampoline.counter),
                false if trampoline.saturates() && !is_paced => (Mnemonic::Add, trampoline.site),
                false => (Mnemonic::Mov, trampoline.site),
            };
            counts.push(place.original.0);
            assert_eq!((instruction.mnemonic(), instruction.immediate8()), (counting, 1));
            let bits = if counting == Mnemonic::Add { 16 } else { 8 };
            assert_eq!(instruction.memory_size().size() * 8, bits);
            assert_eq!(instruction.memory_displacement64(), u64::from(counter * COUNTER_LENGTH));
            assert!((trampoline.saturates() && !is_paced) || !place.counted_early);
        } else if trampoline.saturates() && place.offset + instruction.len() as u32 == trampoline.resume {
            assert_eq!(instruction.mnemonic(), Mnemonic::Js);
            assert_eq!(instruction.near_branch_target(), u64::from(trampoline.saturated));
        } else if place.return_pushed {
            let call = from();
            assert_eq!((instruction.mnemonic(), call.mnemonic()), (Mnemonic::Jmp, Mnemonic::Call));
            assert_eq!(
                (instruction.memory_base(), instruction.op0_register()),
                (call.memory_base(), call.op0_register())
            );
        } else if ended || (!counts.is_empty() && is_jump_to(&instruction, place.original.0)) {
            assert!(is_jump_to(&instruction, place.original.0), "a jump back, or to the called function");
        } else if place.original.0 != next {
            panic!("{:x} is not the next instruction", place.original.0);
        } else if matches!(from().flow_control(), FlowControl::Call | FlowControl::IndirectCall) {
            assert_eq!(instruction.mnemonic(), Mnemonic::Push);
            let address = instruction.ip_rel_memory_address() as usize;
            assert_eq!(trampolines.code[address..address + 8], from().next_ip().to_le_bytes());
            ended = true;
        } else if (is_paced || !trampoline.saturates())
            && place.original.0 == site
            && from().flow_control() == FlowControl::ConditionalBranch
        {
            check_both_ways(&instruction, &from(), places, &copied, &is_jump_to);
            return;
        } else {
            match from().flow_control() {
                FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch => {
                    assert_eq!(instruction.mnemonic(), from().mnemonic());
                    assert!(leads_to(instruction.near_branch_target(), from().near_branch_target()));
                }
                _ => assert_eq!(meaning(&instruction), meaning(&from()), "at {next:x}"),
            }
            next = from().next_ip();
            let follower = places.iter().find(|other| other.offset > place.offset);
            let is_way_back =
                |other: &PcMapEntry| other.original.0 == next && is_jump_to(&copied(other.offset), next);
            ended = from().flow_control() != FlowControl::Next || follower.is_some_and(is_way_back);
        }
    }
    assert_eq!(counts.len(), 1 + usize::from(is_paced), "it counts once, and its passes");
}

/// The end of a copy that counts behind a conditional jump, whatever that does.
fn check_both_ways(
    jump: &Instruction,
    original: &Instruction,
    places: &[PcMapEntry],
    copied: &impl Fn(u32) -> Instruction,
    is_jump_to: &impl Fn(&Instruction, u64) -> bool,
) {
    assert_eq!(jump.mnemonic(), original.mnemonic());
    for (from, to) in
        [(jump.next_ip(), original.next_ip()), (jump.near_branch_target(), original.near_branch_target())]
    {
        let place = |offset: u64| places.iter().rfind(|place| u64::from(place.offset) == offset).unwrap();
        let (count, before) = (copied(from as u32), place(from));
        assert_eq!((count.mnemonic(), count.segment_prefix()), (Mnemonic::Mov, Register::GS));
        assert_eq!(before.original.0, original.ip(), "not counted yet: the jump is made again");
        assert!(is_jump_to(&copied(count.next_ip() as u32), to));
        assert_eq!(place(count.next_ip()).original.0, to);
    }
}

/// Checks that the code of all copies, one instruction after the other, is mapped to original code.
fn check_pc_map(trampolines: &Trampolines) {
    let end = trampolines.entries.last().map_or(0, |_| trampolines.returns);
    let mut places = trampolines.pc_map.iter().map(|place| place.offset).peekable();
    let mut offset = 0;
    while offset < end && places.peek().is_some() {
        let instruction = decoded(&trampolines.code[offset as usize..], offset.into());
        let mut is_mapped = false;
        while places.next_if_eq(&offset).is_some() {
            is_mapped = true;
        }
        // The jump to a function that was called has been mapped with the push before it.
        assert!(is_mapped, "{offset:x} maps to nothing");
        offset += instruction.len() as u32;
    }
    assert_eq!(places.next(), None);
}

/// The bytes that are replaced together, and whether a task may run the first of them.
struct Patch {
    start: u64,
    end: u64,
    is_run: bool,
}

/// Checks where the jumps are: no two overlap, no direct jump leads into one, and what a springboard replaces
/// is not run.
fn check_jumps(object: &Object, bytes: &[u8]) {
    let trampolines = &object.trampolines;
    let file = object::File::parse(bytes).unwrap();
    let mut patches = Vec::new();
    for entry in &trampolines.entries {
        let length = match entry.entrance {
            Entrance::Jump => 5,
            Entrance::Springboard(index) => {
                let springboard = &trampolines.springboards[index as usize];
                assert_eq!(trampolines.entries[springboard.entry as usize], *entry);
                let distance = springboard.address.0.wrapping_sub(entry.start.0 + 2).cast_signed();
                assert!((-128..128).contains(&distance), "it is in reach");
                2
            }
            Entrance::Copies => continue,
        };
        patches.push(Patch { start: entry.start.0, end: entry.start.0 + length, is_run: true });
    }
    let mut code = (0, Vec::new());
    for springboard in &trampolines.springboards {
        let (start, end) = (springboard.address.0, springboard.address.0 + 5);
        patches.push(Patch { start, end, is_run: false });
        if !(code.0..code.0 + code.1.len() as u64).contains(&start) {
            code = section_at(bytes, start);
        }
        let at = (start - code.0) as usize;
        assert_eq!(code.1[at..at + 5], trampolines.originals[springboard.original as usize..][..5]);
        let host = trampolines.over(springboard.address);
        let sites = object.sites.partition_point(|site| site.address.0 < start)
            ..object.sites.partition_point(|site| site.address.0 < end);
        if let Some(host) = host {
            assert_eq!(host.entrance, Entrance::Jump);
            assert!(host.start.0 + 5 <= start && end <= host.start.0 + u64::from(host.length));
            let of_host = |site: usize| (site..host.site as usize).all(|site| object.sites[site].joined);
            assert!(sites.clone().all(of_host), "no other block is there");
        } else {
            assert!(sites.is_empty());
            let mut here = start;
            while here < end {
                let filler = decoded(&code.1[(here - code.0) as usize..], here);
                assert!(is_filler(&filler, &code, here), "{here:x} is padding");
                here = filler.next_ip();
            }
        }
    }
    patches.sort_by_key(|patch| patch.start);
    assert!(patches.windows(2).all(|pair| pair[0].end <= pair[1].start), "no two overlap");
    for section in file.sections().filter(|section| section.kind() == object::SectionKind::Text) {
        let data = section.data().unwrap();
        let decoder = Decoder::with_ip(64, data, section.address(), DecoderOptions::NONE);
        for jump in decoder.into_iter().filter(|it| it.op0_kind() == OpKind::NearBranch64) {
            let target = jump.near_branch_target();
            let patch = patches.partition_point(|patch| patch.start <= target).checked_sub(1);
            let into = patch.map(|patch| &patches[patch]).filter(|patch| target < patch.end);
            assert!(into.is_none_or(|patch| patch.is_run && patch.start == target), "{target:x}");
        }
    }
}

/// A springboard can begin inside a long `nop`, since none of it is run.
fn is_filler(instruction: &Instruction, code: &(u64, Vec<u8>), address: u64) -> bool {
    let is_nop = |it: &Instruction| matches!(it.mnemonic(), Mnemonic::Nop | Mnemonic::Int3);
    let around = (1..12).map(|back| decoded(&code.1[(address - back - code.0) as usize..], address - back));
    is_nop(instruction) || around.into_iter().any(|it| is_nop(&it) && it.next_ip() > address)
}

fn check(object: &Object, path: &Path) -> usize {
    let bytes = fs::read(path).unwrap();
    let trampolines = &object.trampolines;
    let ends = trampolines.entries.iter().skip(1).map(|trampoline| trampoline.copy);
    let ends = ends.chain([trampolines.returns]);
    let (mut taken, mut code) = (0, (0, Vec::new()));
    for (trampoline, end) in trampolines.entries.iter().zip(ends) {
        let site = &object.sites[trampoline.site as usize];
        assert!(!site.joined, "it is at the end of a block");
        assert!(trampoline.start.0 >= taken, "no two replace the same code");
        taken = trampoline.start.0 + u64::from(trampoline.length);
        if !(code.0..code.0 + code.1.len() as u64).contains(&trampoline.start.0) {
            code = section_at(&bytes, trampoline.start.0);
        }
        let at = (trampoline.start.0 - code.0) as usize;
        let original = &trampolines.originals[trampoline.original as usize..][..trampoline.length as usize];
        assert_eq!(code.1[at..at + original.len()], *original);
        let behind = object.sites.get(trampoline.site as usize + 1);
        assert!(behind.is_none_or(|behind| behind.address.0 >= taken), "no other block begins in it");
        check_copy(object, trampoline, end, &code);
    }
    let sites: BTreeSet<u32> = trampolines.entries.iter().map(|trampoline| trampoline.site).collect();
    assert_eq!(sites.len(), trampolines.entries.len());
    check_pc_map(trampolines);
    check_jumps(object, &bytes);
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
    let ours = |source: &Path| source.starts_with(paths::repository().join("src"));
    let object = read_all(path, &ours);
    let count = check(&object, path);
    assert!(count > 1000, "{count}");
    // With sqlite and the standard library, too.
    let object = read_all(path, &|_| true);
    assert!(check(&object, path) > count);
    let blocks = object.sites.iter().filter(|site| !site.joined).count();
    let springboards = object.trampolines.springboards.len();
    println!("{} of {blocks} blocks, {springboards} springboards", object.trampolines.entries.len());
}

/// The C library has much assembly, and functions whose jumps are not known.
#[test]
fn so_does_a_copy_of_the_c_library() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let path = maps.lines().filter_map(|line| line.split_ascii_whitespace().nth(5));
    let path =
        Path::new(path.into_iter().find(|path| path.contains("/libc.so")).expect("this program uses it"));
    let object = read_all(path, &|_| true);
    println!("{} of {} sites", check(&object, path), object.sites.len());
}

fn read_all(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Object {
    forkcov::object::read(&fs::File::open(path).unwrap(), path, wanted).unwrap()
}
