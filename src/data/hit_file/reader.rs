//! Reading a hit file, in whatever state its writer or a disk left it.

use super::super::process_record::{ProcessEnd, ProcessRecord};
use super::super::{ContextStart, Image, ProcessStart, TestResult};
use super::segment::{
    self, CounterLayout, HEADER, Header, LeftMetadata, LogName, MAGIC, Metadata, PieceHeader, SegmentKind,
    TableName,
};

/// The content of a hit file.
#[derive(Debug, Default)]
pub struct HitFileContents<'a> {
    /// The process; `None` if the writer was killed before it wrote that, or the segment is damaged.
    pub process: Option<ProcessRecord>,
    /// The hits, in the order in which the file names the objects.
    pub sites: Vec<ObjectHits<'a>>,
    /// The runtime logs that the process wrote to, in their order.
    pub logs: Vec<LogReference>,
    /// Where the process was counting. `None` if all counts are in the hit file.
    pub counters: Option<CounterLayout>,
    /// Whether the writer has finished: it saw the process end, or let it continue. Otherwise the writer was
    /// killed, or the file was cut short.
    pub is_finished: bool,
    /// The damage, if any. All that precedes it is valid and has been read.
    pub damage: Option<String>,
}

/// The hits of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHits<'a> {
    /// File name of the object's table.
    pub table: String,
    /// How many sites the object has.
    pub count: u32,
    /// The pieces. Sites in no piece were not hit.
    pub pieces: Vec<HitPiece<'a>>,
}

/// Some neighbouring sites of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HitPiece<'a> {
    /// The context in which they were hit: 0 for none, then from 1 those of [`ProcessRecord::contexts`].
    pub context: usize,
    /// The first of them.
    pub first: u32,
    /// A byte for each site, not 0 if it was hit. Fewer bytes than sites if the file was cut short.
    pub hits: &'a [u8],
}

/// A runtime log that a process wrote to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReference {
    /// Its file name.
    pub name: String,
    /// Its place in that file; `None` if it is all of it.
    pub place: Option<u32>,
    /// The image that ran then, as an index into [`ProcessRecord::images`]; `None` if it was that of the
    /// parent.
    pub image: Option<usize>,
    /// The context in which the process began to write to it, as that of a [`HitPiece`].
    pub context: usize,
}

/// Why reading stopped.
enum Stop {
    /// The writer was killed while it appended a segment. The file ends here.
    Incomplete,
    Damaged(String),
}

impl<'a> HitFileContents<'a> {
    /// Reads the content of a hit file.
    ///
    /// A writer that is killed leaves whole segments, then the beginning of a segment, then zeros; each may
    /// be missing. That is no damage. All else is, and reading stops there.
    pub fn read(bytes: &'a [u8]) -> Self {
        let mut contents = Self::default();
        let mut rest = bytes;
        loop {
            match contents.segment(rest) {
                Ok(after) => rest = after,
                Err(Stop::Incomplete) => return contents,
                Err(Stop::Damaged(reason)) => {
                    contents.damage = Some(reason);
                    return contents;
                }
            }
        }
    }

    /// Reads the segment at the beginning of `rest`, and gives what follows it.
    fn segment(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Stop> {
        let header = Header::decode(&rest[..rest.len().min(HEADER)]).map_err(|reason| {
            let written = written(rest);
            let begun = &rest[..written.min(MAGIC.len())];
            if written < HEADER && MAGIC.starts_with(begun) {
                Stop::Incomplete
            } else {
                Stop::damaged(reason)
            }
        })?;
        let metadata_end = HEADER + header.metadata as usize;
        if header.kind != SegmentKind::Sites && rest.len() < metadata_end {
            return Err(Stop::Incomplete);
        }
        // The file is extended for sites before their header is written. So missing bytes were there.
        let metadata = rest.get(HEADER..metadata_end).ok_or(Stop::damaged("cut short"))?;
        if crc32fast::hash(metadata) != header.checksum {
            let is_incomplete = written(rest) < metadata_end;
            return Err(if is_incomplete { Stop::Incomplete } else { Stop::damaged("a checksum is wrong") });
        }
        self.take(header, metadata, &rest[metadata_end..])
    }

    fn take(&mut self, header: Header, metadata: &[u8], rest: &'a [u8]) -> Result<&'a [u8], Stop> {
        match (header.kind, &mut self.process) {
            (SegmentKind::Start, Some(_)) => return Err(Stop::damaged("two processes in one hit file")),
            (SegmentKind::Start, None) => {
                self.process = Some(ProcessRecord::of(parse::<ProcessStart>(metadata)?))
            }
            (_, None) => return Err(Stop::damaged("it does not begin with a process")),
            (SegmentKind::Image, Some(process)) => {
                process.images.push(parse::<Image>(metadata)?);
                self.counters = None;
            }
            (SegmentKind::Counters, Some(_)) => self.counters = Some(parse(metadata)?),
            (SegmentKind::Log, Some(process)) => {
                let LogName { log: name, place } = parse(metadata)?;
                let (image, context) = (process.images.len().checked_sub(1), process.contexts.len());
                self.logs.push(LogReference { name, place, image, context });
            }
            (SegmentKind::Context, Some(process)) => {
                process.contexts.push(parse::<ContextStart>(metadata)?);
            }
            (SegmentKind::Result, Some(process)) => process.results.push(parse::<TestResult>(metadata)?),
            (SegmentKind::End, Some(process)) => {
                let segment::EndMetadata { exit, ended } = parse(metadata)?;
                process.end = Some(ProcessEnd { exit, ended });
                self.counters = None;
                self.is_finished = true;
            }
            (SegmentKind::Left, Some(_)) => {
                parse::<LeftMetadata>(metadata)?;
                self.is_finished = true;
            }
            (SegmentKind::Object, Some(_)) => {
                let table = parse::<TableName>(metadata)?.table;
                self.sites.push(ObjectHits { table, count: header.sites, pieces: Vec::new() });
            }
            (SegmentKind::Sites, Some(process)) => {
                let place = PieceHeader::decode(metadata).ok_or(Stop::damaged("sites without a place"))?;
                let context = place.context as usize;
                if context > process.contexts.len() {
                    return Err(Stop::damaged("sites of no context"));
                }
                let object = self.sites.get_mut(place.object as usize);
                let object = object.ok_or(Stop::damaged("sites of no object"))?;
                if u64::from(place.first) + u64::from(header.sites) > u64::from(object.count) {
                    return Err(Stop::damaged("more sites than the object has"));
                }
                let (hits, after) = rest.split_at(rest.len().min(header.sites as usize));
                object.pieces.push(HitPiece { context, first: place.first, hits });
                let is_whole = hits.len() == header.sites as usize;
                return if is_whole { Ok(after) } else { Err(Stop::damaged("cut short")) };
            }
        }
        Ok(rest)
    }
}

impl Stop {
    fn damaged(reason: &str) -> Self {
        Self::Damaged(reason.to_owned())
    }
}

/// How much of `rest` has been written, at least: up to its last byte that is not zero.
fn written(rest: &[u8]) -> usize {
    rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

fn parse<T: Metadata>(metadata: &[u8]) -> Result<T, Stop> {
    serde_json::from_slice(metadata).map_err(|error| Stop::Damaged(format!("metadata: {error}")))
}
