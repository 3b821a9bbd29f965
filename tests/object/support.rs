//! What the tests of `forkcov::object` share: real compilers, and binutils as the independent reader.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};

use forkcov::object::{self, DebugSearch, Object};
use forkcov_testing::needs;
use forkcov_testing::sandbox::Sandbox;

/// A file name (without directory), a line and an address.
pub type Row = (String, u32, u64);

/// Sources in a directory of their own, and what is built of them.
pub struct Workshop(Sandbox);

impl Workshop {
    /// Writes `sources`, pairs of a relative path and a text.
    pub fn new(sources: &[(&str, &str)]) -> Self {
        let workshop = Self(Sandbox::in_directory(&std::env::temp_dir()));
        for (name, text) in sources {
            let path = workshop.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        workshop
    }

    /// The absolute path of a file in it, as the compilers see it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path("").canonicalize().unwrap().join(name)
    }

    /// See [`Sandbox::builds`].
    pub fn run(&self, compiler: &str, arguments: &[&str]) -> bool {
        self.0.builds(compiler, arguments)
    }

    /// See [`Sandbox::tool`].
    pub fn tool(&self, name: &str, arguments: &[&str]) {
        self.0.tool(name, arguments);
    }

    /// See [`Sandbox::try_tool`].
    pub fn try_tool(&self, name: &str, arguments: &[&str]) -> bool {
        self.0.try_tool(name, arguments)
    }

    /// Reads `name`, with all sources below this directory wanted.
    pub fn read(&self, name: &str) -> Object {
        let below = self.path("");
        read(&self.path(name), &|path| path.starts_with(&below))
    }
}

/// Two objects have the same code, and the same lines and functions in it.
#[track_caller]
pub fn same(found: &Object, expected: &Object, context: &str) {
    assert_eq!(found.segments, expected.segments, "{context}");
    assert_eq!(found.files, expected.files, "{context}");
    assert_eq!(rows(found), rows(expected), "{context}");
    assert_eq!(found.functions, expected.functions, "{context}");
    assert_eq!(found.sites, expected.sites, "{context}");
    assert_eq!(found.lines, expected.lines, "{context}");
}

