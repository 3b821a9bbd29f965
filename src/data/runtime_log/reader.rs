//! Reading a log, in whatever state its writers or a disk left it.

use super::super::file_hits::FileHits;
use super::layout::{HEADER, LIMIT, MAGIC, NEXT, RUNTIME, RUNTIME_SIZE, SLOT, VERSION};
use super::records::{Body, LoggedCode, Record, Records};
use crate::numbers::{self, NumberSet};
use crate::runtime::{self, CodeName, Runtime};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// The content of a log.
#[derive(Debug, Default)]
pub struct LogContents {
    /// The runtime that wrote it; `None` if the log is damaged or the runtime unknown, and then there is no
    /// more.
    pub runtime: Option<&'static dyn Runtime>,
    /// The version of the interpreter, as the runtime encodes it.
    pub version: u32,
    /// The source files, without duplicates.
    pub sources: Vec<Source>,
    /// What each process, by its serial, ran of which of `sources`. Functions are indices into
    /// [`Source::functions`].
    pub hits: HashMap<u64, BTreeMap<usize, FileHits>>,
    /// The first damage that was found, if any. All that is undamaged has been read.
    pub damage: Option<String>,
}

/// A source file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Absolute, normalised.
    pub path: String,
    /// The lines of all its code units.
    pub executable: NumberSet,
    /// The line at which each function begins, and its name; without duplicates.
    pub functions: Vec<(u32, String)>,
}

impl LogContents {
    /// Reads a log.
    ///
    /// Writers that are killed leave records that were never begun, or not completed. That is no damage.
    pub fn read(log: &[u8]) -> Self {
        let (runtime, damage) = match check_header(log) {
            Ok(header) => header,
            Err(reason) => return Self { damage: Some(reason), ..Self::default() },
        };
        let version = number(log, VERSION) as u32;
        let mut reader = Reader::new(runtime, version);
        for record in Records::of(log) {
            let taken = record.and_then(|record| reader.take(&record));
            taken.unwrap_or_else(|reason| reader.damaged(reason));
        }
        let Reader { sources, hits, damage: in_records, .. } = reader;
        let damage = damage.or(in_records).map(str::to_owned);
        Self { runtime: Some(runtime), version, sources, hits, damage }
    }
}

/// The runtime that the header names, and what is wrong with the header or the length of the log; an error if
/// nothing can be read.
fn check_header(log: &[u8]) -> Result<(&'static dyn Runtime, Option<&'static str>), String> {
    if !log.starts_with(&MAGIC) {
        return Err("not a runtime log, or made by another version of forkcov".to_owned());
    }
    if log.len() < HEADER as usize {
        return Err("cut short".to_owned());
    }
    let name = log[RUNTIME..RUNTIME + RUNTIME_SIZE].trim_ascii_end();
    let name = String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or_default());
    let runtime = runtime::by_name(&name).ok_or_else(|| format!("of an unknown runtime, {name:?}"))?;
    let (next, limit) = (number(log, NEXT), number(log, LIMIT));
    if limit < HEADER || next < HEADER || !next.is_multiple_of(SLOT) {
        return Ok((runtime, Some("a malformed header")));
    }
    Ok((runtime, (limit > log.len() as u64).then_some("cut short")))
}

fn number(log: &[u8], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&log[offset..offset + 8]);
    u64::from_le_bytes(bytes)
}

#[derive(Debug)]
struct Reader {
    runtime: &'static dyn Runtime,
    version: u32,
    sources: Vec<Source>,
    hits: HashMap<u64, BTreeMap<usize, FileHits>>,
    damage: Option<&'static str>,
    /// What the records so far describe, by their slots. No record refers to a later one.
    items: HashMap<u32, LoggedItem>,
    /// Indices of sources by path, and of functions by source, line and name.
    by_path: HashMap<String, usize>,
    functions: HashMap<(usize, u32, String), u32>,
}

#[derive(Debug)]
enum LoggedItem {
    File(usize),
    Code(KnownCode),
    Incomplete,
}

#[derive(Debug)]
struct KnownCode {
    /// `None` if the record of its source file is incomplete.
    source: Option<usize>,
    /// Its index in the source, if it is a function.
    function: Option<u32>,
    name: CodeName,
}

impl Reader {
    fn new(runtime: &'static dyn Runtime, version: u32) -> Self {
        Self {
            runtime,
            version,
            sources: Vec::new(),
            hits: HashMap::new(),
            damage: None,
            items: HashMap::new(),
            by_path: HashMap::new(),
            functions: HashMap::new(),
        }
    }

    fn damaged(&mut self, reason: &'static str) {
        self.damage.get_or_insert(reason);
    }

