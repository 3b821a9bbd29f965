//! The `main` that rustc makes for a program of tests (`--test`). No source has it, and yet it has rows: of
//! line 1 of the crate's root, which may be a comment.

use std::ops::Range;

use memchr::memmem;

use crate::elf::Symbol;
use crate::object::functions::names::demangled;
use crate::object::lines::{LineTable, Row};
use crate::object::sites::blocks::SymbolNames;

/// Where rustc places what no source has: the beginning of the first source. A `main` that begins there in
/// the source has rows with columns behind that of its entry.
fn is_at_beginning(row: &Row) -> bool {
    row.line == 1 && row.position.column == 0
}

/// Removes the rows of this function from `tables`.
pub(crate) fn remove<'t>(
    tables: impl Iterator<Item = &'t mut LineTable>,
    symbols: &[Symbol],
    names: &SymbolNames,
) {
    let mut is_of_tests = None;
    for table in tables {
        let entries = table.rows_mut().iter().filter(|row| row.file.is_some() && is_at_beginning(row));
        let mut functions = entries.filter_map(|row| main_at(row.address, symbols, names)).peekable();
        if functions.peek().is_none() || !*is_of_tests.get_or_insert_with(|| has_tests(symbols, names)) {
            continue;
        }
        let functions: Vec<Range<u64>> = functions.collect();
        for function in functions {
            let mut rows: Vec<&mut Row> =
                table.rows_mut().iter_mut().filter(|row| function.contains(&row.address)).collect();
            if rows.iter().all(|row| row.line != 1 || row.file.is_none() || is_at_beginning(row)) {
                rows.iter_mut().filter(|row| row.line <= 1).for_each(|row| row.file = None);
            }
        }
    }
}

/// The code of the function `main` of a crate's root, if it is at `address`.
fn main_at(address: u64, symbols: &[Symbol], names: &SymbolNames) -> Option<Range<u64>> {
    let first = symbols.partition_point(|symbol| symbol.address < address);
    let mut here = symbols[first..].iter().take_while(|symbol| symbol.address == address);
    let is_main = |symbol: &&Symbol| {
        (names.name)(**symbol).is_some_and(|name| {
            let name = demangled(&String::from_utf8_lossy(name));
            name.split_once("::").is_some_and(|(_, function)| function == "main")
        })
    };
    here.find(is_main).map(|symbol| address..address.saturating_add(symbol.size))
}

/// Is the harness of tests linked? `test::test_main_static` is inlined by link-time optimisation, but not all
/// functions that are named for it.
fn has_tests(symbols: &[Symbol], names: &SymbolNames) -> bool {
    let finder = memmem::Finder::new(b"test_main");
    symbols.iter().any(|symbol| (names.name)(*symbol).is_some_and(|name| finder.find(name).is_some()))
}
