//! One segment: a header, metadata, then the bytes of sites if it has any.

use super::super::{ContextStart, Exit, Image, ProcessStart, TestResult};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;

/// The first bytes of every segment; the digit is the version of the format.
pub(super) const MAGIC: [u8; 4] = *b"fcH8";

/// Whether `head` begins a hit file of any version. Its writer may have been killed within the magic number.
pub(in crate::data) fn is_of_any_version(head: &[u8]) -> bool {
    let name = &MAGIC[..MAGIC.len() - 1];
    head.starts_with(name) || name.starts_with(head)
}

/// Length of a header: magic, kind, length and CRC-32 of the metadata, number of sites, CRC-32 of all these;
/// each four bytes, little-endian.
pub(super) const HEADER: usize = 24;

/// What a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SegmentKind {
    /// [`ProcessStart`]; the first one, once.
    Start,
    /// [`Image`]; one for each exec.
    Image,
    /// [`TableName`]; one for each object that was hit.
    Object,
    /// [`PieceHeader`], and a byte for each site of a piece.
    Sites,
    /// [`LogName`]; one each time the process begins to write to a runtime log.
    Log,
    /// [`ContextStart`]; one for each context.
    Context,
    /// [`TestResult`]; one each time that a test framework says how a test ended.
    Result,
    /// [`CounterLayout`]; one each time the process begins to count in more objects.
    Counters,
    /// [`EndMetadata`]; the last one, when the end was seen.
    End,
    /// [`LeftMetadata`]; the last one, when the process continued without forkcov.
    Left,
}

/// Metadata of [`SegmentKind::Object`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TableName {
    pub(super) table: String,
}

/// Metadata of [`SegmentKind::Sites`], which is not JSON: there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PieceHeader {
    /// In which of the file's contexts the sites were hit: 0 for none, then from 1 in their order.
    pub(super) context: u32,
    /// Which of the file's objects, in their order.
    pub(super) object: u32,
    /// The first site of the piece.
    pub(super) first: u32,
}

/// Metadata of [`SegmentKind::Log`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LogName {
    pub(super) log: String,
    /// Its place, if the file has the logs of children.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<u32>,
}

/// Metadata of a segment of counters: where a self-counting process counts from now on, until it ends or
/// executes a program. No process can change this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterLayout {
    /// The name of the file of counters.
    pub counters: String,
    /// Where the counters of the process begin in it.
    pub start: u64,
    /// The objects.
    pub objects: Vec<CountedTable>,
}

/// The counters of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedTable {
    /// The file name of the object's table.
    pub table: String,
    /// Where its counters begin, behind [`CounterLayout::start`].
    pub offset: u32,
    /// How many of them are of sites: the first ones.
    pub sites: u32,
}

/// Metadata of [`SegmentKind::End`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct EndMetadata {
    pub(super) exit: Exit,
    pub(super) ended: f64,
}

/// Metadata of [`SegmentKind::Left`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct LeftMetadata {
    pub(super) left: f64,
}

/// Metadata of a kind of segment.
pub(super) trait Metadata: Serialize + DeserializeOwned {
    const KIND: SegmentKind;
}

impl Metadata for ProcessStart {
    const KIND: SegmentKind = SegmentKind::Start;
}

impl Metadata for Image {
    const KIND: SegmentKind = SegmentKind::Image;
}

impl Metadata for TableName {
    const KIND: SegmentKind = SegmentKind::Object;
}

impl Metadata for LogName {
    const KIND: SegmentKind = SegmentKind::Log;
}

impl Metadata for ContextStart {
    const KIND: SegmentKind = SegmentKind::Context;
}

impl Metadata for TestResult {
    const KIND: SegmentKind = SegmentKind::Result;
}

impl Metadata for CounterLayout {
    const KIND: SegmentKind = SegmentKind::Counters;
}

impl Metadata for EndMetadata {
    const KIND: SegmentKind = SegmentKind::End;
}

