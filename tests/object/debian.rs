//! A real distribution's debug information: Debian's libbinutils-dbg, stripped, compressed, shared by dwz(1)
//! and made with link-time optimisation. Rows as objdump reads them, entries as readelf and nm do.

use forkcov_testing::needs::{self, Lack};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{entries, objdump, read, rows};

const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu";

/// The libraries of libbinutils that have a debug file, and that.
fn subjects() -> Vec<(PathBuf, PathBuf)> {
    let names = fs::read_dir(LIBRARIES).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ours = ["libbfd-", "libopcodes-", "libctf"].iter().any(|start| name.starts_with(start));
        ours && name.contains(".so") && !name.contains("multiarch") && !path.is_symlink()
    };
    let with_debug_file = |path: PathBuf| {
        let id = read(&path, &|_| false).id;
        let debug = PathBuf::from(format!("/usr/lib/debug/.build-id/{}/{}.debug", &id[..2], &id[2..]));
        debug.exists().then_some((path, debug))
    };
    names.filter(is_one).filter_map(with_debug_file).collect()
}

/// What a tool of binutils says of a file.
fn says(tool: &str, arguments: &[&str], file: &Path) -> String {
    let output = needs::command(tool)
        .args(arguments)
        .arg(file)
        .output()
        .expect("binutils, whose debug files are here");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.trim_start_matches("0x"), 16).ok()
}

/// `DW_AT_low_pc` of every subprogram.
fn low_pcs(debug: &Path) -> BTreeSet<u64> {
    let mut in_subprogram = false;
    let text = says("readelf", &["-wiN"], debug);
    let address = |line: &str| {
        if line.contains("(DW_TAG_") {
            in_subprogram = line.contains("(DW_TAG_subprogram)");
        }
        let is_low_pc = in_subprogram && line.contains("DW_AT_low_pc");
        is_low_pc.then(|| hexadecimal(line.rsplit(' ').next()?)).flatten()
    };
    text.lines().filter_map(address).collect()
}

#[test]
fn the_libraries_of_binutils_agree_with_binutils() {
    let subjects = subjects();
    if subjects.is_empty() {
        needs::give_up(Lack::tool("libbinutils-dbg"));
    }
    for (path, debug) in subjects {
        let object = read(&path, &|_| true);
        assert!(object.diagnostics.is_empty() && object.notes.is_empty(), "{:?}", object.diagnostics);
        assert_eq!(object.dropped.damaged_units, 0);
        let (found, expected) = (rows(&object), objdump(&debug, &[]));
        let differences = expected.differences(&found);
        assert!(differences.is_empty(), "{} {differences:?}", path.display());
        assert!(found.len() > 3000, "{} {}", path.display(), found.len());

        let entries: BTreeSet<_> = entries(&object).into_iter().map(|it| it.1).collect();
        let text = says("nm", &[], &debug);
        let symbols: BTreeSet<_> =
            text.lines().filter_map(|line| hexadecimal(line.split(' ').next()?)).collect();
        assert!(entries.is_subset(&symbols), "{}", path.display());
        assert!(entries.is_superset(&low_pcs(&debug)), "{}", path.display());
        assert!(object.functions.iter().all(|function| !function.name.starts_with("0x")));
    }
}
