//! The units of `.debug_info`. Damage to one unit, even to its length, does not hide the others.

use gimli::{DebugInfoOffset, Dwarf, Section as _, UnitHeader};

use crate::elf::sections::Slice;

/// The headers of all units, ascending by offset, and the number of damaged places.
pub(crate) struct Units<'a> {
    pub(crate) headers: Vec<UnitHeader<Slice<'a>>>,
    pub(crate) damaged: usize,
}

impl<'a> Units<'a> {
    /// Follows the lengths from unit to unit. If there is no valid header where the next one should be,
    /// either it or the length before it is damaged. Then the next two headers in a row are searched
    /// for.
    pub(crate) fn read(dwarf: &Dwarf<Slice<'a>>) -> Self {
        let section = dwarf.debug_info.reader().slice();
        let mut units = Self { headers: Vec::new(), damaged: 0 };
        let mut offset = 0;
        while offset < section.len() {
            let header = header_at(dwarf, offset);
            let next = header.as_ref().map(|header| end(offset, header));
            units.headers.extend(header);
            match next {
                Some(next) if is_unit(dwarf, next) => offset = next,
                // Linkers may pad the section.
                next if section[next.unwrap_or(offset)..].iter().all(|byte| *byte == 0) => break,
                _ => {
                    units.damaged += 1;
                    let again = (offset + 1..section.len()).find(|at| is_chain(dwarf, *at));
                    offset = again.unwrap_or(section.len());
                }
            }
        }
        if units.headers.is_empty() && !section.is_empty() {
            units.damaged = units.damaged.max(1);
        }
        units
    }

    /// The unit that contains an offset in `.debug_info`.
    pub(crate) fn holding(&self, offset: DebugInfoOffset) -> Option<&UnitHeader<Slice<'a>>> {
        let start = |header: &UnitHeader<_>| header.debug_info_offset().map_or(0, |start| start.0);
        let next = self.headers.partition_point(|header| start(header) <= offset.0);
        let header = &self.headers[next.checked_sub(1)?];
        (offset.0 < end(start(header), header)).then_some(header)
    }
}

/// The header at `offset`, if it is one that a unit of this machine can have.
fn header_at<'a>(dwarf: &Dwarf<Slice<'a>>, offset: usize) -> Option<UnitHeader<Slice<'a>>> {
    let header = dwarf.unit_header(DebugInfoOffset(offset)).ok()?;
    let abbreviations = dwarf.debug_abbrev.reader().len();
    ((2..=5).contains(&header.version())
        && header.address_size() == 8
        && header.debug_abbrev_offset().0 < abbreviations)
        .then_some(header)
}

fn end(offset: usize, header: &UnitHeader<Slice<'_>>) -> usize {
    offset.saturating_add(header.length_including_self())
}

/// Is there a unit, or the end of the section, at `offset`?
fn is_unit(dwarf: &Dwarf<Slice<'_>>, offset: usize) -> bool {
    offset == dwarf.debug_info.reader().len() || header_at(dwarf, offset).is_some()
}

/// Is there a unit at `offset`, followed by another or by the end of the section?
fn is_chain(dwarf: &Dwarf<Slice<'_>>, offset: usize) -> bool {
    header_at(dwarf, offset).is_some_and(|header| is_unit(dwarf, end(offset, &header)))
}
