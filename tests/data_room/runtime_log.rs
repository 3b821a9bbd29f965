//! Runtime logs as probes leave them, without an interpreter.

use crate::support::run_files;
use forkcov::data::RunFiles;
use forkcov::data::runtime_log::{LogId, LogStart, RuntimeLog, sources};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// `PY_VERSION_HEX` of interpreters.
pub const OF_3_10: u32 = 0x030a_0df0;
pub const OF_3_13: u32 = 0x030d_00f0;

/// `co_flags` of a function, and of modules and classes.
pub const FUNCTION: u32 = 0x43;
pub const OTHER: u32 = 0;

pub const SLOT: usize = 16;
pub const HEADER: usize = 64;
pub const LINE: u64 = 1;
pub const CODE: u64 = 3;
pub const ARC: u64 = 4;

/// A code object; its lines ascend from the first.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    pub file: u32,
    pub parent: u32,
    pub flags: u32,
    pub name: &'a str,
    pub lines: &'a [u32],
}

/// The writer of the log of one process.
pub struct Probe {
    pub log: RuntimeLog,
    files: RunFiles,
    version: u32,
    process: u64,
    /// The offset of the next record.
    pub next: u64,
}

impl Probe {
    /// The `number`-th log of `run`, of the process `process`, in an interpreter that has started.
    pub fn start(data_file: &Path, run: &str, number: u32, version: u32, process: u64) -> Self {
        Self::create(run_files(data_file, run), number, version, process, None)
    }

    /// The log of a child of this process.
    pub fn fork(&self, number: u32, process: u64) -> Self {
        let parent = forkcov::data::names::runtime_log_number(&self.log.path()).unwrap();
        Self::create(self.files.clone(), number, self.version, process, Some((parent, self.log.end())))
    }

    fn create(files: RunFiles, number: u32, version: u32, process: u64, parent: Option<(u32, u32)>) -> Self {
        let first = parent.map_or(0, |(_, end)| end);
        let parent = parent.map(|(number, _)| LogId { file: number, place: None });
        let start = LogStart { runtime: "python", version, owner: process, parent, first };
        let log = RuntimeLog::create(&files, number, &start).unwrap();
        Self { log, files, version, process, next: HEADER as u64 }
    }

    /// The number of a source file in the list of the run.
    pub fn file(&self, path: &str) -> u32 {
        let list = self.files.directory.path().join(self.files.names.source_list());
        let mut bytes = fs::read(&list).unwrap_or(b"fcSourc1".to_vec());
        bytes.extend((path.len() as u32).to_le_bytes());
        bytes.extend(path.as_bytes());
        fs::write(list, &bytes).unwrap();
        sources::read(&bytes).unwrap().len() as u32
    }

    pub fn code(&mut self, code: &Code) -> u32 {
        self.append(&code_record(self.process, self.version, code))
    }

    pub fn line(&mut self, code: u32, line: u32) {
        self.append(&line_record(self.process, code, line));
    }

    pub fn arc(&mut self, code: u32, from: u32, to: i32) {
        self.append(&arc_record(self.process, code, from, to));
    }

    pub fn lines(&mut self, code: u32, lines: &[u32]) {
        lines.iter().for_each(|line| self.line(code, *line));
    }

    /// Writes `record`, and gives its slot.
    pub fn append(&mut self, record: &[u8]) -> u32 {
        assert_eq!(record.len() % SLOT, 0);
        let at = self.next;
        self.next += record.len() as u64;
        self.log.grow(self.next).unwrap();
        open(&self.log).write_all_at(record, at).unwrap();
        self.log.first() + (at / SLOT as u64) as u32
    }
}

fn open(log: &RuntimeLog) -> File {
    fs::File::options().read(true).write(true).open(log.path()).unwrap()
}

/// A record of this content, which follows its first 8 bytes.
pub fn record(process: u64, kind: u64, content: &[u8]) -> Vec<u8> {
    let size = (8 + content.len()).next_multiple_of(SLOT);
    let slots = (size / SLOT) as u64;
    let header = (process + 1) | slots << 32 | kind << 56 | 1 << 63;
    let mut record = [&header.to_le_bytes(), content].concat();
    record.resize(size, 0);
    record
}

pub fn line_record(process: u64, code: u32, line: u32) -> Vec<u8> {
    record(process, LINE, &numbers(&[code, line]))
}

pub fn arc_record(process: u64, code: u32, from: u32, to: i32) -> Vec<u8> {
    record(process, ARC, &numbers(&[code, from, to.cast_unsigned(), 0, 0, 0]))
}

pub fn code_record(process: u64, version: u32, code: &Code) -> Vec<u8> {
    let Code { file, parent, flags, name, lines } = *code;
    let table: Vec<u8> = deltas(lines).flat_map(|delta| entry(version, delta)).collect();
    let fields = [file, parent, lines[0], name.len() as u32, table.len() as u32, flags, 0, 0];
    record(process, CODE, &[&numbers(&fields), name.as_bytes(), &table].concat())
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn deltas(lines: &[u32]) -> impl Iterator<Item = u8> {
    lines.iter().enumerate().map(|(at, line)| (line - lines[at.saturating_sub(1)]) as u8)
}

/// An instruction that is so many lines, fewer than 32, after the one before.
fn entry(version: u32, delta: u8) -> [u8; 2] {
    match version {
        OF_3_10 => [2, delta],
        OF_3_13 => [0x80 | 13 << 3, delta << 1],
        other => panic!("no line table for {other:x}"),
    }
}
