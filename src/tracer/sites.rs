//! The sites of an object, and where it is mapped.

use crate::tracer::detours::{Detour, Detours};
use fixedbitset::FixedBitSet;
use std::ops::Deref;
use std::sync::Arc;

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
    pub(in crate::tracer) ends: FixedBitSet,
    /// How the ends of blocks can be counted without a stop.
    pub(in crate::tracer) detours: Option<Detours>,
    /// Which of these is whose.
    by_site: Box<[u32]>,
}

impl Sites {
    /// Of those in ascending order, each with whether it is in one basic block with the next: who reaches that has come by
    /// this one just before, and no breakpoint need stand here.
    pub fn new(sites: impl Iterator<Item = (Site, bool)>, detours: Option<Detours>) -> Self {
        let (sites, joined): (Vec<Site>, Vec<bool>) = sites.unzip();
        let mut ends = FixedBitSet::with_capacity(sites.len());
        ends.extend((0..sites.len()).filter(|&site| !joined[site]));
        // Nothing comes after the last.
        if let Some(last) = sites.len().checked_sub(1) {
            ends.insert(last);
        }
        let by_site = detours.as_ref().map(|detours| detours.by_site(sites.len())).unwrap_or_default();
        Self { sites: sites.into(), ends, detours, by_site }
    }

    /// The detour of a site.
    pub(in crate::tracer) fn detour(&self, site: usize) -> Option<&Detour> {
        self.detours.as_ref()?.detours.get(*self.by_site.get(site)? as usize)
    }

    /// Whoever has come by `site`, the last of its block, has come by this one first, and by all in between.
    pub fn first_of_block(&self, site: usize) -> usize {
        (0..site).rev().take_while(|&before| !self.ends[before]).last().unwrap_or(site)
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
pub struct SiteRef {
    /// Whose site it is.
    pub object: ObjectId,
    /// Its index among the object's.
    pub site: usize,
    /// The index of the first site that whoever is here has come by just before, up to this one.
    pub first: usize,
    /// Where it is.
    pub address: u64,
}
