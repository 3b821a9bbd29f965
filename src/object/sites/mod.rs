//! Joins the lines and functions of all units into the sites of an object.

pub(crate) mod blocks;
mod branches;

use std::ops::Range;

use crate::elf::Code;
use crate::elf::Svma;
use crate::elf::Symbol;
use crate::machine::Site;
use crate::machine::{InstructionWalk, Patch};
use crate::object::dwarf::languages::Language;
use crate::object::functions::UnitFunction;
use crate::object::functions::names;
use crate::object::lines::LineTable;
use crate::object::lines::files::{FileId, WantedFile};
use crate::object::lines::statements::Statement;
use crate::object::model::{Function, Object, SiteLine};
use crate::object::sites::blocks::Blocks;
use crate::object::sites::branches::{Branches, LineJump};

/// The lines and functions so far, by address.
#[derive(Default)]
pub(crate) struct Sites {
    /// Address, length of the instruction, file and line.
    lines: Vec<(u64, u8, FileId, u32)>,
    functions: Vec<UnitFunction>,
    /// The entries of their own code: address, and length of the instruction.
    entries: Vec<(u64, u8)>,
    branches: Branches,
    /// Where directions of branches are recorded: address, and length of the instruction.
    of_branches: Vec<(u64, u8)>,
}

/// Code of statements of one line, without a gap.
struct Stretch {
    code: Range<u64>,
    file: FileId,
    line: u32,
    has_clean_ups: bool,
}

impl Stretch {
    /// Does `code`, of a line of a file, come right behind it, and belong to the same line?
    fn precedes(&self, code: &Range<u64>, file: FileId, line: u32) -> bool {
        self.code.end == code.start && (self.file, self.line) == (file, line)
    }
}

impl Sites {
    /// Adds the lines of a line table.
    pub(crate) fn add_lines(&mut self, table: &LineTable) {
        for Statement { code, file, line, length, begins, .. } in table.statements() {
            if let Some(length) = length.filter(|_| *begins) {
                self.lines.push((code.start, length, *file, *line));
            }
        }
    }

    /// Adds sites where a statement is entered other than at its beginning: by a jump from code of another
    /// line. All lines must have been added.
    pub(crate) fn add_jumped_into<'t>(
        &mut self,
        tables: impl Iterator<Item = (&'t LineTable, Language)>,
        blocks: &Blocks,
    ) {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (table, language) in tables.filter(|(_, language)| language.is_entered_by_jumps) {
            for Statement { code, file, line, .. } in table.statements().filter(|it| !it.code.is_empty()) {
                match stretches.last_mut() {
                    Some(last) if last.precedes(code, *file, *line) => last.code.end = code.end,
                    _ => stretches.push(Stretch {
                        code: code.clone(),
                        file: *file,
                        line: *line,
                        has_clean_ups: language.has_rows_for_clean_ups,
                    }),
                }
            }
        }
        stretches.sort_unstable_by_key(|stretch| (stretch.line, stretch.file, stretch.code.start));
        for of_line in stretches.chunk_by(|a, b| (a.line, a.file) == (b.line, b.file)) {
            // Code of the line itself: to jump from there is not to enter the line.
            let is_own = |address: u64| {
                let next = of_line.partition_point(|stretch| stretch.code.start <= address);
                next.checked_sub(1).is_some_and(|at| of_line[at].code.contains(&address))
            };
            for Stretch { code, file, line, has_clean_ups } in of_line {
                blocks.jumped_into(code.clone(), *has_clean_ups, &is_own, |address, length| {
                    self.lines.push((address, length, *file, *line));
                });
            }
        }
        self.lines.sort_unstable();
        self.lines.dedup();
    }

    /// Adds the branches of all lines. All lines must have been added. Code of compilers that are not known
    /// well enough can have data between the instructions: there, only a jump at which a statement begins is
    /// one.
    pub(crate) fn add_branches<'t>(
        &mut self,
        tables: impl Iterator<Item = (&'t LineTable, Language)>,
        blocks: &Blocks,
    ) {
        let tables: Vec<_> = tables.collect();
        for (index, (table, language)) in tables.iter().enumerate() {
            for Statement { code, file, line, length, until, .. } in table.statements() {
                blocks.branch_jumps(code.clone(), *until, |jump, is_in_function| {
                    let begins = jump.address == code.start && length.is_some();
                    if begins || (language.has_known_jumps && is_in_function) {
                        let (file, line) = (*file, *line);
                        self.branches.add(LineJump { file, line, table: index, jump });
                    }
                });
            }
        }
        let sites = self.branches.find_sites(blocks, &tables);
        self.of_branches.extend(sites);
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
        let others =
            std::mem::take(&mut self.entries).into_iter().chain(std::mem::take(&mut self.of_branches));
        let mut sites: Vec<_> = lines.chain(others).collect();
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
        (object.edges, object.branches) = self.branches.record(&object.sites, &number_of, code, symbol_name);
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
        let of_lines = self.lines.iter().map(|line| line.2);
        for file in of_lines.chain(of_functions).chain(self.branches.files()) {
            used[file as usize] = true;
        }
        let mut numbers = vec![0; files.len()];
        let mut kept: Vec<_> = files.into_iter().enumerate().filter(|(id, _)| used[*id]).collect();
        kept.sort_unstable_by(|a, b| a.1.path.cmp(&b.1.path));
        for (number, (id, file)) in kept.into_iter().enumerate() {
            numbers[id] = number as u32;
            object.digests.push(file.digest());
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
