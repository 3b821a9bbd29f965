//! The breakpoints of one object in one address space.

use crate::ptrace::{BREAKPOINT, Error, Memory, Result};
use fixedbitset::FixedBitSet;
use std::ops::{Deref, RangeInclusive};
use std::sync::Arc;

const PAGE: u64 = 4096;
/// The most that is read and written at once when planting.
const RUN: u64 = 1 << 20;

/// A place for a breakpoint. Those of an object stand in ascending order.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Address before loading.
    pub address: u64,
    /// The byte that the breakpoint replaces.
    pub original: u8,
    /// Whether the program counter can come to rest just behind the breakpoint without having run it, since
    /// an instruction begins there: then the signal has to be asked what raised it.
    pub ambiguous: bool,
}

/// The sites of an object.
#[derive(Debug)]
pub struct Sites {
    sites: Box<[Site]>,
    /// Those that are not joined to the next: the last of each block.
    ends: FixedBitSet,
}

impl Sites {
    /// Of those in ascending order, each with whether it is in one basic block with the next: who reaches that has come by
    /// this one just before, and no breakpoint need stand here.
    pub fn new(sites: impl Iterator<Item = (Site, bool)>) -> Self {
        let (sites, joined): (Vec<Site>, Vec<bool>) = sites.unzip();
        let mut ends = FixedBitSet::with_capacity(sites.len());
        ends.extend((0..sites.len()).filter(|&site| !joined[site]));
        // Nothing comes after the last.
        if let Some(last) = sites.len().checked_sub(1) {
            ends.insert(last);
        }
        Self { sites: sites.into(), ends }
    }
}

impl Deref for Sites {
    type Target = [Site];

    fn deref(&self) -> &[Site] {
        &self.sites
    }
}

/// Which object of the run: its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(pub u32);

/// An object that is mapped into a process.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Which.
    pub object: ObjectId,
    /// Its sites.
    pub sites: Arc<Sites>,
    /// Added to a site's address, it gives the address in the process.
    pub bias: u64,
    /// How it is told again.
    pub region: Region,
}

/// A part of an address space that a file is mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Where it begins.
    pub start: u64,
    /// Device and inode of the file, as `/proc/PID/maps` has them.
    pub file: (u64, u64),
}

/// A site in an address space, and those before it in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Whose site it is.
    pub object: ObjectId,
    /// Its index among the object's.
    pub site: usize,
    /// The index of the first site that whoever is here has come by just before, up to this one.
    pub first: usize,
    /// Where it is.
    pub address: u64,
}

/// The sites of a mapped object, and which are planted.
#[derive(Debug, Clone)]
pub(super) struct Planting {
    pub mapping: Mapping,
    /// Mapped by the kernel at the exec, and so for ever.
    pub permanent: bool,
    pub planted: FixedBitSet,
    /// Sites where the memory holds another byte than the object: the program has changed its code there.
    pub foreign: FixedBitSet,
    /// Sites of blocks that are not passed as one any more: each stands alone.
    split: FixedBitSet,
}

impl Planting {
    /// Nothing of it is planted yet.
    pub fn new(mapping: Mapping, permanent: bool) -> Self {
        let planted = FixedBitSet::with_capacity(mapping.sites.len());
        Self { mapping, permanent, planted, foreign: FixedBitSet::new(), split: FixedBitSet::new() }
    }

    fn address(&self, site: usize) -> u64 {
        self.mapping.sites[site].address.wrapping_add(self.mapping.bias)
    }

    pub fn start(&self) -> u64 {
        self.address(0)
    }

    pub fn is_of(&self, mapping: &Mapping) -> bool {
        self.mapping.object == mapping.object && self.mapping.bias == mapping.bias
    }

    pub fn site_at(&self, address: u64) -> Option<usize> {
        let address = address.wrapping_sub(self.mapping.bias);
        self.mapping.sites.binary_search_by_key(&address, |site| site.address).ok()
    }

    /// A site, with those before it in its block.
    pub fn at(&self, site: usize) -> At {
        At { object: self.mapping.object, site, first: self.block_before(site), address: self.address(site) }
    }

    /// Is no breakpoint needed at it, since one stands further on in its block?
    fn is_joined(&self, site: usize) -> bool {
        !self.mapping.sites.ends[site] && !self.split[site]
    }

    /// The first site of the block that `site` is in.
    fn block_before(&self, site: usize) -> usize {
        (0..site).rev().take_while(|&before| self.is_joined(before)).last().unwrap_or(site)
    }

    /// The last site of the block that `site` is in.
    fn block_after(&self, site: usize) -> usize {
        (site..).find(|&after| !self.is_joined(after)).unwrap_or(site)
    }

    /// What a task has come by of the block in the midst of which it is, about to run what is at `address`; or, if it has
    /// begun to, with the site there.
    pub fn passed(&self, address: u64, has_begun: bool) -> Option<At> {
        let address = address.wrapping_sub(self.mapping.bias);
        let is_passed = |site: &Site| site.address < address || (has_begun && site.address == address);
        let last = self.mapping.sites.partition_point(is_passed).checked_sub(1)?;
        self.is_joined(last).then(|| self.at(last))
    }

