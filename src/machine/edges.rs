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
    pub decision: u8,
    /// Where it leads if it does not continue with the next instruction.
    pub target: Svma,
}

/// A direction of a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The index of the site at the jump.
    pub site: u32,
    /// Where it leads.
    pub target: Svma,
}

/// A conditional jump in the code of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConditionalJump {
    pub(crate) address: u64,
    /// Length in bytes of the instruction.
    pub(crate) length: u8,
    /// See [`EdgeJump::decision`].
    pub(crate) decision: u8,
    pub(crate) target: u64,
}

impl ConditionalJump {
    /// The address of the next instruction.
    pub(crate) fn next(&self) -> u64 {
        self.address + u64::from(self.length)
    }
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
    const SIZE: usize = 13;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.target.0.to_le_bytes());
        self.site.put(bytes);
        bytes.push(self.decision);
    }

    fn take(fields: &mut Fields) -> Self {
        Self { target: Svma(fields.u64()), site: fields.u32(), decision: fields.byte() }
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
