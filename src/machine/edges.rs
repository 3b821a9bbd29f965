//! Edges: directions of jumps that are recorded at the jump itself, since the code that they lead to is
//! reached in other ways, too.
//!
//! A jump with edges has a site. The edges have the numbers behind those of the sites, so that a hit is a
//! site or an edge.

use crate::elf::Svma;
use crate::plain::stream::{Reader, Stored, Writer};
use crate::plain::{Fields, Plain};
use std::io::{self, Read, Write};
use std::ops::Range;

/// All edges of an object.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Edges {
    /// The jumps that have edges, ascending by site.
    pub jumps: Vec<EdgeJump>,
    /// The edges, ascending by site and target. Their numbers are those behind the sites, in this order.
    pub edges: Vec<Edge>,
}

/// A jump that has edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeJump {
    /// The index of the site at the jump.
    pub site: u32,
    /// What decides where it leads, as the machine encodes that.
    pub decision: u16,
    /// The address in the instruction: where it leads if it does not continue with the next one; or, if it
    /// leads to an address in memory, where that memory is, from what the registers add.
    pub operand: Svma,
}

/// Where a jump leads a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// To this address in the process.
    Code(u64),
    /// To the address that is in its memory here.
    Stored(u64),
}

/// A direction of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The index of the site at the jump.
    pub site: u32,
    /// Where it leads.
    pub target: Svma,
}

/// A jump in the code of an object that can lead to several places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BranchJump {
    pub(crate) address: u64,
    /// Length in bytes of the instruction.
    pub(crate) length: u8,
    /// See [`EdgeJump::decision`] and [`EdgeJump::operand`].
    pub(crate) decision: u16,
    pub(crate) operand: u64,
    /// Where it leads: a conditional jump to the next instruction, or else to its target; a jump through a
    /// table to what the table has, ascending.
    pub(crate) targets: Vec<u64>,
}

impl BranchJump {
    /// The address of the next instruction.
    pub(crate) fn next(&self) -> u64 {
        self.address + u64::from(self.length)
    }
}

/// The part that a jump has in a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BranchPart {
    /// The first jump of the branch: its index among those that were asked about.
    pub(crate) first: usize,
    /// The way of the branch that each target of the jump is; `None` if another jump decides there.
    pub(crate) ways: Vec<Option<u32>>,
}

impl Edges {
    /// The jump at a site, if it has edges.
    pub fn jump(&self, site: usize) -> Option<&EdgeJump> {
        let index = self.jumps.binary_search_by_key(&site, |jump| jump.site as usize).ok()?;
        Some(&self.jumps[index])
    }

    /// The edges of the jump at a site, counted from the first one of the object.
    pub fn of(&self, site: usize) -> Range<usize> {
        let first = self.edges.partition_point(|edge| (edge.site as usize) < site);
        let count = self.edges[first..].iter().take_while(|edge| edge.site as usize == site).count();
        first..first + count
    }

    /// The edge from the jump at a site to `target`, counted from the first one of the object.
    pub fn to(&self, site: usize, target: Svma) -> Option<usize> {
        self.of(site).find(|&edge| self.edges[edge].target == target)
    }
}

impl Stored for Edges {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.array(&self.jumps)?;
        writer.array(&self.edges)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        Ok(Self { jumps: reader.array()?, edges: reader.array()? })
    }
}

impl Plain for EdgeJump {
    const SIZE: usize = 14;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.operand.0.to_le_bytes());
        self.site.put(bytes);
        bytes.extend(self.decision.to_le_bytes());
    }

    fn take(fields: &mut Fields) -> Self {
        let (operand, site) = (Svma(fields.u64()), fields.u32());
        Self { operand, site, decision: u16::from_le_bytes(fields.bytes()) }
    }
}

impl Plain for Edge {
    const SIZE: usize = 12;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.target.0.to_le_bytes());
        self.site.put(bytes);
    }

    fn take(fields: &mut Fields) -> Self {
        Self { target: Svma(fields.u64()), site: fields.u32() }
    }
}
