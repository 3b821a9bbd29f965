//! Exported symbols of an object: those of its dynamic symbol table (elf(5)). A statically linked
//! executable has none. There the symbol table is used, which strip(1) removes.

use crate::elf::{FileCache, PositionedFile};
use crate::elf::{Segments, Svma};
use crate::machine::{self, Patch};
use hashbrown::HashMap;
use std::cell::OnceCell;
use std::fs::File;

/// Some of the exported symbols of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// The address of each, and the code at it if it is a function.
    pub symbols: HashMap<String, (Svma, Option<Patch>)>,
    /// The segments of the object.
    pub segments: Segments,
}

impl Exports {
    /// The wanted ones of the ELF file `file`. None if it cannot be read, or is not an ELF file.
    pub fn read(file: &File, wants: impl Fn(&str) -> bool) -> Self {
        Self::of_tables(file, wants, false)
    }

    /// As [`Exports::read`], with all functions of its symbol table, local ones too.
    pub fn read_with_symbol_table(file: &File, wants: impl Fn(&str) -> bool) -> Self {
        Self::of_tables(file, wants, true)
    }

    fn of_tables(file: &File, wants: impl Fn(&str) -> bool, with_local: bool) -> Self {
        let failure = OnceCell::new();
        let cache = FileCache::new(PositionedFile::new(file, &failure));
        let Ok(elf) = machine::open(&cache) else { return Self::default() };
        let wanted = |(name, address): (&[u8], u64)| {
            let name = std::str::from_utf8(name).ok().filter(|name| wants(name))?;
            Some((name.to_owned(), (Svma(address), Patch::of_elf(&elf, address))))
        };
        let mut symbols: HashMap<_, _> = elf.dynamic_symbols().filter_map(wanted).collect();
        if with_local {
            symbols.extend(elf.all_symbols().filter_map(wanted));
        } else if symbols.is_empty() && !elf.has_interpreter() {
            symbols.extend(elf.global_symbols().filter_map(wanted));
        }
        Self { symbols, segments: Segments::of(&elf) }
    }
}
