//! The DWARF sections of a file, loaded for gimli.

use std::borrow::Cow;

use gimli::{DwarfSections, SectionId};

use crate::elf::Elf;
use crate::elf::sections::{Bytes, section};

/// Loads what lines and functions need, and says how many sections could not be read.
pub(crate) fn load<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| loader.load(id, Some(id.name())));
    (sections.unwrap_or_default(), loader.damaged)
}

/// The same of the file of a split unit, or of a package of them.
pub(crate) fn load_split<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| loader.load(id, id.dwo_name()));
    (sections.unwrap_or_default(), loader.damaged)
}

/// What a package of split units has.
pub(crate) struct PackageSections<'c> {
    /// Which unit has which parts of `units`.
    pub(crate) index: Bytes<'c>,
    pub(crate) units: DwarfSections<Bytes<'c>>,
}

/// Loads a package; `None` if it is none, or damaged.
pub(crate) fn load_package<'c>(elf: &Elf<'c, '_>) -> Option<PackageSections<'c>> {
    let index = section(elf, SectionId::DebugCuIndex.name())?;
    let (units, damaged) = load_split(elf);
    (damaged == 0 && !index.is_empty()).then_some(PackageSections { index, units })
}

/// Loads sections, and counts those that are damaged.
pub(crate) struct Loader<'e, 'c, 'f> {
    pub(crate) elf: &'e Elf<'c, 'f>,
    pub(crate) damaged: usize,
}

impl<'c> Loader<'_, 'c, '_> {
    /// gimli wants an error that cannot be.
    pub(crate) fn load(&mut self, id: SectionId, name: Option<&str>) -> Result<Bytes<'c>, gimli::Error> {
        let Some(name) = name.filter(|_| is_needed(id)) else {
            return Ok(Cow::Borrowed(&[]));
        };
        Ok(self.counted(section(self.elf, name)))
    }

    /// No bytes, where the section is damaged.
    pub(crate) fn counted<'b>(&mut self, bytes: Option<Bytes<'b>>) -> Bytes<'b> {
        bytes.unwrap_or_else(|| {
            self.damaged += 1;
            Cow::Borrowed(&[])
        })
    }
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
