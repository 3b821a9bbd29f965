//! Self-counting trampolines: basic blocks whose ends run out of line, and count there that they run.
//!
//! A breakpoint costs a stop. A trampoline costs one instruction that increments a number in memory, and a
//! jump to the out-of-line copy and back (kprobes calls this an optimised probe). Each object has a table
//! of them, which is made once, is position-independent, and is kept in the cache. A process gets the code
//! of the table in memory of its own, relocated to where that memory is.
//!
//! This file has the table. How a trampoline is planned and encoded is the machine's affair.

use super::copy_links::CopyLink;
use super::pc_map::PcMap;
use crate::elf::Svma;
use crate::plain::stream::{Reader, Stored, Writer};
use crate::plain::{Fields, Plain};
use std::io::{self, Read, Write};
use std::ops::{Deref, Range};

/// Bytes of a counter. It is saturated when its highest bit is set.
pub const COUNTER_LENGTH: u32 = 2;

/// The trampolines of an object.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Trampolines {
    /// The out-of-line code, one copy after the other, as if it began at address 0; and the table of return
    /// addresses that it pushes.
    pub code: Vec<u8>,
    /// Offsets in `code` of 4-byte distances to addresses of the object. Relocation subtracts the address
    /// of the code.
    pub pcrel_fixups: Vec<u32>,
    /// Offset in `code` of the return addresses, of 8 bytes each, up to its end. Relocation adds the load
    /// bias. Nothing else depends on that if the distance between the object and the code is always the same.
    pub returns: u32,
    /// Offsets in `code` of 4-byte distances of counters from that of site 0. Relocation adds where that is.
    pub counter_fixups: Vec<u32>,
    /// The object's code that the trampolines replace, one after the other.
    pub originals: Vec<u8>,
    /// The instructions of `code`, ascending by offset.
    pub pc_map: PcMap,
    /// The trampolines, ascending by site, and so by address.
    pub entries: Vec<Trampoline>,
    /// Jumps to the copies of short blocks, ascending by address.
    pub springboards: Vec<Springboard>,
    /// The copies that lead to others, ascending.
    pub links: Vec<CopyLink>,
    /// How many counters there are behind those of the sites ([`Trampoline::counter`]).
    pub pass_counters: u32,
}

/// One trampoline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trampoline {
    /// Index of the last site of its block.
    pub site: u32,
    /// Index of the counter that can be saturated: that of the site; or, if that only says whether the site
    /// was passed, a counter of passes behind those of all sites.
    pub counter: u32,
    /// Where the copied code begins, and the jump to the copy: at the site, or before it.
    pub start: Svma,
    /// How many bytes of code are copied. The jump is not longer.
    pub length: u32,
    /// Offset of these bytes in [`Trampolines::originals`].
    pub original: u32,
    /// Offset of the copy in [`Trampolines::code`].
    pub copy: u32,
    /// Offset of the breakpoint that stops a task when the counter is saturated; `copy` if it only counts
    /// whether the block was passed.
    pub saturated: u32,
    /// Offset at which a task continues after that stop.
    pub resume: u32,
    /// How tasks come to the copy.
    pub entrance: Entrance,
    /// Index of the first springboard at `start` or behind it.
    pub next_springboard: u32,
}

/// How tasks come to an out-of-line copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// By a jump in the original code.
    Jump,
    /// By a short jump in the original code, to the springboard with this index.
    Springboard(u32),
    /// From the copies of the blocks before it. The original code stays, with its breakpoint.
    Copies,
}

/// A jump to the copy of a block that is too short for that jump. It stands in code that no task runs: in
/// padding, or in code that another trampoline replaces, its host, as long as the jump of that is in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Springboard {
    /// Its address.
    pub address: Svma,
    /// The index of the trampoline to which it leads.
    pub entry: u32,
    /// Offset in [`Trampolines::originals`] of the code that it replaces.
    pub original: u32,
}

/// The code of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JumpCode {
    bytes: [u8; 8],
    length: u8,
}

impl JumpCode {
    /// The jump with these bytes.
    pub(super) fn new<const LENGTH: usize>(code: [u8; LENGTH]) -> Self {
        let mut bytes = [0; 8];
        bytes[..LENGTH].copy_from_slice(&code);
        Self { bytes, length: LENGTH as u8 }
    }
}

impl Deref for JumpCode {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length.into()]
    }
}

