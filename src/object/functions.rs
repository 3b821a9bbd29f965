//! Subprograms with code of their own. Inlined copies are not functions here: they have no entry to reach.

use gimli::{AttributeValue, Dwarf, Unit, constants};

use super::code::Code;
use super::files::FileId;
use super::lines::{LineTable, Row};
use super::names::{Named, Names, Naming};
use super::sections::Slice;

/// A function whose entry belongs to a wanted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) address: u64,
    pub(super) file: FileId,
    pub(super) line: u32,
    /// `None` when the debug information gives none.
    pub(super) name: Option<String>,
}

/// A list of ranges that is longer is damaged; it could be the same for very many functions.
const MOST_PARTS: usize = 1024;

/// What a subprogram says of where its code is.
#[derive(Default)]
struct Place<'a> {
    low_pc: Option<AttributeValue<Slice<'a>>>,
    entry_pc: Option<AttributeValue<Slice<'a>>>,
    ranges: Option<AttributeValue<Slice<'a>>>,
}

/// Collects the functions of an object.
pub(super) struct Functions<'c> {
    code: &'c Code<'c>,
    pub(super) entries: Vec<Entry>,
    /// Units of which not all could be read.
    pub(super) damaged: usize,
}

impl<'c> Functions<'c> {
    /// None is known yet.
    pub(super) fn new(code: &'c Code<'c>) -> Self {
        Self { code, entries: Vec::new(), damaged: 0 }
    }

    /// Adds the functions of `unit`.
    ///
    /// # Errors
    /// When the entries are damaged; those before the damage have been added.
    pub(super) fn collect<'a>(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        table: &LineTable,
        names: &Names<'_, 'a>,
    ) -> gimli::Result<()> {
        let mut entries = unit.entries_raw(None)?;
        while !entries.is_empty() {
            let Some(abbreviation) = entries.read_abbreviation()? else {
                continue;
            };
            if abbreviation.tag() != constants::DW_TAG_subprogram {
                entries.skip_attributes(abbreviation.attributes())?;
                continue;
            }
            let mut naming = Naming::default();
            let mut place = Place::default();
            for specification in abbreviation.attributes() {
                let attribute = entries.read_attribute(*specification)?;
                match attribute.name() {
                    constants::DW_AT_low_pc => place.low_pc = Some(attribute.value()),
                    constants::DW_AT_entry_pc => place.entry_pc = Some(attribute.value()),
                    constants::DW_AT_ranges => place.ranges = Some(attribute.value()),
                    _ => naming.take(&attribute),
                }
            }
            let Some(address) = place.entry(dwarf, unit, self.code)? else {
                continue;
            };
            // No live row, no function: it was dropped, or this is one of its tombstones.
            let rows: Vec<&Row> = table.rows_of(address).collect();
            if rows.iter().all(|row| row.file.is_none()) {
                continue;
            }
            let named = names.resolve(unit, naming);
            if let Some((file, line)) = place_of(&rows, address, &named) {
                self.entries.push(Entry { address, file, line, name: named.name });
            }
        }
        Ok(())
    }
}

impl<'a> Place<'a> {
    /// Where control enters the function (DWARF 5, 2.18): `DW_AT_entry_pc`, which may be relative to the
    /// lowest address, else the first address of its first range.
    ///
    /// clang gives the range with the entry last when it puts blocks into sections of their own. But only there is a
    /// function's symbol: those of the other parts have no type.
    fn entry(
        &self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        code: &Code,
    ) -> gimli::Result<Option<u64>> {
        let address = |value: AttributeValue<_>| dwarf.attr_address(unit, value);
        let base = match (self.low_pc, self.ranges) {
            (Some(low_pc), _) => address(low_pc)?,
            (None, Some(ranges)) => match dwarf.attr_ranges(unit, ranges)? {
                Some(mut ranges) => {
                    let first = ranges.next()?.map(|range| range.begin);
                    let mut next = first;
                    let mut parts = 1;
                    while parts < MOST_PARTS && next.is_some_and(|next| !code.has_function_at(next)) {
                        next = ranges.next()?.map(|range| range.begin);
                        parts += 1;
                    }
                    next.filter(|next| code.has_function_at(*next)).or(first)
                }
                None => None,
            },
            (None, None) => return Ok(None),
        };
        Ok(match self.entry_pc {
            None => base,
            Some(entry) => match address(entry)? {
                Some(entry) => Some(entry),
                None => base.and_then(|base| base.checked_add(entry.udata_value()?)),
            },
        })
    }
}

/// The file and line of an entry at `address`.
///
/// Of several rows there, the one that names the function's declaration comes first: those before it may be
/// the empty tail of the function before. The declaration itself serves where the compiler gives no line.
fn place_of(rows: &[&Row], address: u64, named: &Named) -> Option<(FileId, u32)> {
    let declared = |row: &&&Row| Some(u64::from(row.line)) == named.line;
    let here = || rows.iter().filter(|row| row.address == address && row.is_stmt && row.line != 0);
    let row = here().find(declared).or_else(|| here().next()).or(rows.last())?;
    let line = match row.line {
        0 => u32::try_from(named.line?).ok()?,
        line => line,
    };
    (line != 0).then_some((row.file?, line))
}
