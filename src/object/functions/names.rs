//! Names of functions: from the entry itself, or from the declaration or abstract instance to which it
//! refers.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use gimli::{AttributeValue, DebugInfoOffset, Dwarf, Unit, UnitOffset, constants};
use hashbrown::HashMap;

use crate::byte_text;
use crate::elf::sections::Slice;
use crate::object::dwarf::units::Units;
use crate::object::lines::files::{FileId, FileLookup};

/// An entry refers to its abstract instance, and that to its declaration. A longer chain is a loop.
const MOST_REFERENCES: usize = 8;

/// The attributes of an entry that give its name and declaration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NameAttributes<'a> {
    linkage: Option<AttributeValue<Slice<'a>>>,
    name: Option<AttributeValue<Slice<'a>>>,
    pub(crate) origin: Option<AttributeValue<Slice<'a>>>,
    decl_file: Option<u64>,
    decl_line: Option<u64>,
    artificial: bool,
}

impl<'a> NameAttributes<'a> {
    /// Stores an attribute, if it is one of these.
    pub(crate) fn take(&mut self, attribute: &gimli::Attribute<Slice<'a>>) {
        match attribute.name() {
            constants::DW_AT_linkage_name | constants::DW_AT_MIPS_linkage_name => {
                self.linkage = Some(attribute.value());
            }
            constants::DW_AT_name => self.name = Some(attribute.value()),
            constants::DW_AT_abstract_origin | constants::DW_AT_specification => {
                self.origin = Some(attribute.value());
            }
            constants::DW_AT_decl_file => {
                self.decl_file = match attribute.value() {
                    AttributeValue::FileIndex(index) => Some(index),
                    value => value.udata_value(),
                };
            }
            constants::DW_AT_artificial => {
                self.artificial = attribute.value() == AttributeValue::Flag(true);
            }
            constants::DW_AT_decl_line => self.decl_line = attribute.udata_value(),
            _ => {}
        }
    }
}

/// The name of a function, and where it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName<'a> {
    name: Option<Name<'a>>,
    /// `DW_AT_decl_file`.
    pub(crate) file: Option<DeclaredFile>,
    /// `DW_AT_decl_line`.
    pub(crate) line: Option<u64>,
    /// Is it made by the compiler (`DW_AT_artificial`), as a constructor that the source does not have?
    pub(crate) artificial: bool,
}

/// A name as it is in the debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name<'a> {
    Linkage(Slice<'a>),
    Plain(Slice<'a>),
}

impl FunctionName<'_> {
    /// The name, demangled. It is computed only on demand: most functions are in files that are not
    /// wanted.
    pub(crate) fn name(&self) -> Option<String> {
        self.name.map(|name| match name {
            Name::Linkage(name) => demangled(&byte_text::encode(name.slice())),
            Name::Plain(name) => byte_text::encode(name.slice()).into_owned(),
        })
    }
}

/// The meaning of a file number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeclaredFile {
    /// An index in the unit's own file table.
    Own(u64),
    /// A file of another unit; `None` if it is not wanted.
    Elsewhere(Option<FileId>),
}

/// Follows references between entries, also to other units (link-time optimisation) and to the
/// supplementary file.
pub(crate) struct Names<'d, 'a> {
    own: DebugFile<'d, 'a>,
    supplement: Option<DebugFile<'d, 'a>>,
    elsewhere: &'d dyn FileLookup,
}

/// A file with entries that can be referred to.
struct DebugFile<'d, 'a> {
    dwarf: &'d Dwarf<Slice<'a>>,
    units: &'d Units<'a>,
    /// Units that others refer to, each parsed once.
    parsed: RefCell<HashMap<usize, Option<Rc<Unit<Slice<'a>>>>>>,
}

/// A unit, and the file in which its references are.
struct ReferencedUnit<'n, 'd, 'a> {
    file: &'n DebugFile<'d, 'a>,
    unit: Rc<Unit<Slice<'a>>>,
}

impl<'d, 'a> Names<'d, 'a> {
    /// `supplement` has the units of `dwarf.sup()`.
    pub(crate) fn new(
        dwarf: &'d Dwarf<Slice<'a>>,
        units: &'d Units<'a>,
        supplement: Option<&'d Units<'a>>,
        elsewhere: &'d dyn FileLookup,
    ) -> Self {
        let supplement = dwarf.sup().zip(supplement).map(|(dwarf, units)| DebugFile::new(dwarf, units));
        Self { own: DebugFile::new(dwarf, units), supplement, elsewhere }
    }

