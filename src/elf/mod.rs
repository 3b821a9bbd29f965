//! An ELF file on disk: headers, sections, segments, symbols, relocations and build-id (elf(5)). This
//! room knows no instructions, no debug information and no processes.

mod address;
mod chunks;
mod code;
mod file;
pub(crate) mod landing_pads;
pub(crate) mod links;
mod positioned;
pub(crate) mod sections;
mod segments;

pub use address::Svma;
pub(crate) use chunks::each as each_chunk;
pub(crate) use code::{Code, Region};
pub(crate) use file::{Elf, ElfError, LoadedData, Symbol, content_hash, machine_name};
pub(crate) use positioned::{FileCache, PositionedFile};
pub use segments::Segments;
