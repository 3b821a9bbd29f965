//! Detours: what a process can run instead of the end of a basic block, to count it there itself.
//!
//! They stand in memory of their own, near the code that they are copies of, and a jump leads there from the original.
//! Where one counts is relative to the base of the `gs` segment, which nothing else uses in a 64-bit program: so a forked
//! child has its own counters as soon as it has its own base. A jump has 5 bytes, and can be put there and taken away only
//! while nobody is about: detours are for address spaces in which one task runs at a time.

use crate::ptrace::{BREAKPOINT, Memory, Result};
use fixedbitset::FixedBitSet;
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// Bytes of the jump to a copy.
pub const JUMP: usize = 5;

/// The detours of an object.
#[derive(Debug)]
pub struct Detours {
    /// The copies, one after the other, as if they began at address 0 and the object where it says.
    pub code: Vec<u8>,
    /// Where in these there are distances (4 bytes) to addresses of the object.
    pub distances: Vec<u32>,
    /// Where there are addresses of the object (8 bytes).
    pub addresses: Vec<u32>,
    /// Where there are numbers of sites (4 bytes), which are to be offsets of their counters.
    pub counters: Vec<u32>,
    /// What the object has where each detour stands, one after the other.
    pub originals: Vec<u8>,
    /// Where the instructions of the copies begin, ascending.
    pub places: Vec<Place>,
    /// Ascending by site, and by address.
    pub detours: Vec<Detour>,
}

/// A detour.
#[derive(Debug, Clone, Copy)]
pub struct Detour {
    /// Index of the last site of its block.
    pub site: u32,
    /// Address before loading of the jump that leads to the copy.
    pub start: u64,
    /// Bytes of code that there are copies of: the jump, at least.
    pub length: u32,
    /// Where these begin among [`Detours::originals`].
    pub original: u32,
    /// Where the copy begins among [`Detours::code`].
    pub copy: u32,
    /// Where the breakpoint is of which one stops that comes by often.
    pub hot: u32,
    /// Where one goes on in the copy that has been stopped there.
    pub counted: u32,
}

/// An instruction of a copy.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Where it begins among [`Detours::code`].
    pub offset: u32,
    /// Address before loading where one would be in the original who is about to run it.
    pub original: u64,
    /// Has the block been counted, though its last site is still to be run?
    pub is_early: bool,
    /// Does the stack have the return address already of a call that is still to be made?
    pub is_pushed: bool,
}

/// Where the copies of an object stand in an address space.
#[derive(Debug, Clone, Copy)]
pub struct Copies {
    /// The first byte of them.
    pub address: u64,
    /// What is added to the number of a site gives the offset of its counter.
    pub counters: u32,
}

/// Where a task is that runs a copy.
#[derive(Debug, Clone, Copy)]
pub struct Whereabouts {
    /// The last site of the block.
    pub site: usize,
    /// Where it would be in the original.
    pub original: u64,
    /// Has the block been counted, though its last site is still to be run?
    pub is_early: bool,
    /// Does the stack have the return address already of a call that is still to be made?
    pub is_pushed: bool,
}

/// Which sites of a mapped object have detours.
#[derive(Debug, Clone, Default)]
pub(in crate::tracer) struct Detouring {
    pub copies: Option<Copies>,
    /// None are taken, whatever there is.
    pub is_off: bool,
    /// Sites at which a jump stands, instead of a breakpoint.
    pub taken: FixedBitSet,
    /// Sites that get a breakpoint, whatever there is.
    pub barred: FixedBitSet,
    /// Has any process taken detours that has its memory from where this one has it?
    pub is_taken_by_kin: Rc<Cell<bool>>,
}

impl Detours {
    /// For each of so many sites the index of its detour; [`u32::MAX`] if it has none.
    pub fn by_site(&self, sites: usize) -> Box<[u32]> {
        let mut by_site = vec![u32::MAX; sites];
        (0..).zip(&self.detours).for_each(|(index, detour)| by_site[detour.site as usize] = index);
        by_site.into()
    }

    /// The one that stands over `address`.
    pub fn over(&self, address: u64) -> Option<&Detour> {
        let index = self.detours.partition_point(|detour| detour.start <= address).checked_sub(1)?;
        let detour = &self.detours[index];
        (address < detour.start + u64::from(detour.length)).then_some(detour)
    }

