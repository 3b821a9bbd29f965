//! The DWARF sections, uncompressed.

use std::borrow::Cow;

use gimli::{DwarfSections, EndianSlice, LittleEndian, SectionId};
use object::read::elf::ElfSection64;
use object::read::{Object as _, ObjectSection as _, ReadRef};

use super::elf::Elf;
use super::heads::Heads;

/// How gimli sees a section.
pub(super) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The content of a section: of the file, or uncompressed.
pub(super) type Bytes<'c> = Cow<'c, [u8]>;

/// deflate cannot do better than 1032 to 1, and no debug information comes near: a header that claims more
/// is damaged, and must not cost the memory that it claims.
const MOST_COMPRESSED: u64 = 4096;

/// Loads what lines and functions need, and says how many sections could not be read.
pub(super) fn load<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| loader.load(id, Some(id.name())));
    (sections.unwrap_or_default(), loader.damaged)
}

/// The same, when `heads` are loaded already.
pub(super) fn load_beside<'h>(elf: &Elf<'h, '_>, heads: &'h Heads<'_>) -> (DwarfSections<Bytes<'h>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| match heads.section(id) {
        Some(bytes) => Ok(loader.counted(bytes.as_deref().map(Cow::Borrowed))),
        None => loader.load(id, Some(id.name())),
    });
    (sections.unwrap_or_default(), loader.damaged)
}

/// The same of the file of a split unit, or of a package of them.
pub(super) fn load_split<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| loader.load(id, id.dwo_name()));
    (sections.unwrap_or_default(), loader.damaged)
}

/// What a package of split units has.
pub(super) struct PackageSections<'c> {
    /// Which unit has which parts of `units`.
    pub(super) index: Bytes<'c>,
    pub(super) units: DwarfSections<Bytes<'c>>,
}

/// Loads a package; `None` if it is none, or damaged.
pub(super) fn load_package<'c>(elf: &Elf<'c, '_>) -> Option<PackageSections<'c>> {
    let index = section(elf, SectionId::DebugCuIndex.name())?;
    let (units, damaged) = load_split(elf);
    (damaged == 0 && !index.is_empty()).then_some(PackageSections { index, units })
}

struct Loader<'e, 'c, 'f> {
    elf: &'e Elf<'c, 'f>,
    damaged: usize,
}

impl<'c> Loader<'_, 'c, '_> {
    /// gimli wants an error that cannot be.
    fn load(&mut self, id: SectionId, name: Option<&str>) -> Result<Bytes<'c>, gimli::Error> {
        let Some(name) = name.filter(|_| is_needed(id)) else {
            return Ok(Cow::Borrowed(&[]));
        };
        Ok(self.counted(section(self.elf, name)))
    }

    /// No bytes, where the section is damaged.
    fn counted<'b>(&mut self, bytes: Option<Bytes<'b>>) -> Bytes<'b> {
        bytes.unwrap_or_else(|| {
            self.damaged += 1;
            Cow::Borrowed(&[])
        })
    }
}

/// Lets gimli read a section.
pub(super) fn slice<'s>(bytes: &'s Bytes<'_>) -> Slice<'s> {
    Slice::new(bytes, LittleEndian)
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
///
/// Of several sections of one name, the contents follow one another: a split unit's file has one for each of its
/// type units.
pub(super) fn section<'c>(elf: &Elf<'c, '_>, name: &str) -> Option<Bytes<'c>> {
    let old = name.strip_prefix(".debug_").map(|rest| format!(".zdebug_{rest}"));
    let old = old.as_ref().map(String::as_bytes);
    let is_it = |section: &ElfSection64<'_, '_, _, _>| {
        let own = section.name_bytes().ok();
        own.is_some() && (own == Some(name.as_bytes()) || own == old)
    };
    let mut all = elf.file.sections().filter(is_it).map(|section| plain(&section));
    let Some(first) = all.next() else {
        return Some(Cow::Borrowed(&[]));
    };
    all.try_fold(first?, |mut content, next| {
        content.to_mut().extend_from_slice(&next?);
        Some(content)
    })
}

/// The content of a section, uncompressed; `None` if it is damaged.
fn plain<'c, R: ReadRef<'c>>(section: &ElfSection64<'c, '_, object::LittleEndian, R>) -> Option<Bytes<'c>> {
    let range = section.compressed_file_range().ok()?;
    if range.uncompressed_size / MOST_COMPRESSED > range.compressed_size {
        return None;
    }
    section.compressed_data().ok()?.decompress().ok()
}
