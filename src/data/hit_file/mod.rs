//! The hit file of one process: what is known of it, and one byte for each site of the pieces of objects that it has hit.
//!
//! The bytes of sites are mapped from the file (`MAP_SHARED`), so a hit is a store to memory and is the
//! kernel's to keep from then on: nothing is lost when forkcov is killed. The file is a sequence of
//! segments, only ever appended to; `docs/data-file.md` has the layout.

mod growing_file;
mod pieces;
mod reader;
mod segment;
mod writer;

pub use reader::{HitFileContents, HitPiece, LogReference, ObjectHits};
pub(super) use segment::is_of_any_version;
pub use writer::{HitFile, ObjectRef};
