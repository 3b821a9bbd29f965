//! Branches: the jumps of lines that can lead to several places, and where each of their ways is recorded.
//!
//! A way is known to be taken if the code that it leads to is reached in no other way: a site there records
//! it. All others are edges, and are recorded at the jump.
//!
//! Instances of one function have its jumps in the same order: copies that several units have of it, and
//! those of a template or of a generic function. So the first branch of a line in one instance is the same
//! as the first in any other. Functions with different names that share a line have branches of their own.

use std::collections::{BTreeMap, HashSet};

use crate::elf::{Code, Svma, Symbol};
use crate::machine::{BranchJump, Edge, EdgeJump, Edges, Site};
use crate::object::dwarf::languages::Language;
use crate::object::functions::names;
use crate::object::lines::files::FileId;
use crate::object::lines::{LineTable, Row};
use crate::object::model::SiteBranch;
use crate::object::sites::blocks::Blocks;

/// The branches of an object's lines.
#[derive(Default)]
pub(crate) struct Branches {
    jumps: Vec<LineJump>,
    /// The branches that [`Branches::find_sites`] finds, by line and address.
    branches: Vec<Branch>,
}

/// A jump, and the line to which its code belongs.
pub(crate) struct LineJump {
    pub(crate) file: FileId,
    pub(crate) line: u32,
    /// The index of the line table that says so.
    pub(crate) table: usize,
    pub(crate) jump: BranchJump,
}

impl LineJump {
    fn place(&self) -> (FileId, u32) {
        (self.file, self.line)
    }
}

/// A branch of a line.
struct Branch {
    file: FileId,
    line: u32,
    /// The address of its first jump.
    address: u64,
    /// How each way is recorded. A way can be recorded in several places.
    ways: Vec<(u32, Recorded)>,
}

/// The rows of a line table.
struct Rows<'t>(&'t LineTable);

impl Rows<'_> {
    /// Is the code at both addresses of the same place in a line? False if that is not known.
    fn are_beside(&self, one: u64, other: u64) -> bool {
        let place = |row: &Row| row.place().map(|place| (place, row.position));
        let mut rows = self.0.rows_of(one).filter(|row| row.position.column != 0).filter_map(place);
        rows.any(|known| self.0.rows_of(other).filter_map(place).any(|other| other == known))
    }

    /// The line of the operand that a conditional jump depends on, if that is a later line of the condition:
    /// the code of the row of the jump does nothing but compare what the code before it has computed.
    fn line_of_operand(
        &self,
        (file, line): (FileId, u32),
        jump: &BranchJump,
        blocks: &Blocks,
    ) -> Option<u32> {
        let row = self.0.rows_of(jump.address).last()?;
        let before = self.0.rows_of(row.address.checked_sub(1)?).last()?;
        let (other, operand) = before.place()?;
        let is_later = other == file && operand > line && before.is_stmt;
        (is_later && blocks.only_compares(row.address..jump.address)).then_some(operand)
    }
}

/// What says that a way was taken.
#[derive(Debug, Clone, Copy)]
enum Recorded {
    /// The site at this address.
    Site(u64),
    /// The edge from the jump at one address to the other.
    Edge(u64, u64),
}

impl Branches {
    /// Adds a jump.
    pub(crate) fn add(&mut self, jump: LineJump) {
        self.jumps.push(jump);
    }

