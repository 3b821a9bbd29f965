//! An address space and the breakpoints in it.
//!
//! What was ever planted is known for ever: a trap at a site whose byte has been put back already, because
//! another thread came first, is recognised, and just rewound. So no thread has to be held while another's
//! breakpoint is lifted.

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

/// The sites of an object that is mapped into an address space.
#[derive(Debug, Clone)]
pub struct Planting {
    sites: Arc<[Site]>,
    /// Added to a site's address, it gives the address in the process.
    bias: u64,
    planted: FixedBitSet,
    /// Sites where the memory holds another byte than the object: the program has changed its code there.
    foreign: FixedBitSet,
}

/// Which site of an address space: the planting and the site in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Index of the planting, in the order in which they came.
    pub planting: usize,
    /// Index of the site in it.
    pub site: usize,
}

/// The breakpoints of one address space.
#[derive(Debug, Clone, Default)]
pub(super) struct Space {
    plantings: Vec<Planting>,
}

impl Planting {
    /// Nothing of it is planted yet.
    pub fn new(sites: Arc<[Site]>, bias: u64) -> Self {
        let count = sites.len();
        Self {
            sites,
            bias,
            planted: FixedBitSet::with_capacity(count),
            foreign: FixedBitSet::with_capacity(count),
        }
    }

    fn address(&self, site: usize) -> u64 {
        self.sites[site].address.wrapping_add(self.bias)
    }

    /// Plants every site that is not planted, a range of pages at a time.
    fn plant(&mut self, memory: &Memory) -> Result<()> {
        let missing: Vec<usize> =
            (0..self.sites.len()).filter(|&site| !self.planted[site] && !self.foreign[site]).collect();
        let mut rest = &missing[..];
        while !rest.is_empty() {
            let (run, later) = rest.split_at(self.run_length(rest));
            rest = later;
            match self.plant_run(memory, run) {
                Err(Error::Failed { .. }) if run.len() > 1 => {
                    // A page of it is not mapped any more: the others are.
                    for site in run {
                        let _ = self.plant_run(memory, &[*site]);
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

    fn plant_run(&mut self, memory: &Memory, run: &[usize]) -> Result<()> {
        let (Some(&first), Some(&last)) = (run.first(), run.last()) else { return Ok(()) };
        let start = self.address(first);
        let mut bytes = vec![0; (self.address(last) - start + 1) as usize];
        memory.read(start, &mut bytes)?;
        for &site in run {
            let byte = &mut bytes[(self.address(site) - start) as usize];
            let original = self.sites[site].original;
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
}

impl Space {
    /// Adds the sites of an object at `bias`, and plants them.
    ///
    /// # Errors
    /// [`Error::Gone`] when the process has died.
    pub fn add(&mut self, memory: &Memory, sites: Arc<[Site]>, bias: u64) -> Result<()> {
        let mut planting = Planting::new(sites, bias);
        let planted = planting.plant(memory);
        self.plantings.push(planting);
        planted
    }

    /// Plants again all that has been lifted.
    ///
    /// # Errors
    /// As [`Space::add`].
    pub fn replant(&mut self, memory: &Memory) -> Result<()> {
        self.plantings.iter_mut().try_for_each(|planting| planting.plant(memory))
    }

    /// Plants one site again.
    ///
    /// # Errors
    /// As [`Space::add`].
    pub fn plant(&mut self, memory: &Memory, at: At) -> Result<()> {
        self.plantings[at.planting].plant_run(memory, &[at.site])
    }

    /// Has nothing ever been planted?
    pub fn is_empty(&self) -> bool {
        self.plantings.is_empty()
    }

    /// Is all planted that can be?
    pub fn is_whole(&self) -> bool {
        self.plantings.iter().all(|planting| {
            planting.planted.count_ones(..) + planting.foreign.count_ones(..) == planting.sites.len()
        })
    }

    /// The site at `address`, unless the program has put code of its own there.
    pub fn find(&self, address: u64) -> Option<(At, Site)> {
        self.plantings.iter().enumerate().find_map(|(index, planting)| {
            let sites = &planting.sites;
            let site =
                sites.binary_search_by_key(&address.wrapping_sub(planting.bias), |site| site.address).ok()?;
            (!planting.foreign[site]).then_some((At { planting: index, site }, sites[site]))
        })
    }

    /// Puts the program's own byte back, if that has not been done.
    ///
    /// # Errors
    /// As [`Space::add`].
    pub fn lift(&mut self, memory: &Memory, at: At) -> Result<()> {
        let planting = &mut self.plantings[at.planting];
        if planting.planted[at.site] {
            planting.planted.set(at.site, false);
            memory.write(planting.address(at.site), &[planting.sites[at.site].original])?;
        }
        Ok(())
    }
}
