//! The rendezvous of the dynamic linker with debuggers (`struct r_debug` of link.h): a function that it
//! calls whenever it begins or has finished to change what is mapped, and a structure that says which.
//! glibc and musl have both in their dynamic symbol tables.

use crate::elf::{FileCache, PositionedFile};
use crate::elf::{Segments, Svma};
use crate::machine::{self, Patch};
use std::cell::OnceCell;
use std::fs::File;

/// The addresses of the rendezvous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendezvous {
    /// The function that the dynamic linker calls.
    pub notify: Svma,
    /// The code at its entry.
    pub original: Patch,
    /// The `struct r_debug`, or a pointer to it.
    pub state: Svma,
    /// Is `state` a pointer?
    pub is_pointer: bool,
    /// The segments of the dynamic linker itself.
    pub segments: Segments,
}

impl Rendezvous {
    /// The rendezvous of the dynamic linker `file`; `None` if it is not one, or has no rendezvous.
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
