//! Which code of an executable belongs to which lines, by a decoder of DWARF that is not forkcov's: `readelf
//! --debug-dump=rawline`. docs/decisions/0008-ranges-of-statement-rows.md has the rules.
//!
//! Its decoded form would be easier to read, but names files without their directories.

use crate::branches::{Branches, Rows};
use crate::disassembly::{Disassembly, Instruction};
use crate::ways::{Segment, Ways, bytes_at};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// A source and a line.
pub type Place = (PathBuf, u32);

/// The statements of one executable, at addresses as its program headers give them.
#[derive(Debug, Default)]
pub struct LineTable {
    /// The lines with a statement that begins at an address: of sources under the directory that was asked
    /// for.
    pub begins: BTreeMap<u64, Vec<Place>>,
    /// The code of statements: the lines of each address at which a row is, and where the next row is. Jumps
    /// into it are known.
    code: BTreeMap<u64, Vec<(u64, Place)>>,
    /// The code of statements in which conditional jumps are branches, as `code`.
    jumps: BTreeMap<u64, Vec<(u64, Place)>>,
    /// The last row at each address, and where the next row is.
    rows: BTreeMap<u64, (u64, Row)>,
    /// Whether GCC has made all of it with optimisation, or all without.
    gcc_optimises: Option<bool>,
    /// The branches of the lines.
    pub branches: Branches,
    /// What leads to its instructions.
    pub ways: Ways,
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
        let segments = segments(&headers);
        let base = base(&headers).ok_or_else(|| format!("no segment in {}", executable.display()))?;
        let dump = readelf(&["--wide", "--debug-dump=rawline"], executable)?;
        let mut unit = Unit::new(sources);
        dump.lines().for_each(|line| unit.read(line));
        unit.remove_main_of_tests(&mains_of_tests(executable)?);
        let first = first.map(|name| symbol(name, executable)).transpose()?.flatten();
        let mut table = LineTable { base, first, ..LineTable::default() };
        // A library's unit may name files relative to where it was built, which is not here.
        let is_ours = |place: &Place| place.1 > 0 && place.0.starts_with(sources) && place.0.exists();
        let is_code = |row: &Row| segments.iter().any(|it| it.is_code && it.addresses.contains(&row.address));
        unit.sequences
            .retain(|(rows, _)| rows.iter().any(|row| is_ours(&row.place)) && rows.iter().all(is_code));
        if !unit.sequences.is_empty() {
            table.gcc_optimises = gcc_optimises(executable)?;
            let ways = Ways::read(executable, &segments)?;
            for (rows, end) in &unit.sequences {
                table.add(rows, *end, &is_ours, &ways);
            }
            table.ways = ways;
            let bytes = fs::read(executable).map_err(|why| format!("{}: {why}", executable.display()))?;
            table.branches =
                Branches::read(executable, &table, &|address| bytes_at(&bytes, &segments, address))?;
        }
        Ok(table)
    }

    /// Adds the statements of a sequence of rows.
    fn add(&mut self, rows: &[Row], end: u64, is_ours: &dyn Fn(&Place) -> bool, ways: &Ways) {
        let groups: Vec<&[Row]> = rows.chunk_by(|a, b| a.address == b.address).collect();
        // The code of each group belongs to its last row.
        let owner = |group: usize| groups.get(group).and_then(|rows| rows.last());
        for (at, rows) in groups.iter().enumerate() {
            let next = groups.get(at + 1).map_or(end, |rows| rows[0].address);
            self.rows.extend(rows.last().map(|row| (row.address, (next, row.clone()))));
        }
        let has_statement =
            |group: usize, place: &Place| groups[group].iter().any(|row| row.is_stmt && row.place == *place);
        let mut statements = vec![false; groups.len()];
        let mut before: Option<usize> = None;
        for group in 0..groups.len() {
            let Some(row) = owner(group) else { continue };
            if row.place.1 == 0 {
                continue;
            }
            let continues =
                before.is_some_and(|at| statements[at] && owner(at).is_some_and(|it| it.place == row.place));
            // Optimising GCC has a statement row wherever a statement begins.
            let jumps = if self.gcc_optimises == Some(true) { ways.only_jumps_to(row.address) } else { &[] };
            let is_own = |jump: &u64| {
                let before = groups.partition_point(|rows| rows[0].address <= *jump);
                before.checked_sub(1).and_then(owner).is_some_and(|it| it.place == row.place)
            };
            let goes_on = jumps.is_empty() || jumps.iter().any(is_own);
            statements[group] = continues && goes_on || has_statement(group, &row.place);
            before = Some(group);
        }
        let is_known = |place: &Place| {
            place.0.extension().is_some_and(|extension| !APART.iter().any(|apart| extension == *apart))
        };
        for (at, rows) in groups.iter().enumerate() {
            let address = rows[0].address;
            for row in rows.iter().filter(|row| row.is_stmt && is_ours(&row.place)) {
                if owner(at).is_some_and(|owner| owner.place == row.place) {
                    continue;
                }
                // Its code is elsewhere: up to the line's next statement row behind it, and where ways join on
                // either side.
                let mut moved: Vec<usize> = Vec::new();
                moved.extend((at + 1..groups.len()).take_while(|other| !has_statement(*other, &row.place)));
                if !is_known(&row.place) || !ways.is_join(address) {
                    self.begin(address, &row.place);
                } else {
                    moved.extend((0..at).rev().take_while(|other| !has_statement(*other, &row.place)));
                }
                moved.retain(|other| owner(*other).is_some_and(|owner| owner.place == row.place));
                moved.into_iter().for_each(|other| statements[other] = true);
            }
        }
        for at in (0..groups.len()).filter(|at| statements[*at]) {
            let Some(Row { place, address, .. }) = owner(at).filter(|row| is_ours(&row.place)) else {
                continue;
            };
            let next = groups.get(at + 1).map_or(end, |rows| rows[0].address);
            if next <= *address {
                continue;
            }
            let continues =
                at > 0 && statements[at - 1] && owner(at - 1).is_some_and(|it| it.place == *place);
            if !continues || has_statement(at, place) {
                self.begin(*address, place);
            }
            // In assembly and in Pascal, a branch begins a statement.
            let has_branches = is_known(place) || place.0.extension().is_some_and(|it| it == "go");
            let end = if has_branches { next.min(ways.function_end(*address)) } else { address + 1 };
            self.jumps.entry(*address).or_default().push((end, place.clone()));
            if is_known(place) {
                let end = next.min(ways.function_end(*address));
                self.code.entry(*address).or_default().push((end, place.clone()));
            }
        }
    }

    fn begin(&mut self, address: u64, place: &Place) {
        let begins = self.begins.entry(address).or_default();
        if !begins.contains(place) {
            begins.push(place.clone());
        }
    }

    /// The row whose code is at `address`.
    fn row(&self, address: u64) -> Option<&Row> {
        let (_, (end, row)) = self.rows.range(..=address).next_back()?;
        (address < *end).then_some(row)
    }

    /// The lines to which the instruction at `address` belongs.
    pub fn lines_of(&self, address: u64) -> impl Iterator<Item = &Place> {
        let here = self.code.range(..=address).next_back();
        let covers = move |(end, place): &'_ (u64, Place)| (address < *end).then_some(place).is_some();
        here.into_iter().flat_map(|(_, lines)| lines).filter(move |line| covers(line)).map(|(_, place)| place)
    }
}

