//! From the instructions of out-of-line code to the original code.

use crate::elf::Svma;
use crate::plain::stream::{Reader, Stored, Writer};
use crate::plain::{Fields, Plain};
use std::fmt::{self, Debug, Formatter};
use std::io::{self, Read, Write};

/// An instruction of the out-of-line code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PcMapEntry {
    /// Its offset in [`Trampolines::code`](super::Trampolines::code).
    pub offset: u32,
    /// The program counter in the original code of a task that runs this instruction next.
    pub original: Svma,
    /// Has the block been counted, although the instruction at its last site has not run?
    pub counted_early: bool,
    /// Has the return address been pushed for a call that is not made yet?
    pub return_pushed: bool,
}

/// The instructions of out-of-line code, ascending by offset. A large program has hundreds of thousands, and
/// few of them are ever looked at. So they stay as they are in a file.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct PcMap(Vec<u8>);

impl PcMap {
    /// Appends an instruction, which comes behind all others.
    pub fn push(&mut self, entry: PcMapEntry) {
        entry.put(&mut self.0);
    }

    /// The last instruction.
    pub fn last(&self) -> Option<PcMapEntry> {
        self.records().last().map(decode)
    }

    /// The instructions from this offset on.
    pub fn from(&self, offset: u32) -> impl Iterator<Item = PcMapEntry> {
        let first = self.records().partition_point(|record| decode(record).offset < offset);
        self.records()[first..].iter().map(decode)
    }

    /// The last instruction that begins at this offset or before.
    pub fn at_or_before(&self, offset: u32) -> Option<PcMapEntry> {
        let next = self.records().partition_point(|record| decode(record).offset <= offset);
        next.checked_sub(1).map(|last| decode(&self.records()[last]))
    }

    /// All instructions.
    pub fn iter(&self) -> impl Iterator<Item = PcMapEntry> {
        self.records().iter().map(decode)
    }

    fn records(&self) -> &[[u8; PcMapEntry::SIZE]] {
        self.0.as_chunks().0
    }
}

impl Debug for PcMap {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

fn decode(record: &[u8; PcMapEntry::SIZE]) -> PcMapEntry {
    PcMapEntry::take(&mut Fields::of(record))
}

impl Stored for PcMap {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.array(&self.0)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        let bytes = reader.bytes()?;
        if !bytes.len().is_multiple_of(PcMapEntry::SIZE) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an incomplete record"));
        }
        Ok(Self(bytes))
    }
}

impl Plain for PcMapEntry {
    const SIZE: usize = 13;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.original.0.to_le_bytes());
        self.offset.put(bytes);
        bytes.push(u8::from(self.counted_early) | u8::from(self.return_pushed) << 1);
    }

    fn take(fields: &mut Fields) -> Self {
        let (original, offset, flags) = (Svma(fields.u64()), fields.u32(), fields.byte());
        Self { offset, original, counted_early: flags & 1 != 0, return_pushed: flags & 2 != 0 }
    }
}
