//! What the headers of the line programs tell by themselves, before anything else is read or uncompressed: whether any source
//! can be wanted.

use std::borrow::Cow;

use gimli::{DebugLineOffset, Dwarf, DwarfSections, Section as _, SectionId};

use crate::elf::Elf;
use crate::elf::sections::{self, Bytes, Slice};
use crate::object::dwarf::sections::Loader;
use crate::object::lines::files::Files;

/// The length of an address where the head does not tell, which up to DWARF 4 it does not.
const ADDRESS_SIZE: u8 = 8;

/// The two sections that headers are in; `None` for one that is damaged.
pub(crate) struct LineHeaders<'c> {
    line: Option<Bytes<'c>>,
    strings: Option<Bytes<'c>>,
}

impl<'c> LineHeaders<'c> {
    pub(crate) fn load(elf: &Elf<'c, '_>) -> Self {
        let load = |id: SectionId| sections::section(elf, id.name());
        Self { line: load(SectionId::DebugLine), strings: load(SectionId::DebugLineStr) }
    }

    /// What has been loaded of a section.
    pub(crate) fn section(&self, id: SectionId) -> Option<&Option<Bytes<'c>>> {
        match id {
            SectionId::DebugLine => Some(&self.line),
            SectionId::DebugLineStr => Some(&self.strings),
            _ => None,
        }
    }

    /// How gimli sees these sections alone.
    pub(crate) fn dwarf(&self) -> Dwarf<Slice<'_>> {
        Dwarf {
            debug_line: view(&self.line).into(),
            debug_line_str: view(&self.strings).into(),
            ..Dwarf::default()
        }
    }
}

/// The same, when `headers` are loaded already.
pub(crate) fn load_beside<'h>(
    elf: &Elf<'h, '_>,
    headers: &'h LineHeaders<'_>,
) -> (DwarfSections<Bytes<'h>>, usize) {
    let mut loader = Loader { elf, damaged: 0 };
    let sections = DwarfSections::load(|id| match headers.section(id) {
        Some(bytes) => Ok(loader.counted(bytes.as_deref().map(Cow::Borrowed))),
        None => loader.load(id, Some(id.name())),
    });
    (sections.unwrap_or_default(), loader.damaged)
}

fn view<'s>(bytes: &'s Option<Bytes<'_>>) -> Slice<'s> {
    bytes.as_ref().map(sections::slice).unwrap_or_default()
}

/// Whether a source may be wanted. That none is, headers can tell from DWARF 5 on, when they have all directories (6.2.4); if
/// these are absolute, or `believed` to be what the units have, too. Otherwise it takes the units to tell.
pub(crate) fn may_be_wanted<'a>(dwarf: &Dwarf<Slice<'a>>, files: &mut Files<'_, 'a>, believed: bool) -> bool {
    let length = dwarf.debug_line.reader().len();
    let mut offset = 0;
    while offset < length {
        let Ok(program) = dwarf.debug_line.program(DebugLineOffset(offset), ADDRESS_SIZE, None, None) else {
            return true;
        };
        let header = program.header();
        if header.version() < 5 || files.any_wanted(dwarf, header, believed) != Some(false) {
            return true;
        }
        let of_length = usize::from(header.format().initial_length_size());
        offset = offset.saturating_add(of_length).saturating_add(header.unit_length());
    }
    length == 0
}
