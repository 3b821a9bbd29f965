//! The layout of a log. Numbers are little-endian. `build.rs` gives these constants to the C code of the
//! probes, so this file depends on nothing.

/// The first bytes of a log; the digit is the version of the format.
pub const MAGIC: [u8; 8] = *b"fcRunLg5";

/// Offset of the version of the interpreter, as its runtime encodes it (4 bytes, like all fields of which
/// nothing else is said).
pub const VERSION: usize = 8;

/// Offset of the number of the log that this one continues, plus 1; 0 if it continues none.
pub const PARENT: usize = 12;

/// Offset of the name of the runtime: ASCII, then zero bytes.
pub const RUNTIME: usize = 16;

/// Bytes that the name of the runtime has room in.
pub const RUNTIME_SIZE: usize = 16;

/// Offset of the number of the slot at offset 0. Slots below are in the logs that this one continues.
pub const FIRST: usize = 32;

/// Offset of the process that the log belongs to: its serial (8 bytes).
pub const OWNER: usize = 40;

/// Offset of how many bytes the file has, at least (8 bytes).
pub const SIZE: usize = 48;

/// Where the log that this one continues is among the logs of children in its file, plus 1; 0 if it is a file
/// of its own.
pub const PARENT_PLACE: usize = 56;

/// The file of the logs of a shell's children has so many places.
pub const PLACES: u64 = 4096;

/// Bytes of a place: of a log, with its header.
pub const PLACE: u64 = 512;

/// Length of the header; records follow.
pub const HEADER: u64 = 64;

/// No record has more bytes.
pub const MOST_RECORD: u64 = 1 << 24;

/// Records occupy slots of this many bytes.
pub const SLOT: u64 = 16;

/// The bit of a record's first 8 bytes that says that it is complete.
pub const COMPLETE: u64 = 1 << 63;

/// In the first 8 bytes of a record: the position of its length in slots.
pub const SIZE_SHIFT: u32 = 32;

/// In the first 8 bytes of a record: the position of its kind.
pub const KIND_SHIFT: u32 = 56;

/// The kind of a record that says that a line ran.
pub const LINE: u64 = 1;

/// The kind of a record that describes a code unit.
pub const CODE: u64 = 3;

/// The kind of a record that says that control went from one line to another, or out of a code unit.
pub const ARC: u64 = 4;

/// Offset, in the record of a line, of the slot of its code unit (4 bytes, like all fields here).
pub const LINE_CODE: usize = 8;

/// Offset, in the record of a line, of its number.
pub const LINE_NUMBER: usize = 12;

/// Offset, in the record of an arc, of the slot of its code unit (4 bytes, like the next two).
pub const ARC_CODE: usize = 8;

/// Offset, in the record of an arc, of the line that it leaves.
pub const ARC_FROM: usize = 12;

/// Offset, in the record of an arc, of the line that it leads to; if it leaves the code unit, of the first
/// line of that, negated.
pub const ARC_TO: usize = 16;

/// Bytes of the record of an arc.
pub const ARC_SIZE: u64 = 32;

/// Offset, in the record of a code unit, of the number of its source file.
pub const CODE_FILE: usize = 8;

/// Offset, in the record of a code unit, of the slot of the code unit around it; 0 if there is none.
pub const CODE_PARENT: usize = 12;

/// Offset, in the record of a code unit, of its first line.
pub const CODE_FIRST_LINE: usize = 16;

/// Offset, in the record of a code unit, of the length of its name.
pub const CODE_NAME_LENGTH: usize = 20;

/// Offset, in the record of a code unit, of the length of its line table.
pub const CODE_TABLE_LENGTH: usize = 24;

/// Offset, in the record of a code unit, of its flags.
pub const CODE_FLAGS: usize = 28;

/// Offset, in the record of a code unit, of the length of its instructions in bytes.
pub const CODE_CODE_SIZE: usize = 32;

/// Offset, in the record of a code unit, of its name, which the line table follows.
pub const CODE_CONTENT: usize = 40;

/// The first 8 bytes of a record: the number in the run of the process that writes it, its kind, and its size
/// in bytes, which must be whole slots.
#[cfg(test)]
pub fn record_header(process: u64, kind: u64, size: u64) -> u64 {
    u64::from(process as u32 + 1) | (size / SLOT) << SIZE_SHIFT | kind << KIND_SHIFT
}