/// Where the out-of-line code of an object is in an address space.
#[derive(Debug, Clone, Copy)]
pub struct OutOfLineCode {
    /// Its first byte.
    pub address: u64,
    /// The offset of the counter of site 0.
    pub counters: u32,
}

/// The place in the original code that corresponds to a program counter in out-of-line code.
#[derive(Debug, Clone, Copy)]
pub struct OriginalPc {
    /// The last site of the block.
    pub site: usize,
    /// The address in the process.
    pub address: u64,
    /// See [`PcMapEntry::counted_early`](super::PcMapEntry::counted_early).
    pub counted_early: bool,
    /// See [`PcMapEntry::return_pushed`](super::PcMapEntry::return_pushed).
    pub return_pushed: bool,
}

impl Stored for Trampolines {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        let Self { code, pcrel_fixups, returns, counter_fixups, originals, pc_map, .. } = self;
        let Self { entries, springboards, links, pass_counters, .. } = self;
        writer.array(code)?;
        writer.array(pcrel_fixups)?;
        writer.value(returns)?;
        writer.array(counter_fixups)?;
        writer.array(originals)?;
        pc_map.store(writer)?;
        writer.array(entries)?;
        writer.array(springboards)?;
        writer.array(links)?;
        writer.value(pass_counters)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        Ok(Self {
            code: reader.array()?,
            pcrel_fixups: reader.array()?,
            returns: reader.value()?,
            counter_fixups: reader.array()?,
            originals: reader.array()?,
            pc_map: PcMap::load(reader)?,
            entries: reader.array()?,
            springboards: reader.array()?,
            links: reader.array()?,
            pass_counters: reader.value()?,
        })
    }
}

impl Plain for Trampoline {
    const SIZE: usize = 44;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.start.0.to_le_bytes());
        let &Self { site, counter, length, original, copy, saturated, resume, .. } = self;
        let entrance = match self.entrance {
            Entrance::Jump => Entrance::JUMP,
            Entrance::Copies => Entrance::COPIES,
            Entrance::Springboard(index) => index,
        };
        [site, counter, length, original, copy, saturated, resume, entrance]
            .iter()
            .for_each(|number| number.put(bytes));
        self.next_springboard.put(bytes);
    }

    fn take(fields: &mut Fields) -> Self {
        Self {
            start: Svma(fields.u64()),
            site: fields.u32(),
            counter: fields.u32(),
            length: fields.u32(),
            original: fields.u32(),
            copy: fields.u32(),
            saturated: fields.u32(),
            resume: fields.u32(),
            entrance: match fields.u32() {
                Entrance::JUMP => Entrance::Jump,
                Entrance::COPIES => Entrance::Copies,
                index => Entrance::Springboard(index),
            },
            next_springboard: fields.u32(),
        }
    }
}

impl Entrance {
    /// The numbers of those without an index.
    const JUMP: u32 = u32::MAX;
    const COPIES: u32 = u32::MAX - 1;
}

impl Plain for Springboard {
    const SIZE: usize = 16;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.address.0.to_le_bytes());
        self.entry.put(bytes);
        self.original.put(bytes);
    }

    fn take(fields: &mut Fields) -> Self {
        Self { address: Svma(fields.u64()), entry: fields.u32(), original: fields.u32() }
    }
}

impl Trampoline {
    /// One that counts only whether the block was passed, with a jump at its beginning.
    pub fn new(site: u32, start: Svma, length: u32, original: u32, copy: u32) -> Self {
        Self {
            site,
            counter: site,
            start,
            length,
            original,
            copy,
            saturated: copy,
            resume: copy,
            entrance: Entrance::Jump,
            next_springboard: 0,
        }
    }

    /// Does it stop a task when it has counted often?
    pub fn saturates(&self) -> bool {
        self.saturated != self.copy
    }
}

impl Trampolines {
    /// The index of each site's trampoline, for the given number of sites; [`u32::MAX`] for a site without
    /// one.
    pub fn by_site(&self, sites: usize) -> Box<[u32]> {
        let mut by_site = vec![u32::MAX; sites];
        (0..).zip(&self.entries).for_each(|(index, entry)| by_site[entry.site as usize] = index);
        by_site.into()
    }

    /// Does a trampoline count its block before a task has come to the last site, which is at `site`?
    pub fn counts_early(&self, trampoline: &Trampoline, site: Svma) -> bool {
        let mut places =
            self.pc_map.from(trampoline.copy).take_while(|place| place.offset < trampoline.saturated);
        places.any(|place| place.counted_early && place.original < site)
    }