    /// What it replaces.
    pub fn original(&self, detour: &Detour) -> &[u8] {
        &self.originals[detour.original as usize..][..detour.length as usize]
    }

    /// The addresses before loading of all that there are copies of, and of what they refer to: roughly.
    pub fn extent(&self) -> Range<u64> {
        let first = self.detours.first().map_or(0, |detour| detour.start);
        let last = self.detours.last().map_or(0, |detour| detour.start);
        first..last
    }

    /// The copies as they are to stand, of an object that is loaded with `bias`.
    pub fn made_good(&self, copies: Copies, bias: u64) -> Vec<u8> {
        let mut code = self.code.clone();
        let lower = |code: &mut [u8], at: u32, by: u64| {
            if let Some(bytes) = code[at as usize..].first_chunk_mut() {
                *bytes = u32::from_le_bytes(*bytes).wrapping_sub(by as u32).to_le_bytes();
            }
        };
        let nearer = copies.address.wrapping_sub(bias);
        self.distances.iter().for_each(|&at| lower(&mut code, at, nearer));
        let higher = u64::from(copies.counters).wrapping_neg();
        self.counters.iter().for_each(|&at| lower(&mut code, at, higher));
        for &at in &self.addresses {
            if let Some(bytes) = code[at as usize..].first_chunk_mut() {
                *bytes = u64::from_le_bytes(*bytes).wrapping_add(bias).to_le_bytes();
            }
        }
        code
    }

    /// Where in the original a task is whose program counter is `offset` bytes behind the beginning of the copies.
    pub fn whereabouts(&self, offset: u64) -> Option<Whereabouts> {
        let offset = u32::try_from(offset).ok().filter(|offset| (*offset as usize) < self.code.len())?;
        let place =
            &self.places[self.places.partition_point(|place| place.offset <= offset).checked_sub(1)?];
        let detour =
            &self.detours[self.detours.partition_point(|detour| detour.copy <= offset).checked_sub(1)?];
        Some(Whereabouts {
            site: detour.site as usize,
            original: place.original,
            is_early: place.is_early,
            is_pushed: place.is_pushed,
        })
    }

    /// The detour whose breakpoint is `offset` bytes behind the beginning of the copies.
    pub fn hot(&self, offset: u64) -> Option<&Detour> {
        let offset = u32::try_from(offset).ok()?;
        let index = self.detours.partition_point(|detour| detour.hot < offset);
        self.detours.get(index).filter(|detour| detour.hot == offset)
    }
}

impl Detouring {
    /// The jump at `site`, if there was one, has been taken away.
    pub fn forget(&mut self, site: usize) {
        if self.taken[site] {
            self.taken.set(site, false);
        }
    }
}

impl Detour {
    /// The jump to its copy.
    pub fn jump(&self, copies: Copies, bias: u64) -> [u8; JUMP] {
        let target = copies.address + u64::from(self.copy);
        let behind = self.start.wrapping_add(bias) + JUMP as u64;
        let [first, second, third, fourth] = (target.wrapping_sub(behind) as u32).to_le_bytes();
        [0xe9, first, second, third, fourth]
    }
}

/// A part of a process's memory that is being edited.
pub(in crate::tracer) struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Of these addresses.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn read(memory: &Memory, range: Range<u64>) -> Result<Self> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        memory.read(range.start, &mut bytes)?;
        Ok(Self { start: range.start, bytes })
    }

    /// # Errors
    /// As [`Memory::write`].
    pub fn write(self, memory: &Memory) -> Result<()> {
        memory.write(self.start, &self.bytes)
    }

    /// The `length` bytes at `address`, which are in it.
    pub fn at(&mut self, address: u64, length: usize) -> &mut [u8] {
        &mut self.bytes[(address - self.start) as usize..][..length]
    }

    /// Takes a breakpoint away, if there is one at `address`.
    pub fn clear(&mut self, address: u64, original: u8) {
        let byte = &mut self.at(address, 1)[0];
        if *byte == BREAKPOINT {
            *byte = original;
        }
    }
}
