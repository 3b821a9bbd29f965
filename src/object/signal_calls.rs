//! Where an object makes the system calls that change what SIGTRAP does to a program.

use crate::elf::{Code, ElfError, FileCache, PositionedFile, Segments};
use crate::machine::{self, SignalCallSite};
use std::cell::OnceCell;
use std::fs::File;

/// The signal calls of an object.
#[derive(Debug, Clone, Default)]
pub struct SignalCalls {
    /// Ascending by address.
    pub calls: Vec<SignalCallSite>,
    /// The object's segments.
    pub segments: Segments,
}

impl SignalCalls {
    /// Reads them from `file`. A file that cannot be read has none here; other readers of it report that.
    pub fn read(file: &File) -> Self {
        let failure = OnceCell::new();
        let cache = FileCache::new(PositionedFile::new(file, &failure));
        let found = machine::open(&cache).and_then(|elf| {
            if elf.checks_leaks() {
                // LeakSanitizer's task cannot be traced (CLONE_UNTRACED), and a hook would kill it.
                return Ok(Self::default());
            }
            let segments = Segments::of(&elf);
            let mut code = Code::read(&elf, &elf, Vec::new()).map_err(ElfError::Damaged)?;
            if !code.regions().iter().any(machine::may_make_signal_calls) {
                return Ok(Self { calls: Vec::new(), segments });
            }
            code.symbols = elf.function_symbols();
            let in_region = |region| machine::signal_call_sites(region, &code);
            let mut calls: Vec<_> = code.regions().iter().flat_map(in_region).collect();
            calls.dedup();
            Ok(Self { calls, segments })
        });
        found.unwrap_or_default()
    }
}
