//! Damaged files: an error or fewer lines, never a panic, and damage to one unit costs that unit alone.

use forkcov_testing::needs;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};

use forkcov::object::{self, Error, Object};
use object::read;

use crate::support::{self, Workshop, lines, rows, section};

const UNITS: [(&str, &str); 3] = [
    ("one.c", "int one(int x) {\n  int y = x + 1;\n  return y;\n}\n"),
    ("two.c", "int two(int x) {\n  int y = x * 2;\n  return y;\n}\n"),
    ("main.c", "int one(int), two(int);\nint main(void) {\n  return one(1) + two(2) - 6;\n}\n"),
];

/// Builds the three units; `None` without compiler.
fn build(options: &[&str]) -> Option<(Workshop, Vec<u8>)> {
    let workshop = Workshop::new(&UNITS);
    let sources = ["one.c", "two.c", "main.c", "-o", "main"];
    let built = workshop.run("gcc", &[options, &sources].concat());
    let bytes = built.then(|| fs::read(workshop.path("main")).unwrap())?;
    Some((workshop, bytes))
}

/// Reads changed bytes as if they were the program's.
fn read_bytes(workshop: &Workshop, bytes: &[u8]) -> Result<Object, Error> {
    let path = workshop.path("changed");
    fs::write(&path, bytes).unwrap();
    let object =
        read(&File::open(&path).unwrap(), &path, &|path| path.extension().is_some_and(|end| end == "c"));
    if let Ok(object) = &object {
        support::check(object);
    }
    object
}

const SECTIONS: [&str; 6] =
    [".debug_info", ".debug_abbrev", ".debug_line", ".debug_line_str", ".debug_str", ".debug_rnglists"];

#[test]
fn changed_bytes_of_debug_sections_never_panic() {
    for options in [
        &["-gdwarf-5"][..],
        &["-gdwarf-4", "-O2"],
        &["-gdwarf-2"],
        &["-gdwarf-5", "-O2", "-ffunction-sections"],
        &["-gdwarf-5", "-gz=zlib"],
        &["-gdwarf-4", "-gz=zlib-gnu"],
    ] {
        let Some((workshop, bytes)) = build(options) else {
            needs::stop();
        };
        let mut random = fastrand::Rng::with_seed(5);
        for name in SECTIONS {
            let Some(range) =
                section(&bytes, name).or_else(|| section(&bytes, &name.replace(".debug", ".zdebug")))
            else {
                continue;
            };
            for _ in 0..150 {
                let mut bytes = bytes.clone();
                for _ in 0..random.usize(1..4) {
                    bytes[random.usize(range.clone())] = match random.u8(0..4) {
                        0 => 0,
                        1 => 0xff,
                        2 => 0x7f,
                        _ => random.u8(..),
                    };
                }
                read_bytes(&workshop, &bytes).expect("only the debug information is damaged");
            }
        }
    }
}

#[test]
fn changed_headers_and_cut_files_never_panic() {
    let Some((workshop, bytes)) = build(&["-g"]) else {
        needs::stop();
    };
    let mut random = fastrand::Rng::with_seed(6);
    let table = u64::from_le_bytes(bytes[0x28..0x30].try_into().unwrap()) as usize;
    for _ in 0..600 {
        let mut bytes = bytes.clone();
        let area = if random.bool() { 4..0x400 } else { table..bytes.len() };
        bytes[random.usize(area)] = random.u8(..);
        let _ = read_bytes(&workshop, &bytes);
    }
    for _ in 0..200 {
        let _ = read_bytes(&workshop, &bytes[..random.usize(0..bytes.len())]);
    }
}

#[test]
fn an_advance_by_the_least_number_does_not_overflow() {
    // DW_LNS_advance_line by i64::MIN, which cannot be negated.
    let source = ".text\n.globl main\nmain:\nret\n.section .debug_line\n.Lline:\n.long 9f-.-4\n.value 4\n.long 1f-.-4\n\
        1:\n9:\n";
    let program = ".byte 3, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f\n.byte 0, 9, 2\n.quad main\n\
        .byte 1, 2, 1, 0, 1, 1\n";
    let header = ".byte 1, 1, 1, -5, 14, 13\n.byte 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1\n.byte 0\n\
        .string \"main.c\"\n.byte 0, 0, 0\n.byte 0\n";
    let source = source.replace("1:\n9:\n", &format!("{header}1:\n{program}9:\n"));
    let unit = ".section .debug_abbrev\n.byte 1, 0x11, 0, 0x10, 0x17, 0x1b, 8, 0, 0, 0\n.section .debug_info\n\
        .long 9f-.-4\n.value 4\n.long .debug_abbrev\n.byte 8\n.byte 1\n.long .Lline\n.string \"/made\"\n9:\n";
    let workshop = Workshop::new(&[("main.s", &format!("{source}{unit}"))]);
    if workshop.run("gcc", &["-nostartfiles", "-Wl,-e,main", "main.s", "-o", "main"]) {
        let object = support::read(&workshop.path("main"), &|path| path == Path::new("/made/main.c"));
        assert_eq!(object.dropped.damaged_units, 1);
    }
}

