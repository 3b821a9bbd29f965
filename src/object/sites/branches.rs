//! Branches: the conditional jumps of lines, and where each of their directions is recorded.
//!
//! A direction is known to be taken if the code that it leads to is reached in no other way: a site there
//! records it. All others are edges, and are recorded at the jump.
//!
//! Instances of one function have its jumps in the same order: copies that several units have of it, and
//! those of a template or of a generic function. So the first jump of a line in one instance is the same
//! branch as the first in any other. Functions with different names that share a line have branches of their
//! own.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::elf::{Code, Svma, Symbol};
use crate::machine::{ConditionalJump, Edge, EdgeJump, Edges, Site};
use crate::object::functions::names;
use crate::object::lines::files::FileId;
use crate::object::model::SiteBranch;
use crate::object::sites::blocks::Blocks;

/// The conditional jumps of an object's lines.
#[derive(Default)]
pub(crate) struct Branches {
    /// Each with a line to which its code belongs.
    jumps: Vec<(FileId, u32, ConditionalJump)>,
    ways: HashMap<u64, [Way; 2]>,
}

/// How it is known that a jump goes one way: to the next instruction, or to its target.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// By a site at this address, where there is an instruction of this length.
    Site(u64, u8),
    /// By an edge to this address.
    Edge(u64),
}

impl Branches {
    /// Adds a jump, whose code belongs to this line.
    pub(crate) fn add(&mut self, file: FileId, line: u32, jump: ConditionalJump) {
        self.jumps.push((file, line, jump));
    }

    /// The addresses at which the branches need sites, with the length of the instruction. All jumps must
    /// have been added.
    pub(crate) fn find_sites(&mut self, blocks: &Blocks) -> Vec<(u64, u8)> {
        let mut sites = Vec::new();
        for (_, _, jump) in &self.jumps {
            let ways = [jump.next(), jump.target].map(|to| match blocks.with_one_way(jump.address, to) {
                Some(length) => Way::Site(to, length),
                None => Way::Edge(to),
            });
            if self.ways.insert(jump.address, ways).is_none() {
                sites.extend(ways.iter().map(|way| match *way {
                    Way::Site(address, length) => (address, length),
                    Way::Edge(_) => (jump.address, jump.length),
                }));
            }
        }
        sites
    }

    /// The files of the jumps.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileId> {
        self.jumps.iter().map(|(file, ..)| *file)
    }

    /// The edges, and the directions of all branches, among these sites; `number_of` gives the number of a
    /// file.
    pub(crate) fn record<'s>(
        mut self,
        sites: &[Site],
        number_of: &[u32],
        code: &Code,
        symbol_name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    ) -> (Edges, Vec<SiteBranch>) {
        let site_of = |address| {
            let found = sites.binary_search_by_key(&Svma(address), |site| site.address);
            found.ok().map(|index| index as u32)
        };
        let mut edges = Edges::default();
        for (_, _, jump) in &self.jumps {
            let Some(site) = site_of(jump.address) else { continue };
            let targets = self.ways[&jump.address].iter().filter_map(|way| match *way {
                Way::Edge(target) => Some(Edge { site, target: Svma(target) }),
                Way::Site(..) => None,
            });
            let before = edges.edges.len();
            edges.edges.extend(targets);
            if edges.edges.len() > before {
                edges.jumps.push(EdgeJump { site, decision: jump.decision, target: Svma(jump.target) });
            }
        }
        edges.edges.sort_unstable();
        edges.edges.dedup();
        edges.jumps.sort_unstable_by_key(|jump| jump.site);
        edges.jumps.dedup();

        let number_of_way = |jump: &ConditionalJump, way: Way| match way {
            Way::Site(address, _) => site_of(address),
            Way::Edge(target) => {
                let edge = edges.to(site_of(jump.address)? as usize, Svma(target))?;
                u32::try_from(sites.len() + edge).ok()
            }
        };
        self.jumps.sort_unstable_by_key(|(file, line, jump)| (*file, *line, jump.address));
        self.jumps.dedup();
        let mut names = FunctionNames { code, symbol_name, last: None };
        let mut branches = Vec::new();
        for of_line in self.jumps.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let numbers = numbers(of_line.iter().map(|(.., jump)| names.at(jump.address)));
            for ((file, line, jump), number) in of_line.iter().zip(numbers) {
                let file = number_of[*file as usize];
                for (way, found) in (0..).zip(self.ways[&jump.address]) {
                    let site = number_of_way(jump, found);
                    branches.extend(site.map(|site| SiteBranch {
                        site,
                        file,
                        line: *line,
                        jump: number,
                        way,
                    }));
                }
            }
        }
        branches.sort_unstable();
        (edges, branches)
    }
}

/// Numbers the jumps of a line, which ascend. Of each, there is the address of its function, and the name
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
