//! The headers of the line programs. From them alone it can follow that no source is wanted; then
//! nothing else is read or uncompressed.

use std::borrow::Cow;

use gimli::{DebugLineOffset, Dwarf, DwarfSections, Section as _, SectionId};

use crate::elf::Elf;
use crate::elf::sections::{self, Bytes, Slice};
use crate::object::dwarf::sections::Loader;
use crate::object::lines::files::Files;

/// The size of an address if the header does not have it, as up to DWARF 4.
const ADDRESS_SIZE: u8 = 8;

/// The two sections that contain headers; `None` for a damaged one.
pub(crate) struct LineHeaders<'c> {
    line: Option<Bytes<'c>>,
    strings: Option<Bytes<'c>>,
}

impl<'c> LineHeaders<'c> {
    pub(crate) fn load(elf: &Elf<'c, '_>) -> Self {
        let load = |id: SectionId| sections::section(elf, id.name());
        Self { line: load(SectionId::DebugLine), strings: load(SectionId::DebugLineStr) }
    }

    /// The content of a section, if it has been loaded.
    pub(crate) fn section(&self, id: SectionId) -> Option<&Option<Bytes<'c>>> {
        match id {
            SectionId::DebugLine => Some(&self.line),
            SectionId::DebugLineStr => Some(&self.strings),
            _ => None,
        }
    }

    /// These sections alone, for gimli.
    pub(crate) fn dwarf(&self) -> Dwarf<Slice<'_>> {
        Dwarf {
            debug_line: view(&self.line).into(),
            debug_line_str: view(&self.strings).into(),
            ..Dwarf::default()
        }
    }
}

/// Loads the sections for lines and functions, except those of `headers`. Also gives the number of
/// damaged sections.
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

/// Can a source be wanted? From DWARF 5 on, a header alone can exclude it, since it has all directories
/// (6.2.4). They must be absolute, or be `believed` to be the same as in the units. Otherwise only the
/// units can say.
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