    /// Finds the branches. Gives the addresses at which they need sites, with the length of the instruction.
    /// All jumps must have been added.
    pub(crate) fn find_sites(
        &mut self,
        blocks: &Blocks,
        tables: &[(&LineTable, Language)],
    ) -> Vec<(u64, u8)> {
        self.jumps.sort_unstable_by_key(|it| (it.file, it.line, it.jump.address));
        self.jumps.dedup_by_key(|it| (it.file, it.line, it.jump.address));
        let mut sites = Vec::new();
        for of_line in self.jumps.chunk_by(|a, b| a.place() == b.place()) {
            let rows: Vec<Rows> = of_line.iter().map(|it| Rows(tables[it.table].0)).collect();
            let are_beside = |index: usize, one: u64, other: u64| rows[index].are_beside(one, other);
            let jumps: Vec<&BranchJump> = of_line.iter().map(|it| &it.jump).collect();
            let parts = blocks.branches(&jumps, &are_beside);
            let mut branches: BTreeMap<usize, Vec<(u32, Recorded)>> = BTreeMap::new();
            for (jump, part) in jumps.iter().zip(&parts) {
                let together = jumps.iter().zip(&parts).filter(|(_, other)| other.first == part.first);
                let together: Vec<&BranchJump> = together.map(|(jump, _)| *jump).collect();
                let ways = branches.entry(part.first).or_default();
                let own = part.ways.iter().zip(&jump.targets);
                for (way, &to) in own.filter_map(|(way, to)| Some(((*way)?, to))) {
                    let length = blocks.reached_only_from(jump, &together, to);
                    let (recorded, site) = match length {
                        Some(length) => (Recorded::Site(to), (to, length)),
                        None => (Recorded::Edge(jump.address, to), (jump.address, jump.length)),
                    };
                    ways.push((way, recorded));
                    sites.push(site);
                }
            }
            for (first, ways) in branches.into_iter().filter(|(_, ways)| !ways.is_empty()) {
                let LineJump { file, line, jump, table, .. } = &of_line[first];
                let is_alone = parts.iter().filter(|part| part.first == first).count() == 1;
                let moved = || rows[first].line_of_operand((*file, *line), jump, blocks);
                let is_moved = is_alone && tables[*table].1.has_rows_of_conditions;
                let line = Some(()).filter(|()| is_moved).and_then(|()| moved()).unwrap_or(*line);
                self.branches.push(Branch { file: *file, line, address: jump.address, ways });
            }
        }
        self.branches.sort_by_key(|branch| (branch.file, branch.line, branch.address));
        sites
    }

    /// The files of the branches.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileId> {
        self.branches.iter().map(|branch| branch.file)
    }

    /// The edges, and the ways of all branches, among these sites; `number_of` gives the number of a file.
    pub(crate) fn record<'s>(
        self,
        sites: &[Site],
        number_of: &[u32],
        code: &Code,
        symbol_name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    ) -> (Edges, Vec<SiteBranch>) {
        let site_of = |address| {
            let found = sites.binary_search_by_key(&Svma(address), |site| site.address);
            found.ok().map(|index| index as u32)
        };
        let edges = self.edges(&site_of);
        let number_of_way = |way: Recorded| match way {
            Recorded::Site(address) => site_of(address),
            Recorded::Edge(from, to) => {
                let edge = edges.to(site_of(from)? as usize, Svma(to))?;
                u32::try_from(sites.len() + edge).ok()
            }
        };
        let mut names = FunctionNames { code, symbol_name, last: None };
        let mut branches = Vec::new();
        for of_line in self.branches.chunk_by(|a, b| (a.file, a.line) == (b.file, b.line)) {
            let numbers = numbers(of_line.iter().map(|branch| names.at(branch.address)));
            for (Branch { file, line, ways, .. }, jump) in of_line.iter().zip(numbers) {
                let (file, line) = (number_of[*file as usize], *line);
                let sites = ways.iter().filter_map(|(way, recorded)| Some((*way, number_of_way(*recorded)?)));
                branches.extend(sites.map(|(way, site)| SiteBranch { site, file, line, jump, way }));
            }
        }
        branches.sort_unstable();
        branches.dedup();
        (edges, branches)
    }

    /// The edges among sites; `site_of` gives the index of the site at an address.
    fn edges(&self, site_of: &dyn Fn(u64) -> Option<u32>) -> Edges {
        let ways = self.branches.iter().flat_map(|branch| &branch.ways);
        let ways = ways.filter_map(|(_, way)| match way {
            Recorded::Edge(from, to) => Some(Edge { site: site_of(*from)?, target: Svma(*to) }),
            Recorded::Site(_) => None,
        });
        let mut edges = Edges { edges: ways.collect(), ..Edges::default() };
        edges.edges.sort_unstable();
        edges.edges.dedup();
        let with_edges: HashSet<u32> = edges.edges.iter().map(|edge| edge.site).collect();
        let jumps = self.jumps.iter().filter_map(|LineJump { jump, .. }| {
            let site = site_of(jump.address).filter(|site| with_edges.contains(site))?;
            Some(EdgeJump { site, decision: jump.decision, operand: Svma(jump.operand) })
        });
        edges.jumps = jumps.collect();
        edges.jumps.sort_unstable_by_key(|jump| jump.site);
        edges.jumps.dedup();
        edges
    }
}

