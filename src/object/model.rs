//! What forkcov knows of an object.

use crate::elf::Segments;
use crate::machine::{Site, Trampolines};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The MD5 of a text.
pub type Md5 = [u8; 16];

/// What forkcov knows of one ELF file, restricted to the wanted source files.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// GNU build-id in hexadecimal, or `blake3:` and a hash of the content when there is none; empty when there are no sites
    /// either.
    pub id: String,
    /// Where it was found.
    pub path: PathBuf,
    /// Its executable segments, which with a mapping of one of them give the load bias.
    pub segments: Segments,
    /// Every address at which a wanted line or function begins; ascending, no two equal.
    pub sites: Vec<Site>,
    /// The trampolines of its blocks.
    pub trampolines: Trampolines,
    /// The wanted source files: absolute, normalised; what `SiteLine::file` and `Function::file` index.
    pub files: Vec<PathBuf>,
    /// Of each of these, the texts that were compiled (each unit could have had its own), where the compiler tells (DWARF 5,
    /// 6.2.4.1).
    pub compiled: Vec<Vec<Md5>>,
    /// Which lines begin at which site, sorted; several lines may share a site, and a line may have several.
    pub lines: Vec<SiteLine>,
    /// Functions that can be entered, sorted by file, line and name, all of which together differ.
    pub functions: Vec<Function>,
    /// Whether it has debug information, wanted or not.
    pub has_units: bool,
    /// Does it hold LeakSanitizer's runtime (`__lsan_do_leak_check` of lsan_interface.h)?
    pub checks_leaks: bool,
    /// Rows that were refused, for `-v`.
    pub dropped: Dropped,
    /// Debug information that it has elsewhere and that cannot be used, a line each: lines may be missing.
    pub diagnostics: Vec<String>,
    /// What else is not known of it, a line each, for `-v`: its lines are whole.
    pub notes: Vec<String>,
}

/// A line that begins at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SiteLine {
    /// Index into [`Object::sites`].
    pub site: u32,
    /// Index into [`Object::files`].
    pub file: u32,
    /// Line number, from 1.
    pub line: u32,
}

/// A DWARF subprogram that has code: its own, or in others into which it is inlined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Where its own code is entered, if it has some: indices into [`Object::sites`], ascending. Instances of a template can
    /// have one name.
    pub entries: Vec<u32>,
    /// Where inlined copies of it begin, or, of those of which the compiler does not tell where, all their statements: indices
    /// into [`Object::sites`], ascending. Who reaches one has entered the function.
    pub inlined: Vec<u32>,
    /// Index into [`Object::files`].
    pub file: u32,
    /// The line of its declaration, or of its entry where that is not known, or in another file.
    pub line: u32,
    /// The last line of which it has code of its own.
    pub last: u32,
    /// Demangled name.
    pub name: String,
}

/// How many rows of the line table were not made into sites, and why.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Not where an instruction begins that the decoder knows.
    pub inside_instruction: usize,
    /// In no executable segment, or in a sequence that the linker dropped.
    pub not_loaded: usize,
    /// Units, and whole sections, whose debug information could not be parsed.
    pub damaged_units: usize,
}

/// Why an ELF file gave no lines at all.
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
    /// Not an ELF file at all.
    #[error("{path} is not an ELF file")]
    NotElf {
        /// The file.
        path: PathBuf,
    },
    /// An ELF file whose headers make no sense.
    #[error("failed to parse {path}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An ELF file of another machine (a 32-bit program on x86-64 included).
    #[error("{path} is for {machine}, and its lines cannot be covered")]
    ForeignArchitecture {
        /// The file.
        path: PathBuf,
        /// The machine, readable.
        machine: String,
    },
}
