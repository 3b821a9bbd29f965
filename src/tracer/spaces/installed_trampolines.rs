//! The jumps to an object's trampolines in an address space that has their out-of-line code.

use crate::elf::Svma;
use crate::machine::{
    BREAKPOINT_LENGTH, Entrance, JumpCode, OutOfLineCode, Springboard, Trampoline, Trampolines, blocks,
};
use crate::tracer::sites::Sites;
use fixedbitset::FixedBitSet;
use std::ops::Range;

/// The trampolines of an object, and where their code is.
#[derive(Debug, Clone, Copy)]
pub struct InstalledTrampolines<'s> {
    sites: &'s Sites,
    trampolines: &'s Trampolines,
    code: OutOfLineCode,
    bias: u64,
}

/// A jump that can replace code of the object.
#[derive(Debug, Clone, Copy)]
pub struct Jump<'s> {
    /// Its address in the process.
    pub address: u64,
    pub code: JumpCode,
    /// All original code from that address on that the trampoline makes free: at least as much as the jump.
    pub original: &'s [u8],
    /// Where it leads, if that is the out-of-line code.
    pub target: Option<u64>,
    /// Its trampoline.
    pub entry: &'s Trampoline,
}

impl Jump<'_> {
    /// Does it not begin the block?
    pub fn is_springboard(&self) -> bool {
        matches!(self.entry.entrance, Entrance::Springboard(_)) && self.target.is_some()
    }

    /// The addresses of its code.
    pub fn range(&self) -> Range<u64> {
        self.address..self.address + self.code.len() as u64
    }
}

impl<'s> InstalledTrampolines<'s> {
    /// `None` if the object has none, or their code has not been written.
    pub fn of(sites: &'s Sites, code: Option<OutOfLineCode>, bias: u64) -> Option<Self> {
        Some(Self { sites, trampolines: sites.trampolines.as_ref()?, code: code?, bias })
    }

    /// The jumps for a site: the one at its block; and the springboard, if that one leads to it.
    pub fn jumps_of(&self, site: usize) -> Option<(Jump<'s>, Option<Jump<'s>>)> {
        let entry = self.sites.trampoline(site)?;
        let springboard = self.trampolines.springboard(entry);
        Some((self.jump(entry)?, springboard.map(|springboard| self.springboard(springboard))))
    }

    /// All jumps.
    pub fn all(self) -> impl Iterator<Item = Jump<'s>> {
        let jumps = self.trampolines.entries.iter().filter_map(move |entry| self.jump(entry));
        jumps
            .chain(self.trampolines.springboards.iter().map(move |springboard| self.springboard(springboard)))
    }

    /// The jumps that can cover `address`.
    pub fn over(&self, address: u64) -> impl Iterator<Item = Jump<'s>> {
        let address = Svma(address.wrapping_sub(self.bias));
        let jump = self.trampolines.over(address).and_then(|entry| self.jump(entry));
        let springboard = self.trampolines.springboard_before(address).map(|found| self.springboard(found));
        let loaded = address.loaded(self.bias);
        jump.into_iter().chain(springboard).filter(move |jump| jump.range().contains(&loaded))
    }

    /// The jumps that have to be removed with this one, or before: to springboards in the code that it makes
    /// free; and the short jump, with its springboard.
    pub fn dependants(&self, jump: &Jump<'s>) -> Vec<Jump<'s>> {
        if jump.is_springboard() {
            return self.jump(jump.entry).into_iter().collect();
        }
        let hosted = self.trampolines.hosted_by(jump.entry).iter();
        hosted.map(|springboard| self.springboard(springboard)).collect()
    }

    /// The site whose jump has to be in place, so that no task runs the code at a springboard.
    pub fn host(&self, springboard: &Jump) -> Option<usize> {
        let address = Svma(springboard.address.wrapping_sub(self.bias));
        self.trampolines.over(address).map(|host| host.site as usize)
    }

    /// The same for the springboard of a site.
    pub fn host_of(&self, site: usize) -> Option<usize> {
        self.host(&self.jumps_of(site)?.1?)
    }

    /// The sites whose springboards are in the code that the jump for `site` makes free.
    pub fn hosted_by(&self, site: usize) -> impl Iterator<Item = usize> + Clone + use<'s> {
        let (trampolines, entry) = (self.trampolines, self.sites.trampoline(site));
        let hosted = entry.map_or(&[][..], |entry| trampolines.hosted_by(entry));
        hosted.iter().map(|springboard| trampolines.entry_of(springboard).site as usize)
    }

    /// The sites whose jumps have to be in place, so that tasks come to the trampolines of all of `sites`:
    /// those of hosts, and those of blocks whose copies lead there.
    pub fn supports_of(&self, sites: Vec<usize>) -> FixedBitSet {
        let mut found = FixedBitSet::with_capacity(self.sites.len());
        let mut rest = sites;
        while let Some(site) = rest.pop() {
            let leading = self.sites.trampoline_index(site).into_iter();
            let leading = leading.flat_map(|index| self.trampolines.leading_to(index));
            let supports = self.host_of(site).into_iter().chain(leading.map(|entry| entry.site as usize));
            rest.extend(supports.filter(|support| !found.put(*support)));
        }
        found
    }

    /// The addresses of all that is read or written when the jump for a site is inserted or removed.
    pub fn extent(&self, site: usize) -> Option<Range<u64>> {
        let (jump, springboard) = self.jumps_of(site)?;
        let own = |jump: &Jump| {
            let site = self.sites[jump.entry.site as usize].address.loaded(self.bias);
            let end = jump.address + jump.original.len() as u64;
            jump.address..end.max(site + BREAKPOINT_LENGTH as u64)
        };
        let hosted = self.hosted_by(site).filter_map(|hosted| self.jumps_of(hosted));
        let others = springboard.map(|springboard| springboard.range());
        let others = others.into_iter().chain(hosted.map(|(hosted, _)| own(&hosted)));
        Some(others.fold(own(&jump), |all, one| all.start.min(one.start)..all.end.max(one.end)))
    }

    fn jump(&self, entry: &'s Trampoline) -> Option<Jump<'s>> {
        let code = blocks::jump(self.trampolines, entry, self.code, self.bias);
        let (address, original) = (entry.start.loaded(self.bias), self.trampolines.original(entry));
        let leads_to_copy = self.trampolines.springboard(entry).is_none();
        let target = leads_to_copy.then(|| self.target(entry));
        (!code.is_empty()).then_some(Jump { address, code, original, target, entry })
    }

    fn springboard(&self, springboard: &Springboard) -> Jump<'s> {
        let trampolines = self.trampolines;
        let entry = trampolines.entry_of(springboard);
        let code = blocks::springboard(trampolines, springboard, self.code, self.bias);
        let original = &trampolines.originals[springboard.original as usize..][..code.len()];
        let (address, target) = (springboard.address.loaded(self.bias), Some(self.target(entry)));
        Jump { address, code, original, target, entry }
    }

    fn target(&self, entry: &Trampoline) -> u64 {
        self.code.address + u64::from(entry.copy)
    }
}
