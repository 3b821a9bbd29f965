//! The dynamic linker's rendezvous with debuggers (`struct r_debug` of link.h): a function that it calls whenever
//! it begins or has finished to change what is mapped, and a structure that says which of the two. glibc and musl
//! name both in their dynamic symbol tables.

use crate::elf::{FileCache, PositionedFile};
use crate::elf::{Segments, Svma};
use crate::machine::{self, Patch};
use std::cell::OnceCell;
use std::fs::File;

/// Where a dynamic linker can be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendezvous {
    /// The function that it calls.
    pub notify: Svma,
    /// The code at its entry.
    pub original: Patch,
    /// Its `struct r_debug`, or a pointer to that.
    pub state: Svma,
    /// Is `state` a pointer?
    pub is_pointer: bool,
    /// The segments of the dynamic linker itself.
    pub segments: Segments,
}

impl Rendezvous {
    /// Of the dynamic linker in `file`; `None` when it is none, or has no rendezvous.
    pub fn read(file: &File) -> Option<Self> {
        let failure = OnceCell::new();
        let cache = FileCache::new(PositionedFile::new(file, &failure));
        let elf = machine::open(&cache).ok()?;
        let notify = Svma(elf.dynamic_symbol(b"_dl_debug_state")?);
        let original = Patch::of_elf(&elf, notify.0)?;
        let (state, is_pointer) = match elf.dynamic_symbol(b"_r_debug") {
            Some(structure) => (structure, false),
            None => (elf.dynamic_symbol(b"_dl_debug_addr")?, true),
        };
        Some(Self { notify, original, state: Svma(state), is_pointer, segments: Segments::of(&elf) })
    }
}
