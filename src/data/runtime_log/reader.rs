//! Reading a log, in whatever state its writer or a disk left it.
//!
//! A log belongs to one process, which can write anything into it. So nothing in it may cost more memory than
//! [`MOST_BYTES_OF_SETS`] and a small multiple of its size, and records of other processes are ignored.

use super::super::file_hits::FileHits;
use super::layout::{
    FIRST, HEADER, MAGIC, OWNER, PARENT, PARENT_PLACE, PLACE, RUNTIME, RUNTIME_SIZE, SIZE, VERSION,
};
use super::records::{Body, LoggedCode, Record, Records};
use super::writer::{LogId, MOST};
use crate::numbers::{self, NumberSet};
use crate::runtime::{self, CodeName, Runtime};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// The sets of lines that a log has take no more memory. A set takes a bit for each number up to the
/// greatest, so one of a few lines can be large.
const MOST_BYTES_OF_SETS: u64 = 1 << 28;

/// The content of a log.
#[derive(Debug, Default)]
pub struct LogContents {
    /// The runtime that wrote it; `None` if the log is damaged or the runtime unknown, and then there is no
    /// more.
    pub runtime: Option<&'static dyn Runtime>,
    /// The version of the interpreter, as the runtime encodes it.
    pub version: u32,
    /// The serial of the process that it belongs to.
    pub owner: u64,
    /// The log that it continues.
    pub parent: Option<LogId>,
    /// The number of its first slot. Those below are in the logs that it continues.
    pub first: u32,
    /// The code units that it describes, by their slots.
    pub units: HashMap<u32, LoggedUnit>,
    /// The source files of these code units, by their numbers in the list of the run.
    pub sources: BTreeMap<u32, Source>,
    /// What its process ran of which of `sources`. Functions and branches are indices into
    /// [`Source::functions`] and [`Source::arcs`].
    pub hits: BTreeMap<u32, FileHits>,
    /// What its process ran of code units that are described in the logs that it continues: slots and lines.
    pub inherited: Vec<(u32, u32)>,
    /// The arcs that it took of these code units: slots and arcs.
    pub inherited_arcs: Vec<(u32, Arc)>,
    /// The first damage that was found, if any. All that is undamaged has been read.
    pub damage: Option<String>,
}

/// A code unit that a log describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedUnit {
    /// Its writer was killed before its record was complete.
    Incomplete,
    /// A unit of this source file, and its index in the functions of that if it is a function.
    Complete {
        /// The number of the source file.
        source: u32,
        /// An index into [`Source::functions`].
        function: Option<u32>,
    },
}

/// What a log says of a source file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The lines of its code units.
    pub executable: NumberSet,
    /// The line at which each function begins, and its name; without duplicates.
    pub functions: Vec<(u32, String)>,
    /// The arcs that the process took, without duplicates.
    pub arcs: Vec<Arc>,
}

/// Control goes from one line to another; if it leaves the code unit, to the first line of that, negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arc {
    /// The line that it leaves.
    pub from: u32,
    /// Where it leads to.
    pub to: i32,
}

impl LogContents {
    /// Reads a log.
    ///
    /// Writers that are killed leave records that were never begun, or not completed. That is no damage.
    pub fn read(log: &[u8]) -> Self {
        let runtime = match check_header(log) {
            Ok(runtime) => runtime,
            Err(reason) => return Self { damage: Some(reason), ..Self::default() },
        };
        let field = |offset: usize| number(log, offset) as u32;
        let contents = Self {
            runtime: Some(runtime),
            version: field(VERSION),
            owner: number(log, OWNER),
            parent: field(PARENT)
                .checked_sub(1)
                .map(|file| LogId { file, place: field(PARENT_PLACE).checked_sub(1) }),
            first: field(FIRST),
            ..Self::default()
        };
        let mut reader = Reader {
            contents,
            runtime,
            names: HashMap::new(),
            functions: HashMap::new(),
            arcs: HashMap::new(),
            bytes_of_sets: 0,
        };
        if number(log, SIZE) > log.len() as u64 {
            reader.damaged("cut short");
        }
        for record in Records::of(log) {
            let taken = record.and_then(|record| reader.take(&record));
            taken.unwrap_or_else(|reason| reader.damaged(reason));
        }
        let mut contents = reader.contents;
        contents.inherited.sort_unstable();
        contents.inherited.dedup();
        contents.inherited_arcs.sort_unstable();
        contents.inherited_arcs.dedup();
        contents
    }

    /// The bytes of the log at a place among the logs of children in `file`.
    ///
    /// # Errors
    /// When it cannot be read, or is not there.
    pub fn bytes_at(file: &File, place: u32) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; PLACE as usize];
        file.read_exact_at(&mut bytes, u64::from(place) * PLACE)?;
        Ok(bytes)
    }

    /// The bytes of the log that is all of `file`.
    ///
    /// # Errors
    /// When it cannot be read, or has more bytes than a log can have.
    pub fn bytes(file: &File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(MOST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST {
            return Err(io::Error::other("longer than a log can be"));
        }
        Ok(bytes)
    }
}

