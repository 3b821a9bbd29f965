//! Units and line programs with a wanted source.

use gimli::{Dwarf, IncompleteLineProgram, Unit, UnitType};
use hashbrown::HashMap;

use crate::elf::sections::Slice;
use crate::object::dwarf::units::Units;
use crate::object::lines::files::{FileTable, Files};

/// Line programs with a wanted source, and the units that use them. Several units can share a program.
#[derive(Default)]
pub(crate) struct WantedUnits<'a> {
    pub(crate) programs: Vec<WantedProgram<'a>>,
    /// Each with the index of its program.
    pub(crate) units: Vec<(Unit<Slice<'a>>, usize)>,
    /// The number of units that could not be read.
    pub(crate) damaged: usize,
}

/// A line program that has not been run yet.
pub(crate) struct WantedProgram<'a> {
    pub(crate) program: IncompleteLineProgram<Slice<'a>>,
    pub(crate) names: FileTable,
    /// The index of the first unit that uses it.
    pub(crate) owner: usize,
}

impl<'a> WantedUnits<'a> {
    /// Reads the file table of every unit.
    pub(crate) fn find(dwarf: &Dwarf<Slice<'a>>, units: &Units<'a>, files: &mut Files<'_, 'a>) -> Self {
        let mut interest = Self::default();
        // By offset in `.debug_line`; `None` if the program has no wanted file.
        let mut seen: HashMap<usize, Option<usize>> = HashMap::new();
        for header in &units.headers {
            // Type units have no code: their line tables are for declarations only.
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
                    interest.programs.push(WantedProgram { program, names, owner });
                    interest.programs.len() - 1
                })
            });
            interest.units.extend(index.map(|index| (unit, index)));
        }
        interest
    }
}
