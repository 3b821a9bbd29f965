//! Reads the DWARF sections of an object. File tables come first, all else only for wanted files.

use crate::machine;
use std::fs::File;
use std::path::Path;

use gimli::{AbbreviationsCacheStrategy, Dwarf, Unit};

use crate::elf::Code;
use crate::elf::sections::{self, Slice};
use crate::elf::{Elf, ElfError};
use crate::object::debug_files::package::{self, Package};
use crate::object::debug_files::separate;
use crate::object::debug_files::split::Split;
use crate::object::debug_files::supplement::{self, Supplement};
use crate::object::dwarf::languages::Language;
use crate::object::dwarf::sections as dwarf_sections;
use crate::object::dwarf::units::Units;
use crate::object::environment::Environment;
use crate::object::environment::located::LocatedFile;
use crate::object::functions::Functions;
use crate::object::functions::names::Names;
use crate::object::lines::files::Files;
use crate::object::lines::headers::{self, LineHeaders};
use crate::object::lines::statements::Ways;
use crate::object::lines::wanted::{WantedProgram, WantedUnits};
use crate::object::lines::{self, LineTable};
use crate::object::model::Object;
use crate::object::sites::Sites;
use crate::object::sites::blocks::{Blocks, SymbolNames};
use crate::object::test_main;
use crate::quote;

/// Fills the tables of `object`, whose file is `file`.
pub(crate) fn read(
    elf: &Elf,
    file: &File,
    environment: &Environment,
    object: &mut Object,
) -> Result<(), ElfError> {
    if elf.has_debug_info() {
        let path = object.path.clone();
        return read_from(elf, (elf, &path), environment, object);
    }
    let separate = separate::find(elf, (file, &object.path), environment, &mut object.diagnostics);
    let Some(separate) = separate else {
        return Ok(());
    };
    let cache = separate.cache();
    let debug = machine::open(&cache)?;
    let result = read_from(elf, (&debug, &separate.path), environment, object);
    object.diagnostics.extend(separate.failure());
    result
}

/// `elf` has the code, and `debug`, which can be the same file, has the debug information.
fn read_from(
    elf: &Elf,
    (debug, path): (&Elf, &Path),
    environment: &Environment,
    object: &mut Object,
) -> Result<(), ElfError> {
    let headers = LineHeaders::load(debug);
    let supplement = supplement::find(debug, path, environment, &mut object.diagnostics);
    let mut files = Files::new(environment, matches!(supplement, Supplement::Missing));
    object.has_units = true;
    // Compilers of distributions follow DWARF 5 to the letter, and the sources of their packages are
    // rarely wanted.
    let believed = environment.search.roots.iter().any(|root| path.starts_with(root));
    if !headers::may_be_wanted(&headers.dwarf(), &mut files, believed) {
        return Ok(());
    }

    let cache = supplement.found().map(LocatedFile::cache);
    let shared = cache.as_ref().and_then(|cache| Some(dwarf_sections::load(&machine::open(cache).ok()?)));

    let (sections, damaged) = headers::load_beside(debug, &headers);
    let refused = debug.refused_section();
    object
        .diagnostics
        .extend(refused.map(|reason| format!("lines of {} are missing: {reason}", quote::path(path))));
    object.dropped.damaged_units = damaged + shared.as_ref().map_or(0, |shared| shared.1);
    let mut dwarf = sections.borrow_with_sup(shared.as_ref().map(|shared| &shared.0), sections::slice);
    dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::Duplicates);
    let mut files: Files<'_, '_> = files;
    let result = fill(elf, (debug, path), &dwarf, (&mut files, environment), object);
    object.diagnostics.extend(supplement.found().and_then(LocatedFile::failure));
    result
}