impl Rows for LineTable {
    fn lines_of_jump(&self, address: u64) -> Vec<Place> {
        let here = self.jumps.range(..=address).next_back();
        let lines = here.into_iter().flat_map(|(_, lines)| lines);
        lines.filter(|(end, _)| address < *end).map(|(_, place)| place.clone()).collect()
    }

    fn lines_before(&self, start: u64, address: u64) -> Vec<Place> {
        let row = self.rows.range(..=address).rev().map(|(_, (_, row))| row).find(|row| row.place.1 != 0);
        let lines = row.filter(|row| row.address < address).map(|row| {
            let end = self.jumps.get(&row.address).into_iter().flatten();
            let end = end.filter(|(end, _)| start < *end);
            end.map(|(_, place)| place.clone()).collect()
        });
        lines.unwrap_or_default()
    }

    fn are_beside(&self, one: u64, other: u64) -> bool {
        let place = |row: &Row| (row.place.clone(), row.column, row.discriminator);
        let [one, other] = [one, other].map(|address| self.row(address).map(place));
        one.as_ref().is_some_and(|(place, column, _)| place.1 != 0 && *column != 0) && one == other
    }

    fn line_of_operand(&self, place: &Place, jump: &Instruction, code: &Disassembly) -> Option<Place> {
        let row = self.row(jump.address).filter(|_| self.gcc_optimises == Some(false))?;
        let before = self.row(row.address.checked_sub(1)?)?;
        let run = code.run(code.index(jump.address)?);
        let [.., last, compares, _] = run else { return None };
        let is_register = |operand: &str| operand.starts_with('%') || operand.starts_with('$');
        let only_compares = compares.address == row.address
            && (compares.mnemonic.starts_with("cmp") || compares.mnemonic.starts_with("test"))
            && compares.operands.split(',').all(is_register);
        let is_entered = self.ways.is_referred(compares.address) || self.ways.is_referred(jump.address);
        let is_later = before.place.0 == place.0 && before.place.1 > place.1 && before.is_stmt;
        let is_operand = only_compares && is_later && !is_entered && last.next == compares.address;
        is_operand.then(|| before.place.clone())
    }
}