    /// The trampoline that replaces the code at `address`.
    pub fn over(&self, address: Svma) -> Option<&Trampoline> {
        let index = self.entries.partition_point(|entry| entry.start <= address).checked_sub(1)?;
        let entry = &self.entries[index];
        (address.0 < entry.start.0 + u64::from(entry.length)).then_some(entry)
    }

    /// The trampolines whose copies lead to that of the one with this index.
    pub fn leading_to(&self, index: u32) -> impl Iterator<Item = &Trampoline> {
        let first = self.links.partition_point(|link| link.to < index);
        let links = self.links[first..].iter().take_while(move |link| link.to == index);
        links.map(|link| &self.entries[link.from as usize])
    }

    /// The code that a trampoline replaces.
    pub fn original(&self, entry: &Trampoline) -> &[u8] {
        &self.originals[entry.original as usize..][..entry.length as usize]
    }

    /// The trampoline to which a springboard leads.
    pub fn entry_of(&self, springboard: &Springboard) -> &Trampoline {
        &self.entries[springboard.entry as usize]
    }

    /// The springboard of a trampoline that has one.
    pub fn springboard(&self, entry: &Trampoline) -> Option<&Springboard> {
        match entry.entrance {
            Entrance::Springboard(index) => Some(&self.springboards[index as usize]),
            _ => None,
        }
    }

    /// The springboards in the code that a trampoline replaces.
    pub fn hosted_by(&self, host: &Trampoline) -> &[Springboard] {
        let end = Svma(host.start.0 + u64::from(host.length));
        let next = &self.springboards[host.next_springboard as usize..];
        let count = next.iter().take_while(|springboard| springboard.address < end).count();
        &next[..count]
    }

    /// Sorts the springboards by address, and notes in the trampolines where they are.
    pub fn sort_springboards(&mut self) {
        self.springboards.sort_unstable_by_key(|springboard| springboard.address);
        for (index, springboard) in (0..).zip(&self.springboards) {
            self.entries[springboard.entry as usize].entrance = Entrance::Springboard(index);
        }
        let mut next = 0;
        for entry in &mut self.entries {
            let rest = &self.springboards[next..];
            next += rest.iter().take_while(|springboard| springboard.address < entry.start).count();
            entry.next_springboard = next as u32;
        }
    }

    /// The last springboard that begins at `address` or before.
    pub fn springboard_before(&self, address: Svma) -> Option<&Springboard> {
        let next = self.springboards.partition_point(|springboard| springboard.address <= address);
        next.checked_sub(1).map(|last| &self.springboards[last])
    }

    /// The springboard at `address`.
    pub fn springboard_at(&self, address: Svma) -> Option<&Springboard> {
        self.springboard_before(address).filter(|springboard| springboard.address == address)
    }

    /// The addresses in a process that has the object loaded with `bias`, from the first trampoline to the
    /// last.
    pub fn extent(&self, bias: u64) -> Range<u64> {
        let address = |entry: Option<&Trampoline>| entry.map_or(Svma(0), |entry| entry.start).loaded(bias);
        address(self.entries.first())..address(self.entries.last())
    }

    /// The place in the original code for the program counter that is `offset` bytes into the out-of-line
    /// code, in a process that has the object loaded with `bias`.
    pub fn original_pc(&self, offset: u64, bias: u64) -> Option<OriginalPc> {
        let offset = u32::try_from(offset).ok().filter(|offset| (*offset as usize) < self.code.len())?;
        let place = self.pc_map.at_or_before(offset)?;
        let entry = self.entries.partition_point(|entry| entry.copy <= offset).checked_sub(1)?;
        Some(OriginalPc {
            site: self.entries[entry].site as usize,
            address: place.original.loaded(bias),
            counted_early: place.counted_early,
            return_pushed: place.return_pushed,
        })
    }

    /// The trampoline whose breakpoint is `offset` bytes into the out-of-line code.
    pub fn saturated_at(&self, offset: u64) -> Option<&Trampoline> {
        let offset = u32::try_from(offset).ok()?;
        let index = self.entries.partition_point(|entry| entry.saturated < offset);
        self.entries.get(index).filter(|entry| entry.saturated == offset && entry.saturates())
    }
}
