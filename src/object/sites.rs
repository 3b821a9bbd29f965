//! Lines and functions of all units, joined into the sites of an object.

use super::boundary::Walk;
use super::code::Code;
use super::elf::Symbol;
use super::files::{FileId, WantedFile};
use super::functions::Entry;
use super::lines::LineTable;
use super::{Function, Object, Site, SiteLine, Svma, names};

/// What has been found so far, by address.
#[derive(Default)]
pub(super) struct Sites {
    /// Address, length of the instruction, file and line.
    lines: Vec<(u64, u8, FileId, u32)>,
    functions: Vec<(Entry, u8)>,
}

impl Sites {
    /// Adds the lines of a line table, and counts the rows that stand inside an instruction.
    pub(super) fn add_lines(&mut self, table: &LineTable, code: &Code) -> usize {
        let mut inside = 0;
        for rows in table.sequences() {
            // What is not wanted is not decoded.
            let Some(last) = rows.iter().rposition(|row| row.wanted_line().is_some()) else {
                continue;
            };
            let start = rows[0].address;
            let Some(region) = code.region(start) else {
                continue;
            };
            let mut walk = Walk::new(region, &code.symbols, start);
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

    /// Adds functions, and counts those whose entry is no instruction.
    pub(super) fn add_functions(&mut self, entries: Vec<Entry>, code: &Code) -> usize {
        let mut inside = 0;
        for entry in entries {
            let length = code
                .region(entry.address)
                .and_then(|region| Walk::new(region, &[], entry.address).length_at(entry.address));
            match length {
                Some(length) => self.functions.push((entry, length)),
                None => inside += 1,
            }
        }
        inside
    }

    /// Fills the tables of `object`, all but its identity and what was dropped; `files` are what [`FileId`]s
    /// stand for. A function without a name gets its symbol's.
    pub(super) fn fill<'s>(
        mut self,
        object: &mut Object,
        files: Vec<WantedFile>,
        code: &Code,
        symbol_name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    ) {
        self.lines.sort_unstable();
        self.lines.dedup();
        let lines = self.lines.iter().map(|line| (line.0, line.1));
        let entries = self.functions.iter().map(|(entry, length)| (entry.address, *length));
        let mut sites: Vec<_> = lines.chain(entries).collect();
        sites.sort_unstable();
        sites.dedup_by_key(|site| site.0);
        object.sites = sites
            .iter()
            .filter_map(|&(address, length)| {
                Some(Site { address: Svma(address), original: code.byte(address)?, length })
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
        object.functions = self
            .functions
            .into_iter()
            .filter_map(|(entry, _)| {
                Some(Function {
                    site: site_of(entry.address)?,
                    file: number_of[entry.file as usize],
                    line: entry.line,
                    name: entry.name.unwrap_or_else(|| named_by_symbol(code, entry.address, symbol_name)),
                })
            })
            .collect();
        object.functions.sort_unstable_by(|a, b| (a.site, &a.name).cmp(&(b.site, &b.name)));
        object.functions.dedup();
    }

    /// Gives `object` the files that have a line or a function, sorted, and says which number each got.
    fn number_files(&self, object: &mut Object, files: Vec<WantedFile>) -> Vec<u32> {
        let mut used = vec![false; files.len()];
        let of_functions = self.functions.iter().map(|(entry, _)| entry.file);
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

/// What the symbol table calls the function at `address`; the address itself when it does not.
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