/// Has GCC made all of an executable that is in C or C++ with optimisation, or all without?
fn gcc_optimises(executable: &Path) -> Result<Option<bool>, String> {
    let info = readelf(&["--wide", "--debug-dump=info"], executable)?;
    let of_gcc = info.lines().filter(|line| line.contains("DW_AT_producer") && line.contains(": GNU C"));
    let optimises = |word: &str| word.starts_with("-O") && word != "-O0";
    let units: BTreeSet<bool> = of_gcc.map(|line| line.split(' ').any(optimises)).collect();
    Ok(if units.len() == 1 { units.first().copied() } else { None })
}

/// Sources whose jumps are not all known: of assemblers, Go and Pascal.
const APART: [&str; 5] = ["s", "S", "asm", "go", "pas"];

/// What `tool` says of `file`.
pub fn output_of(tool: &str, options: &[&str], file: &Path) -> Result<String, String> {
    let mut command = Command::new(tool);
    let output = command
        .args(options)
        .arg(file)
        .output()
        .map_err(|why| format!("failed to run {command:?}: {why}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn readelf(options: &[&str], file: &Path) -> Result<String, String> {
    output_of("readelf", options, file)
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

/// The functions `main` of crates' roots in a program of Rust's test harness, which makes one of them: no
/// source has it, and all its rows are at the beginning of the crate's root.
fn mains_of_tests(executable: &Path) -> Result<Vec<Range<u64>>, String> {
    let symbols = output_of("nm", &["--demangle", "--print-size"], executable)?;
    if !symbols.contains("test::test_main") {
        return Ok(Vec::new());
    }
    let code = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let (address, size) = (hexadecimal(words.next()?)?, hexadecimal(words.next()?)?);
        let name = words.nth(1)?;
        (name.ends_with("::main") && name.matches("::").count() == 1).then_some(address..address + size)
    };
    Ok(symbols.lines().filter_map(code).collect())
}

/// Lines such as `  LOAD  0x001000 0x0000000000001000 0x0000000000001000 0x0001cd 0x0001cd R E 0x1000`.
fn segments(headers: &str) -> Vec<Segment> {
    headers
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first() != Some(&"LOAD") {
                return None;
            }
            let start = hexadecimal(words.get(2)?)?;
            let is_code = words[6..words.len() - 1].concat().contains('E');
            let offset = hexadecimal(words.get(1)?)?;
            Some(Segment { offset, addresses: start..start + hexadecimal(words.get(5)?)?, is_code })
        })
        .collect()
}

#[derive(Debug, Clone)]
struct Row {
    place: Place,
    address: u64,
    is_stmt: bool,
    column: u32,
    discriminator: u32,
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
    column: u32,
    discriminator: u32,
    sequence: Vec<Row>,
    /// Rows, and one past the last address of each sequence.
    sequences: Vec<(Vec<Row>, u64)>,
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
            column: 0,
            discriminator: 0,
            sequence: Vec::new(),
            sequences: Vec::new(),
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
        } else if operation.starts_with("Set column") {
            self.column = value("to ").and_then(|column| column.parse().ok()).unwrap_or(0);
        } else if operation.starts_with("Extended opcode 4:") {
            self.discriminator = value(" Discriminator to ").and_then(|it| it.parse().ok()).unwrap_or(0);
        } else if operation.starts_with("Extended opcode 1:") {
            self.end_sequence();
        }
    }

    fn row(&mut self) {
        let file = self.files.get(&self.file).cloned().unwrap_or_default();
        let Self { line, address, is_stmt, column, discriminator, .. } = *self;
        self.sequence.push(Row { place: (file, line), address, is_stmt, column, discriminator });
        self.discriminator = 0;
    }

    /// Removes the rows of those of these functions that have no column in line 1.
    fn remove_main_of_tests(&mut self, mains: &[Range<u64>]) {
        for (rows, _) in &mut self.sequences {
            for main in mains {
                let is_here = |row: &Row| main.contains(&row.address);
                if rows.iter().filter(|row| is_here(row) && row.place.1 == 1).all(|row| row.column == 0) {
                    rows.iter_mut()
                        .filter(|row| is_here(row) && row.place.1 == 1)
                        .for_each(|row| row.place.1 = 0);
                }
            }
        }
    }

    /// A sequence that the linker dropped stands at 0, 1 or -1. A row at the end covers nothing.
    fn end_sequence(&mut self) {
        let mut rows = std::mem::take(&mut self.sequence);
        let end = self.address;
        rows.retain(|row| row.address < end);
        if rows.first().is_some_and(|row| !matches!(row.address, 0 | 1 | u64::MAX)) {
            self.sequences.push((rows, end));
        }
        (self.file, self.line, self.address, self.is_stmt) = (1, 1, 0, true);
        (self.column, self.discriminator) = (0, 0);
    }
}

pub fn hexadecimal(word: &str) -> Option<u64> {
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