    /// Gives each site of the block that `site` is in a breakpoint of its own, if the block's has not been reached.
    pub fn split(&mut self, memory: &Memory, site: usize) -> Result<()> {
        let (first, last) = (self.block_before(site), self.block_after(site));
        if !self.planted[last] {
            return Ok(());
        }
        self.set_split(first..=last);
        let members: Vec<_> = (first..last).collect();
        self.plant_run(memory, &members)
    }

    fn set_split(&mut self, block: RangeInclusive<usize>) {
        self.split.grow(self.mapping.sites.len());
        self.split.extend(block);
    }

    /// Is each site planted that can be?
    pub fn is_whole(&self) -> bool {
        self.missing().next().is_none()
    }

    /// The sites that are not planted, and could be.
    fn missing(&self) -> impl Iterator<Item = usize> {
        const BITS: usize = usize::BITS as usize;
        let word = |set: &FixedBitSet, index: usize| set.as_slice().get(index).copied().unwrap_or(0);
        let ends = &self.mapping.sites.ends;
        (0..ends.as_slice().len()).flat_map(move |index| {
            let wanted = word(ends, index) | word(&self.split, index);
            let mut rest = wanted & !word(&self.planted, index) & !word(&self.foreign, index);
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(index * BITS + bit)
            })
        })
    }

    /// Plants every site that is not planted, but for those that are joined to the next.
    pub fn plant(&mut self, memory: &Memory) -> Result<()> {
        let missing = self.missing().collect();
        self.by_runs(missing, |planting, run| planting.plant_run(memory, run))
    }

    /// Takes out every breakpoint of it, also those that it does not know to be planted.
    pub fn restore(&mut self, memory: &Memory) -> Result<()> {
        let all = (0..self.mapping.sites.len()).filter(|site| !self.foreign[*site]).collect();
        self.by_runs(all, |planting, run| planting.restore_run(memory, run))
    }

    /// Does `work` on `sites`, a range of pages at a time.
    fn by_runs(
        &mut self,
        sites: Vec<usize>,
        mut work: impl FnMut(&mut Self, &[usize]) -> Result<()>,
    ) -> Result<()> {
        let mut rest = &sites[..];
        while !rest.is_empty() {
            let (run, later) = rest.split_at(self.run_length(rest));
            rest = later;
            match work(self, run) {
                Err(Error::Failed { .. }) if run.len() > 1 => {
                    // A page of it is not mapped any more: the others are.
                    for site in run {
                        let _ = work(self, &[*site]);
                    }
                }
                Err(Error::Gone) => return Err(Error::Gone),
                _ => {}
            }
        }
        Ok(())
    }

    /// How many of `sites` stand on adjacent pages.
    fn run_length(&self, sites: &[usize]) -> usize {
        let page = |site: &usize| self.address(*site) / PAGE;
        let first = page(&sites[0]);
        sites
            .windows(2)
            .position(|pair| {
                let next = page(&pair[1]);
                next > page(&pair[0]) + 1 || next - first >= RUN / PAGE
            })
            .map_or(sites.len(), |last| last + 1)
    }

    /// Plants `run`, ascending, with what else of their blocks must stand alone: where the program has changed its code,
    /// nobody knows how a block is passed.
    pub fn plant_run(&mut self, memory: &Memory, run: &[usize]) -> Result<()> {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else { return Ok(()) };
        let start = self.address(self.block_before(first));
        let mut bytes = vec![0; (self.address(last) - start + 1) as usize];
        memory.read(start, &mut bytes)?;
        for &site in run {
            let block = self.block_before(site)..=site;
            let at = |planting: &Self, site| (planting.address(site) - start) as usize;
            // A forked child has its parent's breakpoints already.
            let is_own = |planting: &Self, bytes: &[u8], site| {
                let byte = bytes[at(planting, site)];
                byte == planting.mapping.sites[site].original || byte == BREAKPOINT
            };
            if block.clone().count() > 1 && !block.clone().all(|member| is_own(self, &bytes, member)) {
                self.set_split(block.clone());
            }
            for member in block.filter(|&member| member == site || self.split[member]) {
                if is_own(self, &bytes, member) {
                    bytes[at(self, member)] = BREAKPOINT;
                    self.planted.insert(member);
                } else {
                    self.foreign.grow_and_insert(member);
                }
            }
        }
        memory.write(start, &bytes)
    }

    fn restore_run(&mut self, memory: &Memory, run: &[usize]) -> Result<()> {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else { return Ok(()) };
        let start = self.address(first);
        let mut bytes = vec![0; (self.address(last) - start + 1) as usize];
        memory.read(start, &mut bytes)?;
        for &site in run {
            let byte = &mut bytes[(self.address(site) - start) as usize];
            if *byte == BREAKPOINT {
                *byte = self.mapping.sites[site].original;
            }
            self.planted.set(site, false);
        }
        memory.write(start, &bytes)
    }
}
