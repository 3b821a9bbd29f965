//! The hit file of one process: its record, and one byte for each site in the pieces of objects where it hit
//! anything.
//!
//! The bytes of sites are mapped from the file (`MAP_SHARED`). So a hit is a store to memory, and the kernel
//! keeps it even if forkcov is killed. The file is a sequence of segments and is only appended to;
//! `docs/data-file.md` has the layout.

mod growing_file;
mod pieces;
mod reader;
mod segment;
mod writer;

pub use reader::{HitFileContents, HitPiece, LogReference, ObjectHits};
pub(super) use segment::is_of_any_version;
pub use writer::{HitFile, ObjectRef};
