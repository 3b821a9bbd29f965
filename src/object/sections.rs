//! The DWARF sections, uncompressed.

use std::borrow::Cow;

use gimli::{DwarfSections, EndianSlice, LittleEndian, SectionId};
use object::read::{Object as _, ObjectSection as _};

use super::elf::Elf;

/// How gimli sees a section.
pub(super) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The content of a section: of the file, or uncompressed.
pub(super) type Bytes<'c> = Cow<'c, [u8]>;

/// deflate cannot do better than 1032 to 1, and no debug information comes near: a header that claims more
/// is damaged, and must not cost the memory that it claims.
const MOST_COMPRESSED: u64 = 4096;

/// Loads what lines and functions need, and says how many sections could not be read.
pub(super) fn load<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut damaged = 0;
    let sections = DwarfSections::load(|id| {
        if !is_needed(id) {
            return Ok(Cow::Borrowed(&[][..]));
        }
        Ok::<_, gimli::Error>(section(elf, id.name()).unwrap_or_else(|| {
            damaged += 1;
            Cow::Borrowed(&[])
        }))
    });
    (sections.unwrap_or_default(), damaged)
}

fn is_needed(id: SectionId) -> bool {
    matches!(
        id,
        SectionId::DebugAbbrev
            | SectionId::DebugAddr
            | SectionId::DebugInfo
            | SectionId::DebugLine
            | SectionId::DebugLineStr
            | SectionId::DebugRanges
            | SectionId::DebugRngLists
            | SectionId::DebugStr
            | SectionId::DebugStrOffsets
    )
}

/// A section by its plain name: compressed as the ELF specification has it (`SHF_COMPRESSED`), or as GNU
/// tools had it before (`.zdebug_*`), or not. Empty if there is none, `None` if it is damaged.
fn section<'c>(elf: &Elf<'c, '_>, name: &str) -> Option<Bytes<'c>> {
    let Some(section) = elf.file.section_by_name(name) else {
        return Some(Cow::Borrowed(&[]));
    };
    let range = section.compressed_file_range().ok()?;
    if range.uncompressed_size / MOST_COMPRESSED > range.compressed_size {
        return None;
    }
    section.compressed_data().ok()?.decompress().ok()
}
