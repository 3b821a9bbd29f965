//! The DWARF sections of a file, loaded for gimli.

use std::borrow::Cow;

use gimli::{DwarfSections, SectionId};

use crate::elf::Elf;
use crate::elf::sections::{Bytes, section};

/// Loads the sections for lines and functions, and counts those that could not be read.
pub(crate) fn load<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| loader.load(id, Some(id.name())));
    (sections.unwrap_or_default(), loader.damaged)
}

/// The same for the file of a split unit, or for a package.
pub(crate) fn load_split<'c>(elf: &Elf<'c, '_>) -> (DwarfSections<Bytes<'c>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| loader.load(id, id.dwo_name()));
    (sections.unwrap_or_default(), loader.damaged)
}

/// The sections of a package of split units.
pub(crate) struct PackageSections<'c> {
    /// The index: which parts of `units` belong to which unit.
    pub(crate) index: Bytes<'c>,
    pub(crate) units: DwarfSections<Bytes<'c>>,
}

/// Loads a package; `None` if it is damaged, or not a package.
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
    /// The error type is what gimli expects; there is never an error.
    pub(crate) fn load(&mut self, id: SectionId, name: Option<&str>) -> Result<Bytes<'c>, gimli::Error> {
        let Some(name) = name.filter(|_| is_needed(id)) else {
            return Ok(Cow::Borrowed(&[]));
        };
        Ok(self.counted(section(self.elf, name)))
    }

    /// The content of a section; empty if it is damaged.
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
