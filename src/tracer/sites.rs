//! The sites of an object, and where it is mapped.

use crate::machine::{Edges, Site, Trampoline, Trampolines};
use fixedbitset::FixedBitSet;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

/// The sites of an object.
#[derive(Debug)]
pub struct Sites {
    sites: Box<[Site]>,
    /// The directions of jumps that no site records. Their numbers are those behind the sites.
    pub(in crate::tracer) edges: Edges,
    /// The last site of each block: those that are not joined to the next.
    pub(in crate::tracer) ends: FixedBitSet,
    /// The trampolines that count blocks without a stop.
    pub(in crate::tracer) trampolines: Option<Trampolines>,
    /// The index of each site's trampoline.
    by_site: Box<[u32]>,
    /// See [`Sites::for_one_task`], once that has been looked up.
    for_one_task: OnceLock<FixedBitSet>,
}

impl Sites {
    /// Takes sites in ascending order. One that is joined to the next needs no breakpoint.
    pub fn new(sites: Vec<Site>, edges: Edges, trampolines: Option<Trampolines>) -> Self {
        let mut ends = FixedBitSet::with_capacity(sites.len());
        ends.extend((0..sites.len()).filter(|&site| !sites[site].joined));
        // No site comes after the last one.
        if let Some(last) = sites.len().checked_sub(1) {
            ends.insert(last);
        }
        let by_site = trampolines.as_ref().map(|all| all.by_site(sites.len())).unwrap_or_default();
        Self { sites: sites.into(), edges, ends, trampolines, by_site, for_one_task: OnceLock::new() }
    }

    /// How many sites and edges there are: what can be hit.
    pub fn units(&self) -> usize {
        self.sites.len() + self.edges.edges.len()
    }

    /// The numbers of the edges of the jump at a site.
    pub fn edges_of(&self, site: usize) -> Range<usize> {
        let Range { start, end } = self.edges.of(site);
        self.sites.len() + start..self.sites.len() + end
    }

    /// How many counters a process needs: one for each site and edge, and those of passes.
    pub fn counters(&self) -> usize {
        let more = self.trampolines.as_ref().map_or(0, |trampolines| trampolines.pass_counters as usize);
        self.units() + more
    }

    /// The trampoline of a site.
    pub(in crate::tracer) fn trampoline(&self, site: usize) -> Option<&Trampoline> {
        Some(&self.trampolines.as_ref()?.entries[self.trampoline_index(site)? as usize])
    }

    /// The index of that.
    pub(in crate::tracer) fn trampoline_index(&self, site: usize) -> Option<u32> {
        self.by_site.get(site).copied().filter(|index| *index != u32::MAX)
    }

    /// Sites whose trampolines only one task at a time can use: a count that comes too early
    /// ([`Trampolines::counts_early`]) cannot be taken back if another task has counted as well.
    pub(in crate::tracer) fn for_one_task(&self) -> &FixedBitSet {
        self.for_one_task.get_or_init(|| {
            let mut unfit = FixedBitSet::with_capacity(self.sites.len());
            if let Some(trampolines) = &self.trampolines {
                let counts_early =
                    |it: &&Trampoline| trampolines.counts_early(it, self.sites[it.site as usize].address);
                let early = trampolines.entries.iter().filter(counts_early);
                unfit.extend(early.map(|trampoline| trampoline.site as usize));
            }
            unfit
        })
    }

    /// The first site of the block that ends with `site`. A task that reaches `site` has executed all from
    /// here on. An edge has no block.
    pub fn first_of_block(&self, site: usize) -> usize {
        if site >= self.sites.len() {
            return site;
        }
        (0..site).rev().take_while(|&before| !self.ends[before]).last().unwrap_or(site)
    }
}

impl Deref for Sites {
    type Target = [Site];

    fn deref(&self) -> &[Site] {
        &self.sites
    }
}

/// The number of an object in the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(pub u32);

/// An object that is mapped into a process.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Its number.
    pub object: ObjectId,
    /// Its sites.
    pub sites: Arc<Sites>,
    /// A site's address plus this is the address in the process.
    pub bias: u64,
    /// Where it is mapped, by which it is recognised.
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
pub struct SiteRef {
    /// The object.
    pub object: ObjectId,
    /// The index of the site in the object.
    pub site: usize,
    /// The index of the first site of the block: a task at `site` has executed all from here on.
    pub first: usize,
    /// The address in the process.
    pub address: u64,
}
