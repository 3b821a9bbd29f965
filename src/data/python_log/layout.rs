//! Where what is in a log. Numbers are little-endian.

/// The first bytes of a log; the digit is the version of the format.
pub const MAGIC: [u8; 8] = *b"fcPyLog1";

/// Offset of `PY_VERSION_HEX` of the interpreter (4 bytes); 0 until its probe has started.
pub const VERSION: usize = 8;

/// Offset of the first byte that nobody has claimed (8 bytes).
pub const NEXT: usize = 64;

/// Offset of the number of bytes that may be written to (8 bytes).
pub const LIMIT: usize = 128;

/// Length of the header; records follow.
pub const HEADER: u64 = 4096;

/// Records stand in slots of this many bytes.
pub const SLOT: u64 = 16;

/// The bit of a record's first 8 bytes that says that it is complete.
pub const COMPLETE: u64 = 1 << 63;

/// The kind of a record that says that a line ran.
pub const LINE: u64 = 1;

/// The kind of a record that names a source file.
pub const FILE: u64 = 2;

/// The kind of a record that describes a code object.
pub const CODE: u64 = 3;

/// Offset of the path in a record of a source file.
pub const FILE_CONTENT: usize = 16;

/// Offset of the name, which the line table follows, in a record of a code object.
pub const CODE_CONTENT: usize = 40;

/// The first 8 bytes of a record: whose it is (the process's number in the run), what, and of how many bytes, which are
/// whole slots.
pub fn record_header(process: u64, kind: u64, size: u64) -> u64 {
    u64::from(process as u32 + 1) | (size / SLOT) << 32 | kind << 56
}
