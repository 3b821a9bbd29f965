//! Basic blocks: sites that are always reached together.
//!
//! Two neighbouring sites are joined if the instructions between them run one after the other, and no
//! task can enter in between. So no instruction there jumps or enters the kernel, and nothing in the
//! object refers to an address after the first site, up to the second ([`Leaders`]). Where references
//! are unknown, nothing is joined.

use std::ops::Range;

use crate::elf::Code;
use crate::elf::landing_pads;
use crate::elf::{Elf, Symbol};
use crate::machine::blocks::{self, Leaders};
use crate::machine::{Capabilities, Site, Trampolines};

/// The code in which blocks are found.
pub(crate) struct Blocks<'b, 'c, 'f, 's> {
    pub(crate) capabilities: Capabilities,
    /// The file that is loaded.
    pub(crate) elf: &'b Elf<'c, 'f>,
    pub(crate) code: &'b Code<'c>,
    /// Code of compilers that are not known well enough, for example hand-written assembly.
    pub(crate) apart: Vec<Range<u64>>,
    /// Are there symbols of all functions, and not only of exported ones?
    pub(crate) has_all_symbols: bool,
    pub(crate) symbol_name: &'b dyn Fn(Symbol) -> Option<&'s [u8]>,
}

impl Blocks<'_, '_, '_, '_> {
    /// Joins the `sites` of an object, which ascend, where that is certain. Gives the trampolines of its
    /// blocks.
    pub(crate) fn join(&self, sites: &mut [Site]) -> Trampolines {
        let Some(data) = self.elf.loaded_data() else { return Trampolines::default() };
        let Some(unwinding) = landing_pads::read(self.elf, &data) else { return Trampolines::default() };
        let mut leaders = Leaders::find(self.elf, &data, self.code, sites, &unwinding);
        if !leaders.mark_unknown_functions(&self.code.symbols, self.has_all_symbols, self.symbol_name) {
            return Trampolines::default();
        }
        for index in 1..sites.len() {
            sites[index - 1].joined = leaders.follows(sites, index);
        }
        for range in &self.apart {
            let first = sites.partition_point(|site| site.address.0 < range.start).saturating_sub(1);
            let within = sites[first..].iter_mut().take_while(|site| site.address.0 < range.end);
            within.for_each(|site| site.joined = false);
        }
        if !self.capabilities.trampolines {
            return Trampolines::default();
        }
        blocks::plan_trampolines(self.code, &leaders, sites, &self.apart)
    }
}