/// Offsets of the parts of a section that hold lengths and versions, one range for each unit.
fn units(bytes: &[u8], name: &str) -> Vec<Range<usize>> {
    let all = section(bytes, name).unwrap();
    let mut units = Vec::new();
    let mut at = all.start;
    while at < all.end {
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize + 4;
        units.push(at..at + length);
        at += length;
    }
    units
}

#[test]
fn damage_to_one_unit_keeps_the_lines_of_the_others() {
    for version in ["-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
        let Some((workshop, bytes)) = build(&[version]) else {
            needs::stop();
        };
        let whole = read_bytes(&workshop, &bytes).unwrap();
        let others: BTreeSet<_> = rows(&whole).into_iter().filter(|row| row.0 != "two.c").collect();
        let mut random = fastrand::Rng::with_seed(7);
        let mut noticed = 0;
        for name in [".debug_info", ".debug_line"] {
            let unit = units(&bytes, name)[1].clone();
            // Each byte of the header, then any.
            let header = unit.start..unit.start + 24;
            let anywhere: Vec<_> = (0..200).map(|_| random.usize(unit.clone())).collect();
            for at in header.chain(anywhere) {
                let mut bytes = bytes.clone();
                bytes[at] ^= random.u8(1..);
                let object = read_bytes(&workshop, &bytes).unwrap();
                noticed += usize::from(object.dropped.damaged_units > 0);
                let kept: BTreeSet<_> = rows(&object).into_iter().collect();
                assert!(kept.is_superset(&others), "{version} {name} byte {}", at - unit.start);
            }
        }
        assert!(noticed > 20, "{noticed}");
    }
}

#[test]
fn damaged_abbreviations_of_one_unit_keep_the_lines_of_the_others() {
    let Some((workshop, mut bytes)) = build(&["-g"]) else {
        needs::stop();
    };
    let unit = units(&bytes, ".debug_info")[1].start;
    // DWARF 5: length, version, unit type, address size, then the offset of the abbreviations.
    let offset = u32::from_le_bytes(bytes[unit + 8..unit + 12].try_into().unwrap()) as usize;
    let at = section(&bytes, ".debug_abbrev").unwrap().start + offset;
    bytes[at..at + 8].fill(0xff);
    let object = read_bytes(&workshop, &bytes).unwrap();
    assert!(object.dropped.damaged_units >= 1);
    assert!(lines(&object, "two.c").is_empty());
    assert_eq!(lines(&object, "one.c"), [1, 2, 3, 4].into());
    assert_eq!(lines(&object, "main.c"), [2, 3, 4].into());
}

#[test]
fn a_compressed_section_that_claims_too_much_is_damaged() {
    let Some((workshop, mut bytes)) = build(&["-g", "-gz=zlib"]) else {
        needs::stop();
    };
    let Some(range) = section(&bytes, ".debug_line") else {
        needs::stop();
    };
    // Elf64_Chdr: ch_type, ch_reserved, ch_size.
    bytes[range.start + 8..range.start + 16].copy_from_slice(&(1u64 << 45).to_le_bytes());
    let object = read_bytes(&workshop, &bytes).unwrap();
    assert!(object.dropped.damaged_units >= 1);
    assert!(object.sites.is_empty());
}

#[test]
fn what_is_no_program_of_this_machine_says_so() {
    let workshop = Workshop::new(&[("text", "#!/bin/sh\n"), ("main.s", "ret\n"), ("empty", "")]);
    let open = |path: PathBuf| read(&File::open(&path).unwrap(), &path, &|_| true);
    for name in ["text", "empty"] {
        let error = open(workshop.path(name)).unwrap_err();
        assert!(matches!(error, Error::NotElf { .. }), "{error:?}");
        let path = workshop.path(name);
        assert_eq!(error.to_string(), format!("{} is not an ELF file", path.display()));
    }
    if workshop.run("as", &["--32", "main.s", "-o", "main.o"]) {
        let error = open(workshop.path("main.o")).unwrap_err().to_string();
        assert!(error.contains("is for 32-bit x86, and its lines cannot be covered"), "{error}");
    }
    let directory = workshop.path("");
    let error = open(directory.clone()).unwrap_err();
    assert!(matches!(&error, Error::Unreadable { path, .. } if *path == directory), "{error:?}");
}

#[test]
fn an_object_is_known_by_its_build_id_or_else_its_content() {
    let workshop = Workshop::new(&UNITS);
    let build = |option: &str, name: &str| {
        workshop.run("gcc", &["-g", option, "one.c", "two.c", "main.c", "-o", name])
    };
    if build("-Wl,--build-id=0xabcdef01", "known") {
        assert_eq!(workshop.read("known").id, "abcdef01");
    }
    if build("-Wl,--build-id=none", "unknown") {
        let hash = blake3::hash(&fs::read(workshop.path("unknown")).unwrap());
        assert_eq!(workshop.read("unknown").id, format!("blake3:{hash}"));
    }
}
