//! Reading a log: whatever state its writers, or a disk, left it in.

use super::super::data_file::store::FileHits;
use super::layout::{HEADER, LIMIT, MAGIC, NEXT, SLOT, VERSION};
use super::records::{Body, Code, Record, Records};
use crate::numbers::{self, NumberSet};
use crate::runtime::python::Version;
use crate::runtime::python::code_names::Name;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// What a log holds.
#[derive(Debug)]
pub(in crate::data) struct LogContents {
    /// Of the interpreter.
    pub(in crate::data) version: Version,
    /// Each path once.
    pub(in crate::data) sources: Vec<Source>,
    /// What each process, by its serial, ran of which of `sources`; the functions are indices into theirs.
    pub(in crate::data) hits: HashMap<u64, BTreeMap<usize, FileHits>>,
    /// What is wrong, if anything is. What is sound is here.
    pub(in crate::data) damage: Option<String>,
}

/// A source file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::data) struct Source {
    /// Absolute, normalised.
    pub(in crate::data) path: String,
    /// The lines of all its code objects.
    pub(in crate::data) executable: NumberSet,
    /// The line at which each function begins, and its name; each once.
    pub(in crate::data) functions: Vec<(u32, String)>,
}

impl LogContents {
    /// Reads the content of a log.
    ///
    /// Writers that are killed leave records that they never began, or did not complete. That is no damage.
    pub(in crate::data) fn read(log: &[u8]) -> Self {
        let mut reader = Reader::default();
        match check_header(log) {
            Err(reason) => reader.damaged(reason),
            Ok(damage) => {
                reader.version = Version(number(log, VERSION) as u32);
                damage.into_iter().for_each(|reason| reader.damaged(reason));
                for record in Records::of(log) {
                    record
                        .and_then(|record| reader.take(&record))
                        .unwrap_or_else(|reason| reader.damaged(reason));
                }
            }
        }
        let Reader { version, sources, hits, damage, .. } = reader;
        Self { version, sources, hits, damage: damage.map(str::to_owned) }
    }
}

/// What is wrong with the header, or the length of a log; an error if nothing can be read.
fn check_header(log: &[u8]) -> Result<Option<&'static str>, &'static str> {
    if !log.starts_with(&MAGIC) {
        return Err("not a Python log, or one of a newer forkcov");
    }
    if log.len() < HEADER as usize {
        return Err("cut short");
    }
    let (next, limit) = (number(log, NEXT), number(log, LIMIT));
    if limit < HEADER || next < HEADER || !next.is_multiple_of(SLOT) {
        return Ok(Some("its header makes no sense"));
    }
    Ok((limit > log.len() as u64).then_some("cut short"))
}

fn number(log: &[u8], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&log[offset..offset + 8]);
    u64::from_le_bytes(bytes)
}

#[derive(Debug, Default)]
struct Reader {
    version: Version,
    sources: Vec<Source>,
    hits: HashMap<u64, BTreeMap<usize, FileHits>>,
    damage: Option<&'static str>,
    /// What the records so far tell of, by their slots. None refers to one after it.
    items: HashMap<u32, LoggedItem>,
    /// Indices of sources by path, and of functions by source, line and name.
    by_path: HashMap<String, usize>,
    functions: HashMap<(usize, u32, String), u32>,
}

#[derive(Debug)]
enum LoggedItem {
    File(usize),
    Code(LoggedCode),
    Incomplete,
}

#[derive(Debug)]
struct LoggedCode {
    /// `None` if its record is torn.
    source: Option<usize>,
    /// Its index in the source, if it is a function.
    function: Option<u32>,
    name: Name,
}

impl Reader {
    fn damaged(&mut self, reason: &'static str) {
        self.damage.get_or_insert(reason);
    }

    fn take(&mut self, record: &Record) -> Result<(), &'static str> {
        let items = match &record.body {
            Body::Line { code, line } => return self.line(record.process, *code, *line),
            Body::File { path } => LoggedItem::File(self.source(&String::from_utf8_lossy(path))),
            Body::Code(code) => LoggedItem::Code(self.code(code)?),
            Body::Incomplete => LoggedItem::Incomplete,
        };
        self.items.insert(record.slot, items);
        Ok(())
    }

    fn source(&mut self, path: &str) -> usize {
        *self.by_path.entry_ref(path).or_insert_with(|| {
            self.sources.push(Source { path: path.to_owned(), ..Source::default() });
            self.sources.len() - 1
        })
    }

    fn code(&mut self, code: &Code) -> Result<LoggedCode, &'static str> {
        let source = match self.items.get(&code.file) {
            Some(LoggedItem::File(source)) => Some(*source),
            Some(LoggedItem::Incomplete) => None,
            _ => return Err("a code object of no source file"),
        };
        let parent = match self.items.get(&code.parent) {
            Some(LoggedItem::Code(parent)) => Some(&parent.name),
            Some(LoggedItem::Incomplete) => None,
            None if code.parent == 0 => None,
            _ => return Err("a code object within what is none"),
        };
        let lines = code.table.lines(self.version).map_err(|_| "a line table that makes no sense")?;
        let name = Name::of(code, self.version, parent);
        let mut function = None;
        if let Some(source) = source {
            self.sources[source].executable.union_with(&lines);
            let first = u32::try_from(code.table.first).ok().filter(|line| *line < numbers::LIMIT);
            function = first.filter(|_| name.is_defined()).map(|line| self.function(source, line, &name));
        }
        Ok(LoggedCode { source, function, name })
    }

    fn function(&mut self, source: usize, line: u32, name: &Name) -> u32 {
        *self.functions.entry((source, line, name.qualified().to_owned())).or_insert_with_key(|(.., name)| {
            let functions = &mut self.sources[source].functions;
            functions.push((line, name.clone()));
            functions.len() as u32 - 1
        })
    }

    fn line(&mut self, process: u64, code: u32, line: i32) -> Result<(), &'static str> {
        let code = match self.items.get(&code) {
            Some(LoggedItem::Code(code)) => code,
            Some(LoggedItem::Incomplete) => return Ok(()),
            _ => return Err("a line of no code object"),
        };
        let (Some(source), Ok(line @ 1..)) = (code.source, u32::try_from(line)) else { return Ok(()) };
        if line >= numbers::LIMIT {
            return Err("a line number that is too large to be true");
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
        log[VERSION..VERSION + 4].copy_from_slice(&0x030a_00f0_u32.to_le_bytes());
        let end = HEADER + records.len() as u64;
        [NEXT, LIMIT].into_iter().for_each(|at| log[at..at + 8].copy_from_slice(&end.to_le_bytes()));
        log.extend(records);
        log
    }

    /// The records of a source file, a code object of lines 4 and 5, and a hit of it.
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

    proptest! {
        #[test]
        fn what_is_sound_is_read_whatever_follows(tail in prop::collection::vec(slots(), 0..12)) {
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
