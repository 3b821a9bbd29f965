//! Names of functions: of the entry itself, or of the declaration or abstract instance that it refers to.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use gimli::{AttributeValue, DebugInfoOffset, Dwarf, Unit, UnitOffset, constants};
use hashbrown::HashMap;

use super::sections::Slice;
use super::units::Units;

/// An entry refers to its abstract instance, which refers to its declaration; more is a loop.
const MOST_REFERENCES: usize = 8;

/// What an entry says of its own name and place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Naming<'a> {
    linkage: Option<AttributeValue<Slice<'a>>>,
    name: Option<AttributeValue<Slice<'a>>>,
    origin: Option<AttributeValue<Slice<'a>>>,
    decl_line: Option<u64>,
}

impl<'a> Naming<'a> {
    /// Takes an attribute, if it is about the name or the place.
    pub(super) fn take(&mut self, attribute: &gimli::Attribute<Slice<'a>>) {
        match attribute.name() {
            constants::DW_AT_linkage_name | constants::DW_AT_MIPS_linkage_name => {
                self.linkage = Some(attribute.value());
            }
            constants::DW_AT_name => self.name = Some(attribute.value()),
            constants::DW_AT_abstract_origin | constants::DW_AT_specification => {
                self.origin = Some(attribute.value());
            }
            constants::DW_AT_decl_line => self.decl_line = attribute.udata_value(),
            _ => {}
        }
    }
}

/// The name of a function, and the line of its declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Demangled.
    pub(super) name: Option<String>,
    /// `DW_AT_decl_line`.
    pub(super) line: Option<u64>,
}

/// Follows references between entries, across units (link-time optimisation) too.
pub(super) struct Names<'d, 'a> {
    dwarf: &'d Dwarf<Slice<'a>>,
    units: &'d Units<'a>,
    others: RefCell<HashMap<usize, Option<SharedUnit<'a>>>>,
}

/// Units that others refer to are parsed once.
type SharedUnit<'a> = Rc<Unit<Slice<'a>>>;

impl<'d, 'a> Names<'d, 'a> {
    pub(super) fn new(dwarf: &'d Dwarf<Slice<'a>>, units: &'d Units<'a>) -> Self {
        Self { dwarf, units, others: RefCell::default() }
    }

    /// Resolves what an entry of `unit` says of itself. A linkage name, wherever in the chain, is the whole
    /// path of the function and so better than a name.
    pub(super) fn resolve(&self, unit: &Unit<Slice<'a>>, naming: Naming<'a>) -> Named {
        let mut line = naming.decl_line;
        let mut plain = self.text(unit, naming.name);
        let mut linkage = self.text(unit, naming.linkage);
        let mut origin = naming.origin;
        let mut other: Option<SharedUnit<'a>> = None;
        for _ in 0..MOST_REFERENCES {
            if linkage.is_some() {
                break;
            }
            let here = other.as_deref().unwrap_or(unit);
            let Some((target, next)) = origin.and_then(|origin| self.follow(here, origin)) else {
                break;
            };
            let here = target.as_deref().unwrap_or(here);
            line = line.or(next.decl_line);
            plain = plain.or_else(|| self.text(here, next.name));
            linkage = self.text(here, next.linkage);
            origin = next.origin;
            other = target.or(other);
        }
        let name = match linkage {
            Some(linkage) => Some(demangled(&linkage)),
            None => plain,
        };
        Named { name, line }
    }

    /// The entry that `reference`, made in `unit`, leads to; with its unit if that is another.
    fn follow(
        &self,
        unit: &Unit<Slice<'a>>,
        reference: AttributeValue<Slice<'a>>,
    ) -> Option<(Option<SharedUnit<'a>>, Naming<'a>)> {
        match reference {
            AttributeValue::UnitRef(offset) => Some((None, naming_at(unit, offset)?)),
            AttributeValue::DebugInfoRef(offset) => {
                if let Some(offset) = offset.to_unit_offset(&unit.header) {
                    return Some((None, naming_at(unit, offset)?));
                }
                let other = self.unit_of(offset)?;
                let naming = naming_at(&other, offset.to_unit_offset(&other.header)?)?;
                Some((Some(other), naming))
            }
            _ => None,
        }
    }

    fn unit_of(&self, offset: DebugInfoOffset) -> Option<SharedUnit<'a>> {
        let header = self.units.holding(offset)?;
        self.others
            .borrow_mut()
            .entry(header.debug_info_offset()?.0)
            .or_insert_with(|| self.dwarf.unit(*header).ok().map(Rc::new))
            .clone()
    }

    fn text(&self, unit: &Unit<Slice<'a>>, value: Option<AttributeValue<Slice<'a>>>) -> Option<String> {
        let text = self.dwarf.attr_string(unit, value?).ok()?;
        let text = text.to_string_lossy();
        (!text.is_empty()).then(|| text.into_owned())
    }
}

/// A linkage name as its language spells the function; unchanged when it is no mangled name.
pub(super) fn demangled(linkage: &str) -> String {
    addr2line::demangle_auto(Cow::Borrowed(linkage), None).into_owned()
}

fn naming_at<'a>(unit: &Unit<Slice<'a>>, offset: UnitOffset) -> Option<Naming<'a>> {
    let mut entries = unit.entries_raw(Some(offset)).ok()?;
    let abbreviation = entries.read_abbreviation().ok()??;
    let mut naming = Naming::default();
    for specification in abbreviation.attributes() {
        naming.take(&entries.read_attribute(*specification).ok()?);
    }
    Some(naming)
}
