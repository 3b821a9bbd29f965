//! Symbols that an object offers to others: its dynamic symbol table (elf(5)). An executable that is linked statically has
//! none, and offers them to nobody; there it is the symbol table that strip(1) takes away.

use crate::elf::{FileCache, PositionedFile};
use crate::elf::{Segments, Svma};
use crate::machine::{self, Patch};
use hashbrown::HashMap;
use std::cell::OnceCell;
use std::fs::File;

/// Some of the symbols that an object offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// Where each is, and the code that the file has there, if it is code.
    pub symbols: HashMap<String, (Svma, Option<Patch>)>,
    /// The segments of the object.
    pub segments: Segments,
}

impl Exports {
    /// Those of the ELF object in `file` that are wanted. Of a file that cannot be read, or is none, there are none.
    pub fn read(file: &File, wants: impl Fn(&str) -> bool) -> Self {
        let failure = OnceCell::new();
        let cache = FileCache::new(PositionedFile::new(file, &failure));
        let Ok(elf) = machine::open(&cache) else { return Self::default() };
        let wanted = |(name, address): (&[u8], u64)| {
            let name = std::str::from_utf8(name).ok().filter(|name| wants(name))?;
            Some((name.to_owned(), (Svma(address), Patch::of_elf(&elf, address))))
        };
        let mut symbols: HashMap<_, _> = elf.dynamic_symbols().filter_map(wanted).collect();
        if symbols.is_empty() && !elf.has_interpreter() {
            symbols = elf.global_symbols().filter_map(wanted).collect();
        }
        Self { symbols, segments: Segments::of(&elf) }
    }
}
