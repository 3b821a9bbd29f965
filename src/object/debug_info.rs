//! The way from the DWARF sections to the sites: file tables first, and the rest only where a file is wanted.

use crate::machine;
use std::fs::File;
use std::path::Path;

use gimli::{AbbreviationsCacheStrategy, Dwarf, Unit};

use super::blocks::Blocks;
use super::dwarf_sections;
use super::files::Files;
use super::found::Found;
use super::functions::Functions;
use super::heads::{self, Heads};
use super::interest::{Interest, Program};
use super::lines::LineTable;
use super::names::Names;
use super::outside::Outside;
use super::package::{self, Package};
use super::sites::Sites;
use super::split::Split;
use super::supplement::{self, Supplement};
use super::units::Units;
use super::{Object, languages, separate};
use crate::elf::Code;
use crate::elf::sections::{self, Slice};
use crate::elf::{Elf, Refused};

/// Fills the tables of `object`, which was opened as `file`.
pub(super) fn read(elf: &Elf, file: &File, outside: &Outside, object: &mut Object) -> Result<(), Refused> {
    if elf.has_debug_info() {
        let path = object.path.clone();
        return read_from(elf, (elf, &path), outside, object);
    }
    let separate = separate::find(elf, (file, &object.path), outside, &mut object.remarks);
    let Some(separate) = separate else {
        return Ok(());
    };
    let cache = separate.cache();
    let debug = machine::open(&cache)?;
    let result = read_from(elf, (&debug, &separate.path), outside, object);
    object.remarks.extend(separate.failure());
    result
}

/// `elf` has the code, and `debug`, which may be the same, the debug information.
fn read_from(
    elf: &Elf,
    (debug, path): (&Elf, &Path),
    outside: &Outside,
    object: &mut Object,
) -> Result<(), Refused> {
    let heads = Heads::load(debug);
    let supplement = supplement::find(debug, path, outside, &mut object.remarks);
    let mut files = Files::new(outside, matches!(supplement, Supplement::Missing));
    object.has_units = true;
    // Compilers of distributions keep to the letter of DWARF 5, and their packages are mostly not wanted.
    let believed = outside.search.roots.iter().any(|root| path.starts_with(root));
    if !heads::may_be_wanted(&heads.dwarf(), &mut files, believed) {
        return Ok(());
    }

    let cache = supplement.found().map(Found::cache);
    let shared = cache.as_ref().and_then(|cache| Some(dwarf_sections::load(&machine::open(cache).ok()?)));

    let (sections, damaged) = heads::load_beside(debug, &heads);
    object.dropped.damaged_units = damaged + shared.as_ref().map_or(0, |shared| shared.1);
    let mut dwarf = sections.borrow_with_sup(shared.as_ref().map(|shared| &shared.0), sections::slice);
    dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::Duplicates);
    let mut files: Files<'_, '_> = files;
    let result = fill(elf, (debug, path), &dwarf, (&mut files, outside), object);
    object.remarks.extend(supplement.found().and_then(Found::failure));
    result
}

/// Fills the tables of `object` from `dwarf`, that of `debug`.
fn fill<'a>(
    elf: &Elf,
    (debug, debug_path): (&Elf, &Path),
    dwarf: &Dwarf<Slice<'a>>,
    (files, outside): (&mut Files<'_, 'a>, &Outside),
    object: &mut Object,
) -> Result<(), Refused> {
    let units = Units::read(dwarf);
    let interest = Interest::find(dwarf, &units, files);
    object.has_units = !units.headers.is_empty();
    object.dropped.damaged_units += units.damaged + interest.damaged;
    if interest.units.is_empty() {
        return Ok(());
    }

    // A stripped object has only the symbols that the dynamic linker sees.
    let has_all_symbols = debug.has_symbols();
    let symbols = if has_all_symbols { debug.function_symbols() } else { elf.function_symbols() };
    let symbol_name =
        |symbol| if has_all_symbols { debug.symbol_name(symbol) } else { elf.symbol_name(symbol) };
    let code = Code::read(elf, debug, symbols).map_err(Refused::Damaged)?;
    let mut sites = Sites::default();
    let mut tables = Vec::with_capacity(interest.programs.len());
    let mut apart = Vec::new();
    for Program { program, names, owner } in interest.programs {
        let unit = &interest.units[owner].0;
        let table = LineTable::run(dwarf, unit, program, (names, files), &code);
        object.dropped.not_loaded += table.not_loaded;
        object.dropped.inside_instruction += sites.add_lines(&table, &code);
        if !languages::has_known_jumps(unit) {
            apart.extend(table.ranges());
        }
        tables.push(table);
    }

    let mut functions = Functions::new(&code, &*files);
    let paths = (&*object.path, debug_path, outside);
    let note = collect(dwarf, &units, &interest.units, &tables, &mut functions, paths);
    object.notes.extend(note);
    object.dropped.damaged_units += functions.damaged;
    object.dropped.inside_instruction += sites.add_functions(functions.found, &code);
    sites.fill(object, std::mem::take(&mut files.wanted_files), &code, &symbol_name);
    let blocks = Blocks { elf, code: &code, apart, has_all_symbols, symbol_name: &symbol_name };
    object.trampolines = blocks.join(&mut object.sites);
    Ok(())
}

/// Collects the functions of `interest`, some of `units`; with each is the index of its table. Gives what is to be
/// said about those that were not found.
fn collect<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    units: &Units<'a>,
    interest: &[(Unit<Slice<'a>>, usize)],
    tables: &[LineTable],
    functions: &mut Functions,
    (object, debug, outside): (&Path, &Path, &Outside),
) -> Option<String> {
    let is_split = interest.iter().any(|(unit, _)| unit.dwo_id.is_some());
    let package = is_split.then(|| package::find(object, debug, outside)).flatten();
    let cache = package.as_ref().map(Found::cache);
    let package = cache.as_ref().and_then(|cache| dwarf_sections::load_package(&machine::open(cache).ok()?));
    let package = package.as_ref().and_then(Package::new);
    let mut split = Split::new(object, package.as_ref(), outside);

    let shared = dwarf.sup().map(Units::read);
    let names = Names::new(dwarf, units, shared.as_ref(), functions.elsewhere);
    for (unit, table) in interest {
        let table = &tables[*table];
        let whole = match unit.dwo_id {
            // What cannot be known is told; a skeleton may have some functions itself.
            Some(id) => {
                split.collect(dwarf, unit, id, table, functions)
                    || functions.collect(dwarf, unit, table, &names).is_ok()
            }
            None => functions.collect(dwarf, unit, table, &names).is_ok(),
        };
        functions.damaged += usize::from(!whole || table.damaged);
    }
    split.note()
}