/// The runtime that the header names; an error if nothing can be read.
fn check_header(log: &[u8]) -> Result<&'static dyn Runtime, String> {
    if !log.starts_with(&MAGIC) {
        return Err("not a runtime log, or made by another version of forkcov".to_owned());
    }
    if log.len() < HEADER as usize {
        return Err("cut short".to_owned());
    }
    let name = &log[RUNTIME..RUNTIME + RUNTIME_SIZE];
    let name = String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or_default());
    runtime::by_name(&name).ok_or_else(|| format!("of an unknown runtime, {name:?}"))
}

/// The 8 bytes at an offset of the header.
fn number(log: &[u8], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&log[offset..offset + 8]);
    u64::from_le_bytes(bytes)
}

#[derive(Debug)]
struct Reader {
    contents: LogContents,
    runtime: &'static dyn Runtime,
    /// The names of the units so far, by slot. No record refers to a later one.
    names: HashMap<u32, CodeName>,
    /// Indices of functions by source, line and name.
    functions: HashMap<(u32, u32, String), u32>,
    /// Indices of arcs by source.
    arcs: HashMap<(u32, Arc), u32>,
    bytes_of_sets: u64,
}

impl Reader {
    fn damaged(&mut self, reason: &str) {
        self.contents.damage.get_or_insert_with(|| reason.to_owned());
    }