    fn take(&mut self, record: &Record) -> Result<(), &'static str> {
        let item = match &record.body {
            Body::Line { code, line } => return self.line(record.process, *code, *line),
            Body::File { path } => LoggedItem::File(self.source(&String::from_utf8_lossy(path))),
            Body::Code(code) => LoggedItem::Code(self.code(code)?),
            Body::Incomplete => LoggedItem::Incomplete,
        };
        self.items.insert(record.slot, item);
        Ok(())
    }

    fn source(&mut self, path: &str) -> usize {
        *self.by_path.entry_ref(path).or_insert_with(|| {
            self.sources.push(Source { path: path.to_owned(), ..Source::default() });
            self.sources.len() - 1
        })
    }

    fn code(&mut self, code: &LoggedCode) -> Result<KnownCode, &'static str> {
        let source = match self.items.get(&code.file) {
            Some(LoggedItem::File(source)) => Some(*source),
            Some(LoggedItem::Incomplete) => None,
            _ => return Err("a code unit of no source file"),
        };
        let parent = match self.items.get(&code.parent) {
            Some(LoggedItem::Code(parent)) => Some(&parent.name),
            Some(LoggedItem::Incomplete) => None,
            None if code.parent == 0 => None,
            _ => return Err("a code unit inside a record that is none"),
        };
        let unit = self.runtime.read_code(self.version, &code.record, parent);
        let unit = unit.map_err(|_| "a malformed line table")?;
        let mut function = None;
        if let Some(source) = source {
            self.sources[source].executable.union_with(&unit.lines);
            function = unit.definition.map(|line| self.function(source, line, &unit.name));
        }
        Ok(KnownCode { source, function, name: unit.name })
    }

    fn function(&mut self, source: usize, line: u32, name: &CodeName) -> u32 {
        *self.functions.entry((source, line, name.qualified.clone())).or_insert_with_key(|(.., name)| {
            let functions = &mut self.sources[source].functions;
            functions.push((line, name.clone()));
            functions.len() as u32 - 1
        })
    }

    fn line(&mut self, process: u64, code: u32, line: i32) -> Result<(), &'static str> {
        let code = match self.items.get(&code) {
            Some(LoggedItem::Code(code)) => code,
            Some(LoggedItem::Incomplete) => return Ok(()),
            _ => return Err("a line of no code unit"),
        };
        let (Some(source), Ok(line @ 1..)) = (code.source, u32::try_from(line)) else { return Ok(()) };
        if line >= numbers::LIMIT {
            return Err("a line number out of range");
        }
        self.sources[source].executable.insert(line);
        let hits = self.hits.entry(process).or_default().entry(source).or_default();
        hits.lines.insert(line);
        hits.functions.extend(code.function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{CODE, COMPLETE, FILE, LINE, record_header};
    use super::*;
    use proptest::prelude::*;

    /// Something like a record: now and then of a size and content that can be.
    fn slots() -> impl Strategy<Value = Vec<u8>> {
        let header =
            (0..3_u64, 0..5_u64, 0..6_u64, any::<bool>()).prop_map(|(process, kind, slots, complete)| {
                let header = record_header(process, kind, slots * SLOT);
                if complete { header | COMPLETE } else { header }
            });
        let number = prop_oneof![0..40_u32, 250..280_u32, any::<u32>()];
        (header, prop::collection::vec(number, 0..6)).prop_map(|(header, numbers)| {
            let mut bytes = header.to_le_bytes().to_vec();
            bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            bytes.resize(bytes.len().next_multiple_of(SLOT as usize), b'/');
            bytes
        })
    }

    fn log(records: &[u8]) -> Vec<u8> {
        let mut log = vec![0; HEADER as usize];
        log[..MAGIC.len()].copy_from_slice(&MAGIC);
        log[RUNTIME..RUNTIME + 6].copy_from_slice(b"python");
        log[VERSION..VERSION + 4].copy_from_slice(&0x030a_00f0_u32.to_le_bytes());
        let end = HEADER + records.len() as u64;
        [NEXT, LIMIT].into_iter().for_each(|at| log[at..at + 8].copy_from_slice(&end.to_le_bytes()));
        log.extend(records);
        log
    }

    /// The records of a source file, a code unit of lines 4 and 5, and a hit of it.
    fn sound() -> Vec<u8> {
        let mut bytes = record_header(0, FILE, 2 * SLOT).to_le_bytes().to_vec();
        bytes.extend([5, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(b"/a.py\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend(record_header(0, CODE, 3 * SLOT).to_le_bytes());
        let fields = [HEADER as u32 / SLOT as u32, 0, 4, 1, 4, 1, 0, 0];
        bytes.extend(fields.iter().flat_map(|field: &u32| field.to_le_bytes()));
        bytes.extend(b"f\x02\x00\x02\x01\0\0\0");
        bytes.extend(record_header(2, LINE, SLOT).to_le_bytes());
        bytes.extend([HEADER as u32 / SLOT as u32 + 2, 5].iter().flat_map(|field| field.to_le_bytes()));
        [0, 2, 5].into_iter().for_each(|slot| bytes[slot * SLOT as usize + 7] |= 0x80);
        bytes
    }

    #[test]
    fn a_log_of_an_unknown_runtime_is_not_interpreted() {
        let mut other = log(&sound());
        other[RUNTIME..RUNTIME + 6].copy_from_slice(b"cobol\0");
        let contents = LogContents::read(&other);
        assert!(contents.runtime.is_none() && contents.sources.is_empty() && contents.hits.is_empty());
        assert_eq!(contents.damage.as_deref(), Some("of an unknown runtime, \"cobol\""));
    }

    proptest! {
        #[test]
        fn undamaged_records_are_read_whatever_follows(tail in prop::collection::vec(slots(), 0..12)) {
            let contents = LogContents::read(&log(&[sound(), tail.concat()].concat()));
            let source = &contents.sources[0];
            prop_assert_eq!((&*source.path, source.functions.first()), ("/a.py", Some(&(4, "f".to_owned()))));
            prop_assert!(contents.hits[&2][&0].lines.contains(5));
            prop_assert!(contents.hits[&2][&0].functions.contains(0));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..5000_usize) {
            let mut log = log(&bytes);
            log.truncate(cut);
            LogContents::read(&log);
        }
    }
}
