//! Split DWARF: the entries of a unit are in a file of its own (.dwo), or in a package of many (.dwp), and only its
//! lines and addresses in the object (DWARF 5, 7.3.2; for DWARF 4, GNU's form of the same).

use std::path::Path;

use gimli::{Dwarf, DwoId, Unit, UnitType};

use super::elf::Elf;
use super::found::{Found, unreadable};
use super::functions::Functions;
use super::lines::LineTable;
use super::names::Names;
use super::package::Package;
use super::search;
use super::sections::{self, Slice};
use super::units::Units;

/// Where the entries of split units may be, and which were not found.
pub(super) struct Split<'d, 'a> {
    /// The object, beside which the files may be.
    object: &'d Path,
    package: Option<&'d Package<'a>>,
    missing: usize,
    /// Why the first of them is.
    reason: Option<String>,
}

/// What became of a split unit's functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entries {
    /// All were found.
    Whole,
    /// Those before the damage were.
    Damaged,
    /// There is no file that has them.
    Missing,
}

impl<'d, 'a> Split<'d, 'a> {
    pub(super) fn new(object: &'d Path, package: Option<&'d Package<'a>>) -> Self {
        Self { object, package, missing: 0, reason: None }
    }

    /// Adds the functions of the split unit that `skeleton` stands for to `functions`. `dwarf` is what the skeleton
    /// is in.
    pub(super) fn collect(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        skeleton: &Unit<Slice<'a>>,
        id: DwoId,
        table: &LineTable,
        functions: &mut Functions,
    ) -> Entries {
        if let Some(package) = self.package {
            match package.unit(id, dwarf) {
                Ok(Some(split)) => {
                    let entries = collect(&split, skeleton, id, table, functions);
                    return entries.unwrap_or(Entries::Damaged);
                }
                Ok(None) => {}
                Err(_) => return Entries::Damaged,
            }
        }
        let name = skeleton.dwo_name().ok().flatten();
        let Some(name) = name.and_then(|name| dwarf.attr_string(skeleton, name).ok()) else {
            return Entries::Damaged;
        };
        let directory = skeleton.comp_dir.map_or(&b""[..], |directory| directory.slice());
        let mut reason = "no such file".to_owned();
        for place in search::split_unit(self.object, directory, name.slice()) {
            let file = match Found::open(&place) {
                Ok(Some(file)) => file,
                Ok(None) => continue,
                Err(error) => {
                    reason = unreadable(&place, &error);
                    continue;
                }
            };
            match collect_from(&file, dwarf, skeleton, id, table, functions) {
                Some(entries) => return entries,
                None => {
                    let other = || format!("{} is of another build", place.display());
                    reason = file.failure().unwrap_or_else(other);
                }
            }
        }
        self.missing += 1;
        self.reason.get_or_insert_with(|| format!("{name}: {reason}", name = name.to_string_lossy()));
        Entries::Missing
    }

    /// What is to be said of the units that were not found.
    pub(super) fn note(&self) -> Option<String> {
        let (path, missing) = (self.object.display(), self.missing);
        let units = if missing == 1 { "unit" } else { "units" };
        let reason = self.reason.as_ref()?;
        Some(format!(
            "{path}: no functions of {missing} {units} whose debug information was split off: {reason}"
        ))
    }
}

/// The same from the file of the split unit alone; `None` when it is not in there.
fn collect_from(
    file: &Found,
    dwarf: &Dwarf<Slice<'_>>,
    skeleton: &Unit<Slice<'_>>,
    id: DwoId,
    table: &LineTable,
    functions: &mut Functions,
) -> Option<Entries> {
    let cache = file.cache();
    let elf = Elf::open(&cache).ok()?;
    let (sections, damaged) = sections::load_split(&elf);
    let mut split = sections.borrow(sections::slice);
    split.make_dwo(dwarf);
    let entries = collect(&split, skeleton, id, table, functions);
    match entries {
        None if damaged > 0 => Some(Entries::Damaged),
        entries => entries,
    }
}

/// Adds the functions of the unit `id` of `split`; `None` when it is not in there.
fn collect<'s>(
    split: &Dwarf<Slice<'s>>,
    skeleton: &Unit<Slice<'s>>,
    id: DwoId,
    table: &LineTable,
    functions: &mut Functions,
) -> Option<Entries> {
    let units = Units::read(split);
    let is_type = |kind| matches!(kind, UnitType::Type { .. } | UnitType::SplitType { .. });
    let mut candidates = units.headers.iter().filter(|header| !is_type(header.type_()));
    let mut unit =
        candidates.find_map(|header| split.unit(*header).ok().filter(|it| it.dwo_id == Some(id)))?;
    unit.copy_relocated_attributes(skeleton);
    let names = Names::new(split, &units, None);
    let whole = functions.collect(split, &unit, table, &names).is_ok();
    Some(if whole { Entries::Whole } else { Entries::Damaged })
}
