//! The hit file of one process: what is known of it, and one byte for each site of each object that it maps.
//!
//! The bytes of sites are mapped from the file (`MAP_SHARED`), so a hit is a store to memory and is the
//! kernel's to keep from then on: nothing is lost when forkcov is killed. The file is a sequence of
//! segments, only ever appended to; `docs/data-file.md` has the layout.

mod hits;
mod reader;
mod segment;
mod writer;

pub use hits::Hits;
pub use reader::{Contents, Log, Sites};
pub(super) use segment::MAGIC;
pub use writer::HitFile;
pub(super) use writer::allocate;
