//! The instructions of an object: what is both in an executable section and in a segment that is loaded executable.

use object::LittleEndian;
use object::elf;
use object::read::elf::ProgramHeader as _;

use super::file::{Elf, Symbol};

/// Contiguous instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region<'c> {
    /// Address of the first byte.
    pub(crate) start: u64,
    /// The bytes, as the file has them.
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
    /// Ascending, disjoint.
    regions: Vec<Region<'c>>,
    /// Ascending.
    pub(crate) symbols: Vec<Symbol>,
}

impl<'c> Code<'c> {
    /// Reads them. The section says where instructions are (the ELF header itself may lie in an executable
    /// segment), the segment what is loaded and from where in the file. `debug` is the file that has the debug
    /// information, and may know sections that were stripped from `elf`; `symbols` ascend.
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

    /// All of it.
    pub(crate) fn regions(&self) -> &[Region<'c>] {
        &self.regions
    }

    /// The index of the region that holds `address`, and how far into it that is, in bytes.
    pub(crate) fn place(&self, address: u64) -> Option<(usize, usize)> {
        let index = self.regions.partition_point(|region| region.start <= address).checked_sub(1)?;
        let region = &self.regions[index];
        (address < region.end()).then(|| (index, (address - region.start) as usize))
    }

    /// The region that holds `address`.
    pub(crate) fn region(&self, address: u64) -> Option<&Region<'c>> {
        self.place(address).map(|(index, _)| &self.regions[index])
    }

    /// The code from `address` to the end of its region.
    pub(crate) fn from(&self, address: u64) -> Option<&'c [u8]> {
        let (index, at) = self.place(address)?;
        self.regions[index].bytes.get(at..)
    }

    /// Whether a function symbol is there.
    pub(crate) fn has_function_at(&self, address: u64) -> bool {
        self.symbols.binary_search_by_key(&address, |symbol| symbol.address).is_ok()
    }

    /// The region of a sequence of the line table, unless the linker dropped the sequence.
    ///
    /// Linkers put 0 (GNU ld), the offset in the dropped section (gold) or -1 (lld; gimli refuses that one)
    /// in place of the address. No code lies there, normally; when some does lie at 0, a sequence from 0
    /// is real only if it ends where a function does, or the code does: a dropped one has its own length.
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
