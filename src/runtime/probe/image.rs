//! A probe, compiled by `build.rs` to an ELF file that needs no relocation.

use nix::sys::memfd::{MFdFlags, memfd_create};
use object::{Object as _, ObjectSegment as _, ObjectSymbol as _};
use std::fs::File;
use std::io::{self, Write};

const PAGE: u64 = 4096;

/// A probe as it is to be in memory. Addresses are relative to its beginning.
#[derive(Debug)]
pub struct ProbeImage {
    /// Its code and constants.
    pub code: &'static [u8],
    /// Bytes of memory that it needs: whole pages of code first, then variables, which are 0.
    pub size: u64,
    /// The functions of the interpreter that it uses.
    pub functions: Vec<ImportedFunction>,
    /// Where the addresses of the functions go, 8 bytes each.
    pub table: u64,
    /// The function that starts it.
    pub start: u64,
    /// As in `tracer::Probe`, like all that follow but the last.
    pub asked: u64,
    /// See [`ProbeImage::asked`].
    pub done: u64,
    /// See [`ProbeImage::asked`].
    pub returned: u64,
    /// See [`ProbeImage::asked`].
    pub process: u64,
    /// See [`ProbeImage::asked`].
    pub after_fork: u64,
    /// See [`ProbeImage::asked`].
    pub fork_flag: u64,
    /// See [`ProbeImage::asked`].
    pub begin_context: u64,
    /// See [`ProbeImage::asked`].
    pub threads: u64,
    /// See [`ProbeImage::asked`]: the code that a function's detour leads to, and the room for the
    /// instructions that it replaces. `None` if the probe is not called so.
    pub detour: Option<(u64, u64)>,
    /// The word that says whether branches are measured.
    pub branches: u64,
    /// The word that says whether tests of the interpreter's own test framework begin contexts.
    pub tests: u64,
    /// Where it finds whether to say how tests end (4 bytes).
    pub results: u64,
    /// Where the log is stated ([`crate::runtime::protocol::log_mapping`]).
    pub log: u64,
}

/// A function of an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFunction {
    /// Its names in different versions.
    pub names: Vec<&'static str>,
    /// Can the probe do without it?
    pub optional: bool,
}

impl ProbeImage {
    /// Bytes of code, in whole pages.
    pub fn code_size(&self) -> u64 {
        (self.code.len() as u64).next_multiple_of(PAGE)
    }

    /// A file that begins with the code, without a name.
    ///
    /// # Errors
    /// As memfd_create(2), or when memory is full.
    pub fn file(&self) -> io::Result<File> {
        let mut file = File::from(memfd_create("forkcov", MFdFlags::MFD_CLOEXEC)?);
        file.write_all(self.code)?;
        Ok(file)
    }

    /// Reads a compiled probe.
    ///
    /// # Panics
    /// When it lacks a symbol that every probe has.
    pub fn parse(bytes: &'static [u8]) -> Self {
        const BUILT: &str = "the build has made it so";
        let file = object::File::parse(bytes).expect(BUILT);
        let optional = |name| file.symbols().find(|symbol| symbol.name() == Ok(name)).map(|it| it.address());
        let symbol = |name| optional(name).expect(BUILT);
        let segment = file.segments().next().expect(BUILT);
        let code = segment.data().expect(BUILT);
        let size = file.segments().map(|segment| segment.address() + segment.size()).max().expect(BUILT);
        let functions = functions(&code[symbol("forkcov_names") as usize..]);
        Self {
            size: size.next_multiple_of(PAGE),
            functions,
            start: symbol("forkcov_start"),
            asked: symbol("forkcov_asked"),
            done: symbol("forkcov_done"),
            returned: symbol("forkcov_returned"),
            table: symbol("forkcov_functions"),
            process: symbol("forkcov_process"),
            after_fork: symbol("forkcov_after_fork"),
            fork_flag: symbol("forkcov_fork_flag"),
            begin_context: symbol("forkcov_begin_context"),
            threads: symbol("forkcov_threads"),
            detour: optional("forkcov_detour").zip(optional("forkcov_displaced")),
            branches: symbol("forkcov_branches"),
            tests: symbol("forkcov_tests"),
            results: symbol("forkcov_results"),
            log: symbol("forkcov_log"),
            code,
        }
    }
}

/// Names, each ended by 0, and an empty one at the end.
fn functions(names: &'static [u8]) -> Vec<ImportedFunction> {
    let texts = names.split(|byte| *byte == 0).take_while(|name| !name.is_empty());
    texts
        .filter_map(|name| std::str::from_utf8(name).ok())
        .map(|name| ImportedFunction {
            names: name.trim_end_matches('?').split('|').collect(),
            optional: name.ends_with('?'),
        })
        .collect()
}