impl Metadata for LeftMetadata {
    const KIND: SegmentKind = SegmentKind::Left;
}

impl SegmentKind {
    const ALL: [(Self, [u8; 4]); 10] = [
        (Self::Start, *b"star"),
        (Self::Image, *b"imag"),
        (Self::Object, *b"obje"),
        (Self::Sites, *b"site"),
        (Self::Log, *b"rlog"),
        (Self::Context, *b"ctxt"),
        (Self::Result, *b"resu"),
        (Self::Counters, *b"coun"),
        (Self::End, *b"end "),
        (Self::Left, *b"left"),
    ];

    fn code(self) -> [u8; 4] {
        Self::ALL[self as usize].1
    }

    fn of(code: [u8; 4]) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == code).map(|(kind, _)| kind)
    }

    /// Whether its header has a number of sites.
    fn has_sites(self) -> bool {
        matches!(self, Self::Object | Self::Sites)
    }
}

/// The header of a segment, without its magic number and its own checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: SegmentKind,
    pub(super) metadata: u32,
    pub(super) checksum: u32,
    pub(super) sites: u32,
}

impl Header {
    /// The header that `bytes` begin with.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut fields = bytes.chunks_exact(4).filter_map(|field| <[u8; 4]>::try_from(field).ok());
        let mut next = || fields.next().ok_or("a header is cut short");
        let (magic, code) = (next()?, next()?);
        let [metadata, checksum, sites, own] = [next()?, next()?, next()?, next()?].map(u32::from_le_bytes);
        if magic != MAGIC {
            let is_other = is_of_any_version(&magic);
            return Err(if is_other { "a hit file of another version of forkcov" } else { "not a hit file" });
        }
        if crc32fast::hash(&bytes[..HEADER - 4]) != own {
            return Err("the checksum of a header is wrong");
        }
        let kind = SegmentKind::of(code).ok_or("a segment of unknown kind")?;
        if sites != 0 && !kind.has_sites() {
            return Err("a number of sites in a segment that has none");
        }
        Ok(Self { kind, metadata, checksum, sites })
    }
}

impl PieceHeader {
    /// Decodes the metadata of a piece.
    pub(super) fn decode(metadata: &[u8]) -> Option<Self> {
        let fields: [[u8; 4]; 3] = metadata.as_chunks().0.try_into().ok()?;
        let [context, object, first] = fields.map(u32::from_le_bytes);
        (metadata.len() == size_of::<Self>()).then_some(Self { context, object, first })
    }
}

/// Encodes header and metadata of a segment. `sites` is the number of sites of an object, else 0.
pub(super) fn encode<T: Metadata>(value: &T, sites: u32) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; HEADER];
    serde_json::to_writer(&mut bytes, value)?;
    let length = u32::try_from(bytes.len() - HEADER)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "metadata of 4 GiB"))?;
    put_header(&mut bytes, T::KIND, length, sites);
    Ok(bytes)
}

/// Encodes header and metadata of a piece with so many sites.
pub(super) fn encode_piece(place: PieceHeader, sites: u32) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    [place.context, place.object, place.first].iter().for_each(|field| bytes.extend(field.to_le_bytes()));
    put_header(&mut bytes, SegmentKind::Sites, size_of::<PieceHeader>() as u32, sites);
    bytes
}

/// Writes the header into `bytes`, in which the metadata is already.
fn put_header(bytes: &mut [u8], kind: SegmentKind, length: u32, sites: u32) {
    let checksum = crc32fast::hash(&bytes[HEADER..]);
    let fields = [MAGIC, kind.code(), length.to_le_bytes(), checksum.to_le_bytes(), sites.to_le_bytes()];
    bytes[..HEADER - 4].copy_from_slice(fields.as_flattened());
    let own = crc32fast::hash(&bytes[..HEADER - 4]);
    bytes[HEADER - 4..HEADER].copy_from_slice(&own.to_le_bytes());
}
