//! The tables of an object.

use crate::elf::Segments;
use crate::machine::{Edges, Site, Trampolines};
use crate::object::environment::source_digest::{Md5, SourceDigest};
use crate::plain::stream::{Reader, Stored, Writer};
use crate::plain::{Fields, Plain};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// What forkcov knows of an ELF file, restricted to the wanted source files.
#[derive(Debug, PartialEq, Eq)]
pub struct Object {
    /// The GNU build-id in hexadecimal. Without one, `blake3:` and a hash of the content; empty if there
    /// are no sites.
    pub id: String,
    /// The path of the file.
    pub path: PathBuf,
    /// The executable segments, from which the load bias follows if one of them is mapped.
    pub segments: Segments,
    /// Every address at which a wanted line or function begins; ascending, no two equal.
    pub sites: Vec<Site>,
    /// The directions of jumps that no site records, if branches are wanted.
    pub edges: Edges,
    /// The trampolines of its blocks.
    pub trampolines: Trampolines,
    /// The wanted source files, absolute and normalised. `SiteLine::file` and `Function::file` are
    /// indices into this.
    pub files: Vec<PathBuf>,
    /// For each of these, the MD5s of the compiled content, if the compiler records them (DWARF 5,
    /// 6.2.4.1). Each unit can have been compiled from another content.
    pub compiled: Vec<Vec<Md5>>,
    /// For each of these, the digests of the content that was read, if that is known.
    pub digests: Vec<Option<SourceDigest>>,
    /// Which lines begin at which site, sorted. Several lines can share a site, and a line can have
    /// several sites.
    pub lines: Vec<SiteLine>,
    /// Which directions of branches are taken at which site or edge, sorted. A direction can be taken at
    /// several.
    pub branches: Vec<SiteBranch>,
    /// How many lines these are, each counted once.
    pub line_count: usize,
    /// The functions that have sites, sorted by file, line and name. No two are equal in all three.
    pub functions: Vec<Function>,
    /// Does it have debug information, wanted or not?
    pub has_units: bool,
    /// Does it contain the runtime of LeakSanitizer (`__lsan_do_leak_check` of lsan_interface.h)?
    pub checks_leaks: bool,
    /// Does it use the C library's function for ptrace(2)?
    pub calls_ptrace: bool,
    /// Rows of the line table that were dropped, for `-v`.
    pub dropped: Dropped,
    /// Debug information in other files that cannot be used, one message each: lines may be missing.
    pub diagnostics: Vec<String>,
    /// Other limits of what is known, one message each, for `-v`. No lines are missing.
    pub notes: Vec<String>,
}

impl Stored for Object {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.array(&self.sites)?;
        self.edges.store(writer)?;
        self.trampolines.store(writer)?;
        writer.array(&self.lines)?;
        writer.array(&self.branches)?;
        writer.value(&(&self.id, &self.path, &self.segments, &self.files))?;
        writer.value(&(&self.compiled, &self.digests))?;
        writer.value(&(self.line_count, &self.functions, self.has_units, self.checks_leaks))?;
        writer.value(&(self.calls_ptrace, self.dropped, &self.diagnostics, &self.notes))
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        let sites = reader.array()?;
        let edges = Edges::load(reader)?;
        let trampolines = Trampolines::load(reader)?;
        let lines = reader.array()?;
        let branches = reader.array()?;
        let (id, path, segments, files) = reader.value()?;
        let (compiled, digests) = reader.value()?;
        let (line_count, functions, has_units, checks_leaks) = reader.value()?;
        let (calls_ptrace, dropped, diagnostics, notes) = reader.value()?;
        Ok(Self {
            id,
            path,
            segments,
            sites,
            edges,
            trampolines,
            files,
            compiled,
            digests,
            lines,
            branches,
            line_count,
            functions,
            has_units,
            checks_leaks,
            calls_ptrace,
            dropped,
            diagnostics,
            notes,
        })
    }
}

/// A line that begins at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteLine {
    /// Index into [`Object::sites`].
    pub site: u32,
    /// Index into [`Object::files`].
    pub file: u32,
    /// Line number, from 1.
    pub line: u32,
}

impl Plain for SiteLine {
    const SIZE: usize = 12;

    fn put(&self, bytes: &mut Vec<u8>) {
        [self.site, self.file, self.line].iter().for_each(|number| number.put(bytes));
    }

    fn take(fields: &mut Fields) -> Self {
        Self { site: fields.u32(), file: fields.u32(), line: fields.u32() }
    }
}

/// A direction of a branch that is taken whenever a site, or an edge, is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteBranch {
    /// Index into [`Object::sites`]; or, behind those, into the edges of [`Object::edges`].
    pub site: u32,
    /// Index into [`Object::files`].
    pub file: u32,
    /// The line of the jump, from 1.
    pub line: u32,
    /// Which of the jumps of the line, from 0.
    pub jump: u32,
    /// 0 for the next instruction, 1 for the target of the jump.
    pub way: u32,
}

impl Plain for SiteBranch {
    const SIZE: usize = 20;

    fn put(&self, bytes: &mut Vec<u8>) {
        [self.site, self.file, self.line, self.jump, self.way].iter().for_each(|number| number.put(bytes));
    }

    fn take(fields: &mut Fields) -> Self {
        let (site, file, line) = (fields.u32(), fields.u32(), fields.u32());
        Self { site, file, line, jump: fields.u32(), way: fields.u32() }
    }
}

/// A DWARF subprogram that has code: its own, or inlined copies in other functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The entries of its own code: indices into [`Object::sites`], ascending. Instances of a template
    /// can have the same name.
    pub entries: Vec<u32>,
    /// The beginnings of inlined copies, or all statements of a copy if the compiler does not record its
    /// beginning: indices into [`Object::sites`], ascending. A task that reaches one of them has entered
    /// the function.
    pub inlined: Vec<u32>,
    /// Index into [`Object::files`].
    pub file: u32,
    /// The line of the declaration; the line of the entry if there is no declaration in the same file.
    pub line: u32,
    /// The last line for which it has code of its own.
    pub last: u32,
    /// Demangled name.
    pub name: String,
}

/// How many rows of the line table were not made into sites, and why.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// No instruction that the decoder knows begins at the address.
    pub inside_instruction: usize,
    /// The address is in no executable segment, or in a sequence that the linker has discarded.
    pub not_loaded: usize,
    /// Units and whole sections with debug information that could not be parsed.
    pub damaged_units: usize,
}

/// Why an ELF file has no tables at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("failed to read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not an ELF file.
    #[error("{path} is not an ELF file")]
    NotElf {
        /// The file.
        path: PathBuf,
    },
    /// The headers of the ELF file are malformed.
    #[error("failed to parse {path}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The ELF file is for another machine; 32-bit programs of a 64-bit machine included.
    #[error("{path} is for {machine}, and its lines cannot be covered")]
    ForeignArchitecture {
        /// The file.
        path: PathBuf,
        /// The name of the machine.
        machine: String,
    },
}
