//! The sites of an object, and where it is mapped.

use crate::machine::{Site, Trampoline, Trampolines};
use fixedbitset::FixedBitSet;
use std::ops::Deref;
use std::sync::Arc;

/// The sites of an object.
#[derive(Debug)]
pub struct Sites {
    sites: Box<[Site]>,
    /// Those that are not joined to the next: the last of each block.
    pub(in crate::tracer) ends: FixedBitSet,
    /// How the ends of blocks can be counted without a stop.
    pub(in crate::tracer) trampolines: Option<Trampolines>,
    /// Which of these is whose.
    by_site: Box<[u32]>,
}

impl Sites {
    /// Of sites in ascending order. One that is joined to the next needs no breakpoint.
    pub fn new(sites: Vec<Site>, trampolines: Option<Trampolines>) -> Self {
        let mut ends = FixedBitSet::with_capacity(sites.len());
        ends.extend((0..sites.len()).filter(|&site| !sites[site].joined));
        // Nothing comes after the last.
        if let Some(last) = sites.len().checked_sub(1) {
            ends.insert(last);
        }
        let by_site = trampolines.as_ref().map(|all| all.by_site(sites.len())).unwrap_or_default();
        Self { sites: sites.into(), ends, trampolines, by_site }
    }

    /// The trampoline of a site.
    pub(in crate::tracer) fn trampoline(&self, site: usize) -> Option<&Trampoline> {
        self.trampolines.as_ref()?.entries.get(*self.by_site.get(site)? as usize)
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
