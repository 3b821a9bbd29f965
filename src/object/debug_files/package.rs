//! Packages of split units (.dwp). An index says which parts of the sections belong to which unit (DWARF
//! 5, 7.3.5).

use std::path::Path;

use gimli::{
    DebugCuIndex, Dwarf, DwoId, IndexSectionId, RangeLists, Section as _, UnitIndex, UnitIndexSection,
};

use crate::elf::sections::{Slice, slice};
use crate::object::dwarf::sections::PackageSections;
use crate::object::environment::Environment;
use crate::object::environment::located::LocatedFile;
use crate::object::environment::search;

/// An opened package.
pub(crate) struct Package<'a> {
    index: UnitIndex<Slice<'a>>,
    all: Dwarf<Slice<'a>>,
}

/// Finds the package of `object`, or of its debug file. The units in it are recognised by their IDs.
pub(crate) fn find(object: &Path, debug: &Path, environment: &Environment) -> Option<LocatedFile> {
    // A package that cannot be opened counts as missing: the message for a missing unit gives the
    // reason.
    search::packages(object, debug).iter().find_map(|place| environment.open(place).ok()?)
}

impl<'a> Package<'a> {
    /// `None` if the index is damaged.
    pub(crate) fn new(sections: &'a PackageSections<'_>) -> Option<Self> {
        let index = DebugCuIndex::from(slice(&sections.index)).index().ok()?;
        Some(Self { index, all: sections.units.borrow(slice) })
    }

    /// The sections of the unit `id`, whose skeleton is in `parent`; `None` if it is not in this
    /// package.
    ///
    /// # Errors
    /// When the index is damaged.
    pub(crate) fn unit(
        &self,
        id: DwoId,
        parent: &Dwarf<Slice<'a>>,
    ) -> gimli::Result<Option<Dwarf<Slice<'a>>>> {
        let Some(row) = self.index.find(id.0) else {
            return Ok(None);
        };
        let mut unit = Dwarf { debug_str: self.all.debug_str, ..Dwarf::default() };
        for part in self.index.sections(row)? {
            let cut = |section: &Slice<'a>| cut(section, &part);
            match part.section {
                IndexSectionId::DebugAbbrev => {
                    unit.debug_abbrev = cut(self.all.debug_abbrev.reader())?.into()
                }
                IndexSectionId::DebugInfo => unit.debug_info = cut(self.all.debug_info.reader())?.into(),
                IndexSectionId::DebugLine => unit.debug_line = cut(self.all.debug_line.reader())?.into(),
                IndexSectionId::DebugStrOffsets => {
                    unit.debug_str_offsets = cut(self.all.debug_str_offsets.reader())?.into();
                }
                IndexSectionId::DebugRngLists => {
                    let lists = cut(self.all.ranges.debug_rnglists().reader())?;
                    unit.ranges = RangeLists::new(Slice::default().into(), lists.into());
                }
                // Sections of variables and macros are not needed, and were not loaded.
                _ => {}
            }
        }
        unit.make_dwo(parent);
        Ok(Some(unit))
    }
}

fn cut<'a>(section: &Slice<'a>, part: &UnitIndexSection) -> gimli::Result<Slice<'a>> {
    let start = part.offset as usize;
    let range = start.checked_add(part.size as usize).and_then(|end| section.slice().get(start..end));
    range
        .map(|bytes| Slice::new(bytes, gimli::LittleEndian))
        .ok_or(gimli::Error::OffsetOutOfBounds(start as u64))
}
