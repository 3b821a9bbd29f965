//! One segment: a header, metadata as JSON, then the bytes of sites if it has any.

use super::super::{Exit, Image, ProcessStart};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The first bytes of every segment; the digit is the version of the format.
pub(in crate::data) const MAGIC: [u8; 4] = *b"fcH1";

/// Length of a header: magic, kind, length and CRC-32 of the metadata, number of sites, CRC-32 of all these;
/// each four bytes, little-endian.
pub(super) const HEADER: usize = 24;

/// What a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// [`ProcessStart`]; the first one, once.
    Start,
    /// [`Image`]; one for each exec.
    Image,
    /// [`TableName`], and the bytes of its sites.
    Sites,
    /// [`LogName`]
    Python,
    /// [`End`]; the last one, when the end was seen.
    End,
}

/// Metadata of [`Kind::Sites`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TableName {
    pub(super) table: String,
}

/// Metadata of [`Kind::Python`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LogName {
    pub(super) log: String,
}

/// Metadata of [`Kind::End`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) exit: Exit,
    pub(super) ended: f64,
}

/// What may stand in a segment, and as what.
pub(super) trait Metadata: Serialize + DeserializeOwned {
    const KIND: Kind;
}

impl Metadata for ProcessStart {
    const KIND: Kind = Kind::Start;
}

impl Metadata for Image {
    const KIND: Kind = Kind::Image;
}

impl Metadata for TableName {
    const KIND: Kind = Kind::Sites;
}

impl Metadata for LogName {
    const KIND: Kind = Kind::Python;
}

impl Metadata for End {
    const KIND: Kind = Kind::End;
}

impl Kind {
    const ALL: [(Self, [u8; 4]); 5] = [
        (Self::Start, *b"star"),
        (Self::Image, *b"imag"),
        (Self::Sites, *b"site"),
        (Self::Python, *b"pyth"),
        (Self::End, *b"end "),
    ];

    fn code(self) -> [u8; 4] {
        Self::ALL[self as usize].1
    }

    fn of(code: [u8; 4]) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == code).map(|(kind, _)| kind)
    }
}

/// The header of a segment, without its magic number and its own checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
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
            return Err("not a hit file, or one of a newer forkcov");
        }
        if crc32fast::hash(&bytes[..HEADER - 4]) != own {
            return Err("the checksum of a header is wrong");
        }
        let kind = Kind::of(code).ok_or("a segment of unknown kind")?;
        if sites != 0 && kind != Kind::Sites {
            return Err("sites where none can be");
        }
        Ok(Self { kind, metadata, checksum, sites })
    }
}

/// Header and metadata of a segment, as they stand in the file.
pub(super) fn encode<T: Metadata>(value: &T, sites: u32) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; HEADER];
    serde_json::to_writer(&mut bytes, value)?;
    let metadata = &bytes[HEADER..];
    let length = u32::try_from(metadata.len())
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidInput, "metadata of 4 GiB"))?;
    let checksum = crc32fast::hash(metadata);
    let fields = [MAGIC, T::KIND.code(), length.to_le_bytes(), checksum.to_le_bytes(), sites.to_le_bytes()];
    bytes[..HEADER - 4].copy_from_slice(fields.as_flattened());
    let own = crc32fast::hash(&bytes[..HEADER - 4]);
    bytes[HEADER - 4..HEADER].copy_from_slice(&own.to_le_bytes());
    Ok(bytes)
}