/// Numbers the branches of a line, which ascend. Of each, there is the address of its function, and the name
/// that all instances of that have.
fn numbers(functions: impl Iterator<Item = (u64, String)>) -> Vec<u32> {
    /// The jumps that a function has.
    #[derive(Default)]
    struct Instances {
        /// Of the instance at this address, so far.
        current: (u64, u32),
        most: u32,
    }
    let mut order: Vec<String> = Vec::new();
    let mut instances: BTreeMap<String, Instances> = BTreeMap::new();
    let mut found = Vec::new();
    for (address, name) in functions {
        if !instances.contains_key(&name) {
            order.push(name.clone());
        }
        let of_name = instances.entry(name.clone()).or_default();
        if of_name.current.0 != address {
            of_name.current = (address, 0);
        }
        found.push((name, of_name.current.1));
        of_name.current.1 += 1;
        of_name.most = of_name.most.max(of_name.current.1);
    }
    let mut first = BTreeMap::new();
    let mut next = 0;
    for name in &order {
        first.insert(name, next);
        next += instances[name].most;
    }
    found.iter().map(|(name, number)| first[name] + number).collect()
}

/// The functions that have jumps.
struct FunctionNames<'c, 's> {
    code: &'c Code<'c>,
    symbol_name: &'c dyn Fn(Symbol) -> Option<&'s [u8]>,
    /// The one that was asked for last.
    last: Option<(u64, String)>,
}

impl FunctionNames<'_, '_> {
    /// The function that has the jump at `address`: where it begins, and what all its instances are called.
    fn at(&mut self, address: u64) -> (u64, String) {
        let next = self.code.symbols.partition_point(|symbol| symbol.address <= address);
        let symbol = next.checked_sub(1).map(|last| self.code.symbols[last]);
        let start = symbol.map_or(0, |symbol| symbol.address);
        if let Some(last) = self.last.as_ref().filter(|last| last.0 == start) {
            return last.clone();
        }
        let name = symbol.and_then(self.symbol_name).map(String::from_utf8_lossy);
        let name =
            name.map_or_else(|| format!("{start:#x}"), |name| without_arguments(&names::demangled(&name)));
        self.last.insert((start, name)).clone()
    }
}

/// A demangled name without what is in brackets: the arguments of templates, and types of parameters.
fn without_arguments(name: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for character in name.chars() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_of_a_function_share_the_numbers_of_their_jumps() {
        let numbers = |functions: &[(u64, &str)]| {
            super::numbers(functions.iter().map(|(address, name)| (*address, (*name).to_owned())))
        };
        assert_eq!(numbers(&[(1, "f"), (1, "f"), (1, "f")]), [0, 1, 2]);
        assert_eq!(numbers(&[(1, "f"), (1, "f"), (9, "f"), (9, "f"), (9, "f")]), [0, 1, 0, 1, 2]);
        assert_eq!(numbers(&[(1, "f"), (1, "f"), (5, "g"), (9, "f")]), [0, 1, 2, 0]);
    }

    #[test]
    fn instances_of_a_template_have_one_name() {
        assert_eq!(without_arguments("int max<int>(int, int)"), "int max");
        assert_eq!(without_arguments("void List<std::pair<int, char> >::add(int)"), "void List::add");
        assert_eq!(without_arguments("main"), "main");
        assert_ne!(without_arguments("f.cold"), without_arguments("f"));
    }
}
