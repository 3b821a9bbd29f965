//! The breakpoints of one object in one address space.

use crate::ptrace::{BREAKPOINT, Error, Memory, Result};
use fixedbitset::FixedBitSet;
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

/// Which object of the run: its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(pub u32);

/// An object that is mapped into a process.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Which.
    pub object: ObjectId,
    /// Its sites.
    pub sites: Arc<[Site]>,
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

/// A site in an address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Whose site it is.
    pub object: ObjectId,
    /// Its index among the object's.
    pub site: usize,
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
}

impl Planting {
    /// Nothing of it is planted yet.
    pub fn new(mapping: Mapping, permanent: bool) -> Self {
        let count = mapping.sites.len();
        Self {
            mapping,
            permanent,
            planted: FixedBitSet::with_capacity(count),
            foreign: FixedBitSet::with_capacity(count),
        }
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

    /// Plants every site that is not planted.
    pub fn plant(&mut self, memory: &Memory) -> Result<()> {
        let missing = |site: &usize| !self.planted[*site] && !self.foreign[*site];
        let missing = (0..self.mapping.sites.len()).filter(missing).collect();
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

    pub fn plant_run(&mut self, memory: &Memory, run: &[usize]) -> Result<()> {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else { return Ok(()) };
        let start = self.address(first);
        let mut bytes = vec![0; (self.address(last) - start + 1) as usize];
        memory.read(start, &mut bytes)?;
        for &site in run {
            let byte = &mut bytes[(self.address(site) - start) as usize];
            let original = self.mapping.sites[site].original;
            // A forked child has its parent's breakpoints already.
            if *byte == original || *byte == BREAKPOINT {
                *byte = BREAKPOINT;
                self.planted.insert(site);
            } else {
                self.foreign.insert(site);
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