    fn take(&mut self, record: &Record) -> Result<(), &'static str> {
        // Another process is not this log's concern, whatever is said of it.
        if record.process & u64::from(u32::MAX) != self.contents.owner & u64::from(u32::MAX) {
            return Err("a record of another process");
        }
        let slot = self.contents.first.checked_add(record.slot).ok_or("a slot out of range")?;
        let unit = match &record.body {
            Body::Line { code, line } => return self.line(*code, *line),
            Body::Arc { code, from, to } => return self.arc(*code, *from, *to),
            Body::Code(code) => self.unit(slot, code)?,
            Body::Incomplete => LoggedUnit::Incomplete,
        };
        self.contents.units.insert(slot, unit);
        Ok(())
    }

    fn unit(&mut self, slot: u32, code: &LoggedCode) -> Result<LoggedUnit, &'static str> {
        let source = code.file;
        if source == 0 {
            return Err("a code unit of no source file");
        }
        let parent = match (self.names.get(&code.parent), self.contents.units.get(&code.parent)) {
            (None, None) if code.parent != 0 => return Err("a code unit inside a record that is none"),
            (name, _) => name,
        };
        let unit = self.runtime.read_code(self.contents.version, &code.record, parent);
        let unit = unit.map_err(|_| "a malformed line table")?;
        if let Some(last) = unit.lines.last() {
            self.make_room(source, last)?;
        }
        self.contents.sources.entry(source).or_default().executable.union_with(&unit.lines);
        let function = unit.definition.map(|line| self.function(source, line, &unit.name));
        self.names.insert(slot, unit.name);
        Ok(LoggedUnit::Complete { source, function })
    }

    fn function(&mut self, source: u32, line: u32, name: &CodeName) -> u32 {
        *self.functions.entry((source, line, name.qualified.clone())).or_insert_with_key(|(.., name)| {
            let functions = &mut self.contents.sources.entry(source).or_default().functions;
            functions.push((line, name.clone()));
            functions.len() as u32 - 1
        })
    }

    fn line(&mut self, code: u32, line: i32) -> Result<(), &'static str> {
        let Ok(line @ 1..) = u32::try_from(line) else { return Ok(()) };
        if line >= numbers::LIMIT {
            return Err("a line number out of range");
        }
        if code < self.contents.first && code > 0 {
            self.contents.inherited.push((code, line));
            return Ok(());
        }
        let (source, function) = match self.contents.units.get(&code) {
            Some(LoggedUnit::Complete { source, function }) => (*source, *function),
            Some(LoggedUnit::Incomplete) => return Ok(()),
            None => return Err("a line of no code unit"),
        };
        self.make_room(source, line)?;
        self.contents.sources.entry(source).or_default().executable.insert(line);
        let hits = self.contents.hits.entry(source).or_default();
        hits.lines.insert(line);
        hits.functions.extend(function);
        Ok(())
    }

    fn arc(&mut self, code: u32, from: i32, to: i32) -> Result<(), &'static str> {
        let is_line = |line: i32| (1..numbers::LIMIT).contains(&line.unsigned_abs());
        let Some(from) = u32::try_from(from).ok().filter(|_| is_line(from) && is_line(to)) else {
            return Err("an arc of a line number out of range");
        };
        let arc = Arc { from, to };
        if code < self.contents.first && code > 0 {
            self.contents.inherited_arcs.push((code, arc));
            return Ok(());
        }
        let source = match self.contents.units.get(&code) {
            Some(LoggedUnit::Complete { source, .. }) => *source,
            Some(LoggedUnit::Incomplete) => return Ok(()),
            None => return Err("an arc of no code unit"),
        };
        let index = *self.arcs.entry((source, arc)).or_insert_with(|| {
            let arcs = &mut self.contents.sources.entry(source).or_default().arcs;
            arcs.push(arc);
            arcs.len() as u32 - 1
        });
        self.contents.hits.entry(source).or_default().branches.get_or_insert_default().insert(index);
        Ok(())
    }

    /// Makes sure that the sets of a source may have this line.
    fn make_room(&mut self, source: u32, line: u32) -> Result<(), &'static str> {
        let known = self.contents.sources.get(&source).and_then(|source| source.executable.last());
        if known.is_some_and(|known| line <= known) {
            return Ok(());
        }
        // A set of executable lines and one of hits.
        let more = 2 * u64::from(line - known.unwrap_or_default()) / 8;
        if self.bytes_of_sets + more > MOST_BYTES_OF_SETS {
            return Err("line numbers out of all proportion");
        }
        self.bytes_of_sets += more;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{CODE, COMPLETE, LINE, SLOT, record_header};
    use super::*;
    use proptest::prelude::*;

    /// The number of the first slot in these tests.
    const START: u32 = 100;

    /// The first slot behind the header.
    const BEGIN: u32 = START + (HEADER / SLOT) as u32;

    /// Something like a record: now and then of a size and content that can be.
    fn slots() -> impl Strategy<Value = Vec<u8>> {
        let header =
            (0..3_u64, 0..5_u64, 0..6_u64, any::<bool>()).prop_map(|(process, kind, slots, complete)| {
                let header = record_header(process, kind, slots * SLOT);
                if complete { header | COMPLETE } else { header }
            });
        let number = prop_oneof![0..40_u32, 90..120_u32, any::<u32>()];
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
        log[FIRST..FIRST + 4].copy_from_slice(&START.to_le_bytes());
        log[OWNER] = 2;
        log.extend(records);
        log
    }

    fn line(process: u64, code: u32, line: u32) -> Vec<u8> {
        let mut bytes = (record_header(process, LINE, SLOT) | COMPLETE).to_le_bytes().to_vec();
        bytes.extend([code, line].iter().flat_map(|field| field.to_le_bytes()));
        bytes
    }

    /// The records of a code unit of lines 4 and 5 of the source file 1, and a hit of it.
    fn sound() -> Vec<u8> {
        let mut bytes = (record_header(2, CODE, 3 * SLOT) | COMPLETE).to_le_bytes().to_vec();
        bytes.extend([1, 0, 4, 1, 4, 1, 0, 0].iter().flat_map(|field: &u32| field.to_le_bytes()));
        bytes.extend(b"f\x02\x00\x02\x01\0\0\0");
        bytes.extend(line(2, BEGIN, 5));
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

    #[test]
    fn lines_of_code_that_was_inherited_are_given_by_its_slot() {
        let lines = [line(2, 7, 3), line(2, BEGIN, 4), line(2, START - 1, 9), line(2, 7, 3)].concat();
        let contents = LogContents::read(&log(&[sound(), lines].concat()));
        assert_eq!((contents.inherited, contents.damage), (vec![(7, 3), (START - 1, 9)], None));
        assert_eq!(contents.hits[&1].lines.iter().collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn what_a_process_says_of_another_is_ignored() {
        let contents = LogContents::read(&log(&[sound(), line(1, BEGIN, 4), line(2, BEGIN, 6)].concat()));
        assert_eq!(contents.hits[&1].lines.iter().collect::<Vec<_>>(), [5, 6]);
        assert_eq!(contents.damage.as_deref(), Some("a record of another process"));
    }

    #[test]
    fn few_lines_cannot_cost_much_memory() {
        let far = numbers::LIMIT - 1;
        let units: Vec<Vec<u8>> = (1..100_u8)
            .map(|source| {
                let mut unit = sound();
                unit[8] = source;
                [&unit[..3 * SLOT as usize], &line(2, BEGIN + 4 * (u32::from(source) - 1), far)].concat()
            })
            .collect();
        let contents = LogContents::read(&log(&units.concat()));
        assert_eq!(contents.damage.as_deref(), Some("line numbers out of all proportion"));
        let most = MOST_BYTES_OF_SETS / (2 * u64::from(far) / 8);
        assert_eq!(contents.hits.len() as u64, most);
    }

    proptest! {
        #[test]
        fn undamaged_records_are_read_whatever_follows(tail in prop::collection::vec(slots(), 0..12)) {
            let contents = LogContents::read(&log(&[sound(), tail.concat()].concat()));
            prop_assert_eq!(contents.sources[&1].functions.first(), Some(&(4, "f".to_owned())));
            prop_assert!(contents.hits[&1].lines.contains(5));
            prop_assert!(contents.hits[&1].functions.contains(0));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..300_usize) {
            let mut log = log(&bytes);
            log.truncate(cut);
            LogContents::read(&log);
        }
    }
}