    /// Resolves the name and declaration of an entry of `unit`. A linkage name anywhere in the chain is
    /// preferred, because it has the whole path of the function.
    pub(crate) fn resolve(&self, unit: &Unit<Slice<'a>>, naming: NameAttributes<'a>) -> FunctionName<'a> {
        let (mut declared, mut line) = (naming.decl_file.map(DeclaredFile::Own), naming.decl_line);
        let mut plain = self.own.text(unit, naming.name);
        let mut linkage = self.own.text(unit, naming.linkage);
        let mut origin = naming.origin;
        let mut artificial = naming.artificial;
        let mut other: Option<ReferencedUnit<'_, 'd, 'a>> = None;
        for _ in 0..MOST_REFERENCES {
            let (file, here) = match &other {
                Some(place) => (place.file, &*place.unit),
                None => (&self.own, unit),
            };
            let Some((target, next)) = origin.and_then(|origin| self.follow(file, here, origin)) else {
                break;
            };
            other = target.or(other);
            let (file, here) = match &other {
                Some(place) => (place.file, &*place.unit),
                None => (&self.own, unit),
            };
            declared = declared.or_else(|| {
                let number = next.decl_file?;
                match &other {
                    Some(place) => {
                        self.elsewhere.file(file.dwarf, &place.unit, number).map(DeclaredFile::Elsewhere)
                    }
                    None => Some(DeclaredFile::Own(number)),
                }
            });
            line = line.or(next.decl_line);
            artificial |= next.artificial;
            if linkage.is_none() {
                plain = plain.or_else(|| file.text(here, next.name));
                linkage = file.text(here, next.linkage);
            }
            origin = next.origin;
        }
        let name = linkage.map(Name::Linkage).or(plain.map(Name::Plain));
        FunctionName { name, file: declared, line, artificial }
    }

    /// The entry to which `reference` leads, from a unit of `file`; with its unit if that is another
    /// one.
    fn follow<'n>(
        &'n self,
        file: &'n DebugFile<'d, 'a>,
        unit: &Unit<Slice<'a>>,
        reference: AttributeValue<Slice<'a>>,
    ) -> Option<(Option<ReferencedUnit<'n, 'd, 'a>>, NameAttributes<'a>)> {
        let (file, offset) = match reference {
            AttributeValue::UnitRef(offset) => return Some((None, naming_at(unit, offset)?)),
            AttributeValue::DebugInfoRef(offset) => match offset.to_unit_offset(&unit.header) {
                Some(offset) => return Some((None, naming_at(unit, offset)?)),
                None => (file, offset),
            },
            AttributeValue::DebugInfoRefSup(offset) => (self.supplement.as_ref()?, offset),
            _ => return None,
        };
        let unit = file.unit_of(offset)?;
        let naming = naming_at(&unit, offset.to_unit_offset(&unit.header)?)?;
        Some((Some(ReferencedUnit { file, unit }), naming))
    }
}

impl<'d, 'a> DebugFile<'d, 'a> {
    fn new(dwarf: &'d Dwarf<Slice<'a>>, units: &'d Units<'a>) -> Self {
        Self { dwarf, units, parsed: RefCell::default() }
    }

    fn unit_of(&self, offset: DebugInfoOffset) -> Option<Rc<Unit<Slice<'a>>>> {
        let header = self.units.holding(offset)?;
        let mut parsed = self.parsed.borrow_mut();
        let unit = parsed.entry(header.debug_info_offset()?.0);
        unit.or_insert_with(|| self.dwarf.unit(*header).ok().map(Rc::new)).clone()
    }

    fn text(&self, unit: &Unit<Slice<'a>>, value: Option<AttributeValue<Slice<'a>>>) -> Option<Slice<'a>> {
        self.dwarf.attr_string(unit, value?).ok().filter(|text| !text.is_empty())
    }
}

/// The demangled form of a linkage name; unchanged if it is not mangled.
pub(crate) fn demangled(linkage: &str) -> String {
    addr2line::demangle_auto(Cow::Borrowed(linkage), None).into_owned()
}

fn naming_at<'a>(unit: &Unit<Slice<'a>>, offset: UnitOffset) -> Option<NameAttributes<'a>> {
    let mut entries = unit.entries_raw(Some(offset)).ok()?;
    let abbreviation = entries.read_abbreviation().ok()??;
    let mut naming = NameAttributes::default();
    for specification in abbreviation.attributes() {
        naming.take(&entries.read_attribute(*specification).ok()?);
    }
    Some(naming)
}
