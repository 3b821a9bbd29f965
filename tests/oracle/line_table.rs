//! Where the lines of an executable begin, by a decoder of DWARF that is not forkcov's: `readelf
//! --debug-dump=rawline`.
//!
//! Its decoded form would be easier to read, but names files without their directories.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// The sites of one executable: addresses as its program headers give them, and the lines that begin there.
#[derive(Debug, Default)]
pub struct LineTable {
    /// Every `is_stmt` row of a source under the directory that was asked for.
    pub sites: BTreeMap<u64, Vec<(PathBuf, u32)>>,
    /// The address of the file's beginning.
    pub base: u64,
    /// The address of the function that was asked for.
    pub first: Option<u64>,
}

impl LineTable {
    /// Reads the rows of `executable` whose source is under `sources`; relative names are taken from there.
    /// `first` is the name of a function.
    pub fn read(executable: &Path, sources: &Path, first: Option<&str>) -> Result<LineTable, String> {
        let headers = readelf(&["--wide", "--file-header", "--program-headers"], executable)?;
        let text = text_segments(&headers);
        let base = base(&headers).ok_or_else(|| format!("no segment in {}", executable.display()))?;
        let dump = readelf(&["--wide", "--debug-dump=rawline"], executable)?;
        let mut unit = Unit::new(sources);
        dump.lines().for_each(|line| unit.read(line));
        let first = first.map(|name| symbol(name, executable)).transpose()?.flatten();
        let mut table = LineTable { base, first, ..LineTable::default() };
        for row in unit.kept {
            // A library's unit may name files relative to where it was built, which is not here.
            if row.file.starts_with(sources)
                && row.file.exists()
                && text.iter().any(|segment| segment.contains(&row.address))
            {
                table.sites.entry(row.address).or_default().push((row.file, row.line));
            }
        }
        Ok(table)
    }
}

fn readelf(options: &[&str], file: &Path) -> Result<String, String> {
    let mut command = Command::new("readelf");
    let output = command
        .args(options)
        .arg(file)
        .output()
        .map_err(|why| format!("failed to run {command:?}: {why}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The address of the segment that begins with the file.
fn base(headers: &str) -> Option<u64> {
    let first = headers.lines().find_map(|line| line.trim().strip_prefix("LOAD"))?;
    hexadecimal(first.split_whitespace().nth(1)?)
}

/// The value of a symbol, from lines such as `  1024: 000000000048bbc0   134 FUNC    GLOBAL DEFAULT    1
/// main.main`.
fn symbol(name: &str, executable: &Path) -> Result<Option<u64>, String> {
    let symbols = readelf(&["--wide", "--symbols"], executable)?;
    let mut words = symbols.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    Ok(words.find(|words| words.len() == 8 && words[7] == name).and_then(|words| hexadecimal(words[1])))
}

/// Lines such as `  LOAD  0x001000 0x0000000000001000 0x0000000000001000 0x0001cd 0x0001cd R E 0x1000`.
fn text_segments(headers: &str) -> Vec<Range<u64>> {
    headers
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let executable =
                words.first() == Some(&"LOAD") && words[6..words.len() - 1].concat().contains('E');
            let start = hexadecimal(words.get(2)?)?;
            executable.then_some(start..start + hexadecimal(words.get(5)?)?)
        })
        .collect()
}

#[derive(Debug)]
struct Row {
    file: PathBuf,
    line: u32,
    address: u64,
}

/// The registers of a line number program (DWARF 5, section 6.2.2), and what it has given so far.
struct Unit<'a> {
    sources: &'a Path,
    directories: HashMap<u64, PathBuf>,
    files: HashMap<u64, PathBuf>,
    section: Section,
    file: u64,
    line: u32,
    address: u64,
    is_stmt: bool,
    sequence: Vec<Row>,
    kept: Vec<Row>,
}

#[derive(PartialEq)]
enum Section {
    Other,
    Directories,
    Files,
}

