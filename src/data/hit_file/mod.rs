//! The hit file of one process: its record, and one byte for each site in the pieces of objects where it hit
//! anything.
//!
//! A hit is a pwrite(2), so the kernel keeps it even if forkcov is killed. The file is a sequence of segments
//! and is only appended to, but for the bytes of sites; `docs/data-file.md` has the layout.

mod appended_file;
mod pieces;
mod reader;
mod segment;
mod writer;

pub use reader::{HitFileContents, HitPiece, LogReference, ObjectHits};
pub(super) use segment::is_of_any_version;
pub use segment::{CountedTable, CounterLayout};
pub use writer::{HitFile, ObjectRef};
