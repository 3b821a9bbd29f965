//! Split DWARF: the entries of a unit are in a file of their own (.dwo), or in a package (.dwp). Only
//! its lines and addresses are in the object (DWARF 5, 7.3.2; GNU has an equivalent for DWARF 4).

use crate::machine;
use crate::quote;
use std::path::Path;

use gimli::{Dwarf, DwoId, Unit, UnitType};

use crate::elf::sections::{self, Slice};
use crate::object::debug_files::package::Package;
use crate::object::dwarf::sections as dwarf_sections;
use crate::object::dwarf::units::Units;
use crate::object::environment::Environment;
use crate::object::environment::located::{LocatedFile, unreadable};
use crate::object::environment::search;
use crate::object::functions::Functions;
use crate::object::functions::names::Names;
use crate::object::lines::LineTable;

/// Finds the entries of split units, and counts the missing ones.
pub(crate) struct Split<'d, 'a> {
    /// The path of the object, beside which the files may be.
    object: &'d Path,
    environment: &'d Environment<'d>,
    package: Option<&'d Package<'a>>,
    missing: usize,
    /// Why the functions of the first missing unit are missing.
    reason: Option<String>,
}

impl<'d, 'a> Split<'d, 'a> {
    pub(crate) fn new(
        object: &'d Path,
        package: Option<&'d Package<'a>>,
        environment: &'d Environment<'d>,
    ) -> Self {
        Self { object, environment, package, missing: 0, reason: None }
    }

    /// Adds the functions of the split unit of `skeleton`, which is in `dwarf`, to `functions`. False if
    /// some may be missing.
    pub(crate) fn collect(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        skeleton: &Unit<Slice<'a>>,
        id: DwoId,
        table: &LineTable,
        functions: &mut Functions,
    ) -> bool {
        let result = self.try_collect(dwarf, skeleton, id, table, functions);
        let Err(reason) = result else {
            return true;
        };
        self.missing += 1;
        self.reason.get_or_insert(reason);
        false
    }

    fn try_collect(
        &self,
        dwarf: &Dwarf<Slice<'a>>,
        skeleton: &Unit<Slice<'a>>,
        id: DwoId,
        table: &LineTable,
        functions: &mut Functions,
    ) -> Result<(), String> {
        if let Some(package) = self.package {
            let damaged = || "its package is damaged".to_owned();
            if let Some(split) = package.unit(id, dwarf).map_err(|_| damaged())? {
                let result = collect(&split, skeleton, id, table, functions);
                return result.and_then(Result::ok).ok_or_else(damaged);
            }
        }
        let name = skeleton.dwo_name().ok().flatten();
        let name = name.and_then(|name| dwarf.attr_string(skeleton, name).ok());
        let name = name.ok_or("its file has no name")?;
        let directory = skeleton.comp_dir.map_or(&b""[..], |directory| directory.slice());
        let mut reason = format!("{}: no such file", quote::name(name.slice()));
        let own = self.environment.directory_of(self.object);
        for place in search::split_unit(
            self.environment.place(&[directory, name.slice()]),
            &own,
            directory,
            name.slice(),
        ) {
            match self.environment.open(&place) {
                Ok(Some(file)) => match collect_from(&file, dwarf, skeleton, id, table, functions) {
                    Some(Ok(())) => return Ok(()),
                    Some(Err(Damage)) => return Err(format!("{} is damaged", quote::path(&place))),
                    None => {
                        let other = || format!("{} is of another build", quote::path(&place));
                        reason = file.failure().unwrap_or_else(other);
                    }
                },
                Ok(None) => {}
                Err(error) => reason = unreadable(&place, &error),
            }
        }
        Err(reason)
    }

    /// The message about missing functions, if there are any.
    pub(crate) fn note(&self) -> Option<String> {
        let (path, missing, reason) = (quote::path(self.object), self.missing, self.reason.as_ref()?);
        let units = if missing == 1 { "unit that was" } else { "units that were" };
        Some(format!("functions are missing of {path}, from {missing} {units} split off: {reason}"))
    }
}

/// Some entries of a split unit could not be read.
struct Damage;

/// Adds the functions of the unit `id` from the file of a split unit; `None` if the unit is not in it.
fn collect_from(
    file: &LocatedFile,
    dwarf: &Dwarf<Slice<'_>>,
    skeleton: &Unit<Slice<'_>>,
    id: DwoId,
    table: &LineTable,
    functions: &mut Functions,
) -> Option<Result<(), Damage>> {
    let cache = file.cache();
    let elf = machine::open(&cache).ok()?;
    let (sections, damaged) = dwarf_sections::load_split(&elf);
    let mut split = sections.borrow(sections::slice);
    split.make_dwo(dwarf);
    let result = collect(&split, skeleton, id, table, functions);
    if damaged > 0 { Some(Err(Damage)) } else { result }
}

/// Adds the functions of the unit `id` of `split`; `None` if it is not in there.
fn collect<'s>(
    split: &Dwarf<Slice<'s>>,
    skeleton: &Unit<Slice<'s>>,
    id: DwoId,
    table: &LineTable,
    functions: &mut Functions,
) -> Option<Result<(), Damage>> {
    let units = Units::read(split);
    let is_type = |kind| matches!(kind, UnitType::Type { .. } | UnitType::SplitType { .. });
    let mut candidates = units.headers.iter().filter(|header| !is_type(header.type_()));
    let mut unit =
        candidates.find_map(|header| split.unit(*header).ok().filter(|it| it.dwo_id == Some(id)))?;
    unit.copy_relocated_attributes(skeleton);
    let names = Names::new(split, &units, None, functions.elsewhere);
    Some(functions.collect(split, &unit, table, &names).map_err(|_| Damage))
}