/// Fills the tables of `object` from `dwarf`, which is that of `debug`.
fn fill<'a>(
    elf: &Elf,
    (debug, debug_path): (&Elf, &Path),
    dwarf: &Dwarf<Slice<'a>>,
    (files, environment): (&mut Files<'_, 'a>, &Environment),
    object: &mut Object,
) -> Result<(), ElfError> {
    let units = Units::read(dwarf);
    let interest = WantedUnits::find(dwarf, &units, files);
    object.has_units = !units.headers.is_empty();
    object.dropped.damaged_units += units.damaged + interest.damaged;
    if interest.units.is_empty() {
        return Ok(());
    }

    // A stripped object has only the symbols of the dynamic linker.
    let has_all_symbols = debug.has_symbols();
    let symbols = if has_all_symbols { debug.function_symbols() } else { elf.function_symbols() };
    let symbol_name =
        |symbol| if has_all_symbols { debug.symbol_name(symbol) } else { elf.symbol_name(symbol) };
    let code = Code::read(elf, debug, symbols).map_err(ElfError::Damaged)?;
    let mut tables = Vec::with_capacity(interest.programs.len());
    let (mut rows, most_rows) = (0, lines::most_rows(&code));
    let mut apart = Vec::new();
    for WantedProgram { program, names, owner } in interest.programs {
        let unit = &interest.units[owner].0;
        let language = Language::of(dwarf, unit, program.header());
        let table = LineTable::run(dwarf, unit, program, (names, files), &code);
        rows += table.len();
        if rows > most_rows {
            return Err(ElfError::Damaged(
                "its line tables have more rows than its code can have".to_owned(),
            ));
        }
        object.dropped.not_loaded += table.not_loaded;
        if !language.has_known_jumps {
            apart.extend(table.ranges());
        }
        tables.push((table, language));
    }

    let names = SymbolNames { are_all: has_all_symbols, name: &symbol_name };
    test_main::remove(tables.iter_mut().map(|(table, _)| table), &code.symbols, &names);
    for (table, _) in &mut tables {
        object.dropped.inside_instruction += table.find_instructions(&code);
    }
    let mut instructions: Vec<_> = tables.iter().flat_map(|(table, _)| table.instructions()).collect();
    instructions.sort_unstable();
    instructions.dedup();
    let (capabilities, with_branches) = (environment.capabilities, environment.search.branches);
    let blocks = Blocks::find(capabilities, elf, &code, apart, &instructions, &names, with_branches);
    let mut sites = Sites::default();
    for (table, language) in &mut tables {
        table.find_statements(&Ways {
            is_join: &|address| language.is_entered_by_jumps && blocks.is_join(address),
            only_jumps: &|address| {
                let jumps = blocks.only_jumps_to(address).filter(|_| language.marks_statements);
                jumps.into_iter().flatten().collect()
            },
        });
        sites.add_lines(table);
    }

    let mut functions = Functions::new(&code, &*files);
    let paths = (&*object.path, debug_path, environment);
    let note = collect(dwarf, &units, &interest.units, &tables, &mut functions, paths);
    object.notes.extend(note);
    object.dropped.damaged_units += functions.damaged;
    functions.found.retain(|function| files.has_line(function.file, function.line));
    object.dropped.inside_instruction += sites.add_functions(functions.found, &code);
    sites.add_jumped_into(tables.iter().map(|(table, language)| (table, *language)), &blocks);
    if with_branches {
        sites.add_branches(tables.iter().map(|(table, language)| (table, *language)), &blocks);
    }
    sites.fill(object, std::mem::take(&mut files.wanted_files), &code, &symbol_name);
    object.trampolines = blocks.join(&mut object.sites, &object.edges);
    Ok(())
}

/// Collects the functions of `interest`, some of `units`; with each is the index of its table. Gives what
/// is to be said about those that were not found.
fn collect<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    units: &Units<'a>,
    interest: &[(Unit<Slice<'a>>, usize)],
    tables: &[(LineTable, Language)],
    functions: &mut Functions,
    (object, debug, environment): (&Path, &Path, &Environment),
) -> Option<String> {
    let is_split = interest.iter().any(|(unit, _)| unit.dwo_id.is_some());
    let package = is_split.then(|| package::find(object, debug, environment)).flatten();
    let cache = package.as_ref().map(LocatedFile::cache);
    let package = cache.as_ref().and_then(|cache| dwarf_sections::load_package(&machine::open(cache).ok()?));
    let package = package.as_ref().and_then(Package::new);
    let mut split = Split::new(object, package.as_ref(), environment);

    let shared = dwarf.sup().map(Units::read);
    let names = Names::new(dwarf, units, shared.as_ref(), functions.elsewhere);
    for (unit, table) in interest {
        let (table, _) = &tables[*table];
        let whole = match unit.dwo_id {
            // If the split unit is missing, the note says so. Its skeleton may contain some functions.
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
