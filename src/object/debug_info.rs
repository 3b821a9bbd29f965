//! The way from the DWARF sections to the sites: file tables first, and the rest only where a file is wanted.

use std::path::Path;

use gimli::{AbbreviationsCacheStrategy, Dwarf, IncompleteLineProgram, Unit, UnitType};
use hashbrown::HashMap;

use super::Object;
use super::code::Code;
use super::elf::{Elf, Refused};
use super::files::{FileTable, Files};
use super::functions;
use super::lines::LineTable;
use super::names::Names;
use super::sections::{self, Slice};
use super::sites::Sites;
use super::units::Units;

/// Line programs of interest, and the units that use them: several units may share one.
#[derive(Default)]
struct Interest<'a> {
    programs: Vec<Program<'a>>,
    /// Each with the index of its program.
    units: Vec<(Unit<Slice<'a>>, usize)>,
    damaged: usize,
}

/// A line program, not yet run.
struct Program<'a> {
    program: IncompleteLineProgram<Slice<'a>>,
    names: FileTable,
    /// Index of the first unit that uses it.
    owner: usize,
}

/// Fills the tables of `object`.
pub(super) fn read(elf: &Elf, wanted: &dyn Fn(&Path) -> bool, object: &mut Object) -> Result<(), Refused> {
    let (sections, damaged) = sections::load(elf);
    let mut dwarf = sections.borrow(|bytes| Slice::new(bytes, gimli::LittleEndian));
    dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::Duplicates);
    let units = Units::read(&dwarf);
    let mut files = Files::new(wanted);
    let interest = Interest::find(&dwarf, &units, &mut files);
    object.units = units.headers.len();
    object.dropped.damaged_units = damaged + units.damaged + interest.damaged;
    if interest.units.is_empty() {
        return Ok(());
    }

    let code = Code::read(elf).map_err(Refused::Damaged)?;
    let names = Names::new(&dwarf, &units);
    let mut sites = Sites::default();
    let mut tables = Vec::with_capacity(interest.programs.len());
    for Program { program, names, owner } in interest.programs {
        let unit = &interest.units[owner].0;
        let table = LineTable::run(&dwarf, unit, program, (names, &mut files), &code);
        object.dropped.not_loaded += table.not_loaded;
        object.dropped.inside_instruction += sites.add_lines(&table, &code);
        tables.push(table);
    }
    for (unit, program) in &interest.units {
        let table = &tables[*program];
        let mut found = Vec::new();
        let result = functions::collect(&dwarf, unit, table, &names, &mut found);
        object.dropped.damaged_units += usize::from(result.is_err() || table.damaged);
        object.dropped.inside_instruction += sites.add_functions(found, &code);
    }
    sites.fill(object, files.paths, elf, &code);
    Ok(())
}

impl<'a> Interest<'a> {
    fn find(dwarf: &Dwarf<Slice<'a>>, units: &Units<'a>, files: &mut Files<'_, 'a>) -> Self {
        let mut interest = Self::default();
        // By offset in `.debug_line`; `None` when no file of it is wanted.
        let mut seen: HashMap<usize, Option<usize>> = HashMap::new();
        for header in &units.headers {
            // Type units have no code; their line tables serve the declarations alone.
            if matches!(header.type_(), UnitType::Type { .. } | UnitType::SplitType { .. }) {
                continue;
            }
            let Ok(mut unit) = dwarf.unit(*header) else {
                interest.damaged += 1;
                continue;
            };
            let Some(program) = unit.line_program.take() else {
                continue;
            };
            let index = *seen.entry(program.header().offset().0).or_insert_with(|| {
                let names = files.table(dwarf, &unit, program.header());
                names.may_be_wanted().then(|| {
                    let owner = interest.units.len();
                    interest.programs.push(Program { program, names, owner });
                    interest.programs.len() - 1
                })
            });
            interest.units.extend(index.map(|index| (unit, index)));
        }
        interest
    }
}