impl<'a> Unit<'a> {
    fn new(sources: &'a Path) -> Self {
        Unit {
            sources,
            directories: HashMap::new(),
            files: HashMap::new(),
            section: Section::Other,
            file: 1,
            line: 1,
            address: 0,
            is_stmt: true,
            sequence: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Takes one line of the dump.
    fn read(&mut self, line: &str) {
        let line = line.trim();
        if line.starts_with("The Directory Table") {
            self.section = Section::Directories;
            self.directories.clear();
        } else if line.starts_with("The File Name Table") {
            self.section = Section::Files;
            self.files.clear();
        } else if let Some((_, operation)) = line.strip_prefix("[0x").and_then(|line| line.split_once(']')) {
            self.section = Section::Other;
            self.execute(operation.trim());
        } else if self.section != Section::Other {
            self.name(line);
        }
    }

    /// An entry of a table: `1  same/a`, `0  (line_strp)  (offset: 0): /tmp`, `1  0  0  0  main.c`.
    fn name(&mut self, line: &str) {
        let fields: Vec<&str> =
            line.split('\t').filter(|field| !field.is_empty() && *field != "(udata)").collect();
        let (Some(Ok(index)), Some(last)) = (fields.first().map(|f| f.parse()), fields.last()) else {
            return;
        };
        let name =
            if last.starts_with('(') { last.split_once("): ").map_or(*last, |(_, name)| name) } else { last };
        // Directory 0 is the compilation's own; before DWARF 5 it is not in the table.
        let own = self.directories.get(&0).map_or(self.sources, PathBuf::as_path).to_owned();
        if self.section == Section::Directories {
            self.directories.insert(index, own.join(name));
        } else {
            let directory = fields.get(1).and_then(|field| field.parse().ok()).unwrap_or(0);
            let directory = self.directories.get(&directory).unwrap_or(&own);
            self.files.insert(index, normalise(&directory.join(name)));
        }
    }

    fn execute(&mut self, operation: &str) {
        let value = |after: &str| {
            operation.rsplit_once(after).map(|(_, rest)| rest.split(' ').next().unwrap_or(rest))
        };
        let address = value(" to 0x").and_then(hexadecimal);
        if operation.starts_with("Special opcode") {
            self.address = operation
                .split_once(" to ")
                .and_then(|(_, rest)| hexadecimal(rest.split(' ').next()?))
                .unwrap();
            self.line = value(" to ").and_then(|line| line.parse().ok()).unwrap();
            self.row();
        } else if operation.starts_with("Copy") {
            self.row();
        } else if operation.starts_with("Advance PC") || operation.starts_with("Extended opcode 2") {
            self.address = address.unwrap_or(self.address);
        } else if operation.starts_with("Advance Line") {
            self.line = value(" to ").and_then(|line| line.parse().ok()).unwrap();
        } else if operation.starts_with("Set File Name") {
            self.file = value("entry ").and_then(|file| file.parse().ok()).unwrap();
        } else if operation.starts_with("Set is_stmt") {
            self.is_stmt = operation.ends_with('1');
        } else if operation.starts_with("Extended opcode 1:") {
            self.end_sequence();
        }
    }

    fn row(&mut self) {
        if let Some(file) = self.files.get(&self.file).filter(|_| self.is_stmt && self.line > 0) {
            self.sequence.push(Row { file: file.clone(), line: self.line, address: self.address });
        }
    }

    /// A sequence that the linker dropped stands at 0, 1 or -1.
    fn end_sequence(&mut self) {
        let dropped = self.sequence.first().is_some_and(|row| matches!(row.address, 0 | 1 | u64::MAX));
        self.kept.extend(self.sequence.drain(..).filter(|_| !dropped));
        (self.file, self.line, self.address, self.is_stmt) = (1, 1, 0, true);
    }
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.trim().trim_start_matches("0x"), 16).ok()
}

fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}
