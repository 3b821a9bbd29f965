//! Joins the lines and functions of all units into the sites of an object.

pub(crate) mod blocks;

use crate::elf::Code;
use crate::elf::Svma;
use crate::elf::Symbol;
use crate::machine::Site;
use crate::machine::{InstructionWalk, Patch};
use crate::object::functions::UnitFunction;
use crate::object::functions::names;
use crate::object::lines::LineTable;
use crate::object::lines::files::{FileId, WantedFile};
use crate::object::model::{Function, Object, SiteLine};

/// The lines and functions so far, by address.
#[derive(Default)]
pub(crate) struct Sites {
    /// Address, length of the instruction, file and line.
    lines: Vec<(u64, u8, FileId, u32)>,
    functions: Vec<UnitFunction>,
    /// The entries of their own code: address, and length of the instruction.
    entries: Vec<(u64, u8)>,
}

impl Sites {
    /// Adds the lines of a line table. Gives the number of rows inside an instruction.
    pub(crate) fn add_lines(&mut self, table: &LineTable, code: &Code) -> usize {
        let mut inside = 0;
        for rows in table.sequences() {
            // Code after the last wanted row is not decoded.
            let Some(last) = rows.iter().rposition(|row| row.wanted_line().is_some()) else {
                continue;
            };
            let start = rows[0].address;
            let Some(region) = code.region(start) else {
                continue;
            };
            let mut walk = InstructionWalk::new(region, &code.symbols, start);
            for row in &rows[..=last] {
                let Some((file, line)) = row.wanted_line() else {
                    continue;
                };
                match walk.length_at(row.address) {
                    Some(length) => self.lines.push((row.address, length, file, line)),
                    None => inside += 1,
                }
            }
        }
        inside
    }

    /// Adds functions, after all lines. Gives the number of entries at which no instruction begins. A
    /// copy begins where a line does: rows inside an instruction are counted already, and must not
    /// become sites here.
    pub(crate) fn add_functions(&mut self, functions: Vec<UnitFunction>, code: &Code) -> usize {
        self.lines.sort_unstable();
        self.lines.dedup();
        let has_line = |at: u64| self.lines.binary_search_by_key(&at, |line| line.0).is_ok();
        let mut inside = 0;
        let mut is_entry = |address: u64| {
            let region = code.region(address);
            let length =
                region.and_then(|region| InstructionWalk::new(region, &[], address).length_at(address));
            self.entries.extend(length.map(|length| (address, length)));
            inside += usize::from(length.is_none());
            length.is_some()
        };
        for mut function in functions {
            function.entry = function.entry.filter(|entry| is_entry(*entry));
            function.inlined.retain(|copy| has_line(*copy));
            if function.entry.is_some() || !function.inlined.is_empty() {
                self.functions.push(function);
            }
        }
        inside
    }

    /// Fills the tables of `object`, except its ID and the dropped rows. `files` are indexed by
    /// [`FileId`]. A function without a name gets the name of its symbol.
    pub(crate) fn fill<'s>(
        mut self,
        object: &mut Object,
        files: Vec<WantedFile>,
        code: &Code,
        symbol_name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    ) {
        let lines = self.lines.iter().map(|line| (line.0, line.1));
        let mut sites: Vec<_> = lines.chain(std::mem::take(&mut self.entries)).collect();
        sites.sort_unstable();
        sites.dedup_by_key(|site| site.0);
        object.sites = sites
            .iter()
            .filter_map(|&(address, length)| {
                Some(Site {
                    address: Svma(address),
                    original: Patch::first(code.from(address)?)?,
                    length,
                    joined: false,
                })
            })
            .collect();

        let number_of = self.number_files(object, files);
        let site_of = |address| {
            let found = object.sites.binary_search_by_key(&Svma(address), |site| site.address);
            found.ok().map(|index| index as u32)
        };
        object.lines = self
            .lines
            .iter()
            .filter_map(|&(address, _, file, line)| {
                Some(SiteLine { site: site_of(address)?, file: number_of[file as usize], line })
            })
            .collect();
        object.lines.sort_unstable();
        object.lines.dedup();
        let by_symbol = |entry| named_by_symbol(code, entry, symbol_name);
        let functions = self.functions.into_iter().filter_map(|found| {
            Some(Function {
                entries: found.entry.and_then(site_of).into_iter().collect(),
                inlined: found.inlined.into_iter().filter_map(site_of).collect(),
                file: number_of[found.file as usize],
                line: found.line,
                last: found.last,
                name: found.name.or_else(|| found.entry.map(by_symbol))?,
            })
        });
        object.functions = merged(functions.collect());
    }

    /// Gives `object` the files that have a line or a function, sorted. Gives the new number of each
    /// file.
    fn number_files(&self, object: &mut Object, files: Vec<WantedFile>) -> Vec<u32> {
        let mut used = vec![false; files.len()];
        let of_functions = self.functions.iter().map(|function| function.file);
        for file in self.lines.iter().map(|line| line.2).chain(of_functions) {
            used[file as usize] = true;
        }
        let mut numbers = vec![0; files.len()];
        let mut kept: Vec<_> = files.into_iter().enumerate().filter(|(id, _)| used[*id]).collect();
        kept.sort_unstable_by(|a, b| a.1.path.cmp(&b.1.path));
        for (number, (id, file)) in kept.into_iter().enumerate() {
            numbers[id] = number as u32;
            object.files.push(file.path);
            object.compiled.push(file.compiled);
        }
        numbers
    }
}

/// Merges functions with the same name and place: those inlined into several units, and instances of a
/// template.
fn merged(mut functions: Vec<Function>) -> Vec<Function> {
    functions.sort_by(|a, b| (a.file, a.line, &a.name).cmp(&(b.file, b.line, &b.name)));
    functions.dedup_by(|next, kept| {
        let is_same = (next.file, next.line, &next.name) == (kept.file, kept.line, &kept.name);
        if is_same {
            // Own code has priority over inlined copies.
            kept.last = match (kept.entries.is_empty(), next.entries.is_empty()) {
                (true, false) => next.last,
                (false, true) => kept.last,
                _ => kept.last.max(next.last),
            };
            kept.entries.append(&mut next.entries);
            kept.inlined.append(&mut next.inlined);
        }
        is_same
    });
    // At the border of a copy, lines of the surrounding code can seem to belong to it.
    let mut next: Option<(u32, u32)> = None;
    for function in functions.iter_mut().rev() {
        let end = next.filter(|(file, line)| *file == function.file && *line > function.line);
        if let Some((_, line)) = end.filter(|_| function.entries.is_empty()) {
            function.last = function.last.min(line - 1);
        }
        next = Some((function.file, function.line));
    }
    for function in &mut functions {
        for sites in [&mut function.entries, &mut function.inlined] {
            sites.sort_unstable();
            sites.dedup();
        }
    }
    functions
}

/// The name of the symbol at `address`, or the address itself without one.
fn named_by_symbol<'s>(
    code: &Code,
    address: u64,
    symbol_name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
) -> String {
    let index = code.symbols.partition_point(|symbol| symbol.address < address);
    code.symbols
        .get(index)
        .filter(|symbol| symbol.address == address)
        .and_then(|symbol| symbol_name(*symbol))
        .map_or_else(|| format!("{address:#x}"), |name| names::demangled(&String::from_utf8_lossy(name)))
}
