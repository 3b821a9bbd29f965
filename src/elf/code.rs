//! The instructions of an object: those bytes that are both in an executable section and in an
//! executable segment.

use object::LittleEndian;
use object::elf;
use object::read::elf::ProgramHeader as _;

use super::file::{Elf, Symbol};

/// A contiguous range of instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region<'c> {
    /// The address of the first byte.
    pub(crate) start: u64,
    /// The bytes in the file.
    pub(crate) bytes: &'c [u8],
}

impl Region<'_> {
    /// One past the last address.
    pub(crate) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

/// All instructions of an object, and its function symbols.
pub(crate) struct Code<'c> {
    /// Ascending and disjoint.
    regions: Vec<Region<'c>>,
    /// Ascending.
    pub(crate) symbols: Vec<Symbol>,
}

impl<'c> Code<'c> {
    /// Reads them. Sections say where instructions are, since the ELF header itself can be in an
    /// executable segment. Segments say what is loaded, and from where in the file. `debug` is the file
    /// with the debug information, which may have sections that were stripped from `elf`. `symbols`
    /// ascend.
    pub(crate) fn read(elf: &Elf<'c, '_>, debug: &Elf, symbols: Vec<Symbol>) -> Result<Self, String> {
        let mut segments: Vec<_> = elf
            .file
            .elf_program_headers()
            .iter()
            .filter(|segment| {
                segment.p_type(LittleEndian) == elf::PT_LOAD
                    && segment.p_flags(LittleEndian).contains(elf::PF_X)
            })
            .map(|segment| {
                let offset = segment.p_offset(LittleEndian);
                let size = segment.p_filesz(LittleEndian);
                let size = size.min(elf.len().saturating_sub(offset));
                (segment.p_vaddr(LittleEndian), size, offset)
            })
            .collect();
        segments.sort_unstable();
        let mut sections: Vec<_> = elf.code_sections().filter(|section| section.2).collect();
        if elf.file.elf_section_table().is_empty() {
            sections = debug.code_sections().collect();
        }
        sections.sort_unstable();

        let mut regions: Vec<Region> = Vec::new();
        let mut total = 0;
        for (address, size, _) in sections {
            let next = segments.partition_point(|segment| segment.0 <= address);
            let Some(&(vaddr, loaded, offset)) = next.checked_sub(1).map(|last| &segments[last]) else {
                continue;
            };
            let taken = regions.last().map_or(0, Region::end);
            let start = address.max(taken);
            let end = address.saturating_add(size).min(vaddr.saturating_add(loaded));
            if start >= end {
                continue;
            }
            total += end - start;
            if total > elf.len() {
                return Err("more code than the file has bytes".to_owned());
            }
            let bytes =
                elf.bytes(offset + (start - vaddr), end - start).ok_or("code beyond the end of the file")?;
            regions.push(Region { start, bytes });
        }
        Ok(Self { regions, symbols })
    }

    /// All regions, ascending.
    pub(crate) fn regions(&self) -> &[Region<'c>] {
        &self.regions
    }

    /// The index of the region that contains `address`, and the offset in it.
    pub(crate) fn place(&self, address: u64) -> Option<(usize, usize)> {
        let index = self.regions.partition_point(|region| region.start <= address).checked_sub(1)?;
        let region = &self.regions[index];
        (address < region.end()).then(|| (index, (address - region.start) as usize))
    }

    /// The region that contains `address`.
    pub(crate) fn region(&self, address: u64) -> Option<&Region<'c>> {
        self.place(address).map(|(index, _)| &self.regions[index])
    }

    /// The code from `address` to the end of its region.
    pub(crate) fn from(&self, address: u64) -> Option<&'c [u8]> {
        let (index, at) = self.place(address)?;
        self.regions[index].bytes.get(at..)
    }

    /// Is there a function symbol at `address`?
    pub(crate) fn has_function_at(&self, address: u64) -> bool {
        self.symbols.binary_search_by_key(&address, |symbol| symbol.address).is_ok()
    }

    /// Is `address` in a function whose length its symbol has?
    pub(crate) fn is_in_function(&self, address: u64) -> bool {
        let next = self.symbols.partition_point(|symbol| symbol.address <= address);
        let start = next.checked_sub(1).map(|last| self.symbols[last].address);
        let nearest = self.symbols[..next].iter().rev().take_while(|symbol| Some(symbol.address) == start);
        nearest.into_iter().any(|symbol| address - symbol.address < symbol.size)
    }

    /// The region that contains a sequence of the line table; `None` if the linker has discarded the
    /// sequence.
    ///
    /// Linkers replace the address of a discarded sequence by 0 (GNU ld), by its offset in the discarded
    /// section (gold) or by -1 (lld; gimli refuses that one). Usually no code is there. If there is code
    /// at 0, a sequence from 0 is live only if it ends where a function or the region ends, since a
    /// discarded one keeps its own length.
    pub(crate) fn live(&self, start: u64, end: u64) -> Option<&Region<'c>> {
        let region = self.region(start)?;
        let ends_with_a_function = || {
            self.symbols
                .iter()
                .any(|symbol| symbol.size > 0 && symbol.address.checked_add(symbol.size) == Some(end))
        };
        (start != 0 || end == region.end() || ends_with_a_function()).then_some(region)
    }
}