/// Reads an object that must be readable.
pub fn read(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Object {
    read_with(&DebugSearch::default(), path, wanted)
}

/// The same, with other places for debug information.
pub fn read_with(search: &DebugSearch, path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Object {
    let file = File::open(path).unwrap();
    let object = object::read_with(search, &file, path, wanted).expect("a readable object");
    check(&object);
    object
}

/// What is true of every object, whatever is in it.
pub fn check(object: &Object) {
    assert!(object.sites.is_sorted_by(|a, b| a.address < b.address));
    assert!(object.lines.is_sorted_by(|a, b| a < b));
    assert!(object.functions.is_sorted_by(|a, b| (a.file, a.line, &a.name) < (b.file, b.line, &b.name)));
    for site in &object.sites {
        assert!((1..=15).contains(&site.length));
    }
    for line in &object.lines {
        assert!((line.site as usize) < object.sites.len());
        assert!((line.file as usize) < object.files.len());
        assert_ne!(line.line, 0);
    }
    for function in &object.functions {
        let sites = [&function.entries[..], &function.inlined].concat();
        assert!(!sites.is_empty() && sites.iter().all(|site| (*site as usize) < object.sites.len()));
        assert!((function.file as usize) < object.files.len());
        assert!(function.line != 0 && function.line <= function.last);
        let has_line = |site: &u32| object.lines.binary_search_by_key(site, |line| line.site).is_ok();
        assert!(function.inlined.iter().all(has_line), "a copy stands where no line does: {function:?}");
        assert!(!function.name.is_empty());
    }
    for file in &object.files {
        assert!(file.is_absolute());
    }
}

/// The lines of an object, with the address of each.
pub fn rows(object: &Object) -> BTreeSet<Row> {
    let row = |line: &object::SiteLine| {
        let file = object.files[line.file as usize].file_name().unwrap();
        let address = object.sites[line.site as usize].address.0;
        (file.to_string_lossy().into_owned(), line.line, address)
    };
    object.lines.iter().map(row).collect()
}

/// The lines of one file of an object.
pub fn lines(object: &Object, file: &str) -> BTreeSet<u32> {
    let lines = rows(object).into_iter();
    lines.filter(|row| row.0 == file).map(|row| row.1).collect()
}

/// Name, file name and line of every function.
pub fn functions(object: &Object) -> BTreeSet<(String, String, u32)> {
    let function = |function: &object::Function| {
        let file = object.files[function.file as usize].file_name().unwrap();
        let file = file.to_string_lossy().into_owned();
        (function.name.clone(), file, function.line)
    };
    object.functions.iter().map(function).collect()
}

/// Names of functions with code of their own, and where that is entered.
pub fn entries(object: &Object) -> BTreeSet<(String, u64)> {
    let address = |site: &u32| object.sites[*site as usize].address.0;
    let of = |function: &object::Function| {
        let name = function.name.clone();
        function.entries.iter().map(address).map(move |address| (name.clone(), address)).collect::<Vec<_>>()
    };
    object.functions.iter().flat_map(of).collect()
}

/// Where a section lies in the file, by its header (elf(5)).
pub fn section(bytes: &[u8], name: &str) -> Option<Range<usize>> {
    let word = |at: usize, size: usize| {
        let mut word = [0; 8];
        word[..size].copy_from_slice(&bytes[at..at + size]);
        u64::from_le_bytes(word) as usize
    };
    let (table, count, names) = (word(0x28, 8), word(0x3c, 2), word(0x3e, 2));
    let range = |index: usize| {
        let header = table + index * 64;
        let start = word(header + 24, 8);
        start..start + word(header + 32, 8)
    };
    let names = range(names).start;
    let called = |index: &usize| {
        bytes[names + word(table + index * 64, 4)..].starts_with(format!("{name}\0").as_bytes())
    };
    (0..count).find(called).map(range)
}

/// What `objdump --dwarf=decodedline` says of the files of interest.
#[derive(Debug, Default)]
pub struct Dump {
    /// The live statement rows.
    pub rows: BTreeSet<Row>,
    /// Those of them that have code: no row of another line follows at the same address.
    with_code: BTreeSet<Row>,
    /// The code of each line, of statement rows or not.
    code: Vec<(String, u32, Range<u64>)>,
}

impl Dump {
    /// Where `found`, the lines of an object, are not those of these rows. A statement row without code may
    /// be a line or not; a line may have more sites within its code.
    pub fn differences(&self, found: &BTreeSet<Row>) -> Vec<Row> {
        let is_inside = |row: &Row| {
            let mut code = self.code.iter().filter(|code| (&code.0, code.1) == (&row.0, row.1));
            code.any(|code| code.2.contains(&row.2))
        };
        let missing = self.with_code.difference(found);
        let strange = found.difference(&self.rows).filter(|row| !is_inside(row));
        missing.chain(strange).take(9).cloned().collect()
    }
}

/// Reads the line table of `path`, for the files called `files`, or for all when none is named.
pub fn objdump(path: &Path, files: &[&str]) -> Dump {
    let output = needs::command("objdump").args(["-w", "--dwarf=decodedline"]).arg(path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut dump = Dump::default();
    let mut sequence: Vec<(Row, bool)> = Vec::new();
    for line in text.lines() {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [file, number, address, rest @ ..] = fields.as_slice() else {
            continue;
        };
        let Some(address) = address.strip_prefix("0x").or((*address == "0").then_some("0")) else {
            continue;
        };
        let address = u64::from_str_radix(address, 16).unwrap();
        if *number == "-" {
            dump.add(std::mem::take(&mut sequence), address, files);
        } else {
            let file = file.rsplit('/').next().unwrap_or_default().to_owned();
            sequence.push(((file, number.parse().unwrap(), address), rest.contains(&"x")));
        }
    }
    dump
}

impl Dump {
    /// Adds a sequence of rows, each with whether it is a statement row, up to `end`.
    fn add(&mut self, sequence: Vec<(Row, bool)>, end: u64, files: &[&str]) {
        // No linker of the tests puts code at 0; a row at the end of its sequence spans nothing.
        if sequence.iter().any(|row| row.0.2 == 0) {
            return;
        }
        let is_wanted = |row: &Row| row.1 != 0 && (files.is_empty() || files.contains(&&*row.0));
        let mut groups = sequence.chunk_by(|(a, _), (b, _)| a.2 == b.2).peekable();
        while let Some(here) = groups.next() {
            let Some((last, _)) = here.last().filter(|(row, _)| row.2 < end) else { continue };
            let next = groups.peek().map_or(end, |next| next[0].0.2);
            let statements = || here.iter().filter(|(row, is_stmt)| *is_stmt && is_wanted(row));
            self.rows.extend(statements().map(|(row, _)| row.clone()));
            self.with_code.extend(statements().map(|(row, _)| row).filter(|row| *row == last).cloned());
            if is_wanted(last) {
                self.code.push((last.0.clone(), last.1, last.2..next));
            }
        }
    }
}
