//! An ELF file on disk: its executable lines, their sites and its functions. Knows no process.

mod blocks;
mod debug_info;
mod dwarf_sections;
mod exports;
mod files;
mod found;
mod functions;
mod heads;
mod interest;
mod languages;
mod lines;
mod names;
mod outside;
mod package;
mod paths;
mod rendezvous;
mod scopes;
mod search;
mod separate;
mod signal_calls;
mod sites;
mod split;
mod supplement;
mod units;

pub use crate::elf::{Segments, Svma};
pub use crate::machine::{PcMapEntry, SignalCallSite, Site, Trampoline, Trampolines};
pub use exports::Exports;
pub use outside::{Answers, Identity};
pub use rendezvous::Rendezvous;
pub use search::DebugSearch;
pub use signal_calls::SignalCalls;

use std::cell::OnceCell;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::elf::{self, Cache, Positioned, Refused};
use crate::machine;
use outside::Outside;

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
    pub remarks: Vec<String>,
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

/// Reads the lines of `file`. `wanted` says of an absolute, normalised source path whether it counts.
///
/// Paths are `DW_AT_comp_dir`, directory and file name together, normalised by their spelling; one that starts
/// nowhere (after `-ffile-prefix-map=DIR=.`) lies below the current directory. `wanted` is asked once for each.
///
/// The debug information may be elsewhere: see [`DebugSearch`], whose default is taken here.
///
/// An object without debug information, or without a wanted source, is not an error: it has no sites.
///
/// # Errors
/// When the file is no ELF file of this machine, or cannot be read. Damage inside the debug information
/// of one unit costs that unit alone (of its lines, those after the damage) and is counted in
/// [`Dropped::damaged_units`].
pub fn read(file: &File, path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Object, Error> {
    read_with(&DebugSearch::default(), file, path, wanted)
}

/// [`read`], with other places for debug information.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    search: &DebugSearch,
    file: &File,
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Object, Error> {
    read_answered(search, file, path, wanted).map(|(object, _)| object)
}

/// [`read_with`], and on what it depends that this was read, besides the content of `file` and its `path`.
///
/// # Errors
/// As [`read`].
pub fn read_answered(
    search: &DebugSearch,
    file: &File,
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<(Object, Answers), Error> {
    let failure = OnceCell::new();
    let outside = Outside::new(search, wanted);
    let result = {
        let cache = Cache::new(Positioned::new(file, &failure));
        parse(file, path, &cache, &outside)
    };
    // An I/O error hides behind whatever parse error it led to.
    match failure.into_inner() {
        Some(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
        None => Ok((result?, outside.into_answers())),
    }
}

/// The build-id of an ELF file in hexadecimal, if it has one.
pub fn build_id(file: &File) -> Option<String> {
    let failure = OnceCell::new();
    let cache = Cache::new(Positioned::new(file, &failure));
    machine::open(&cache).ok()?.build_id()
}

fn parse<'f>(file: &'f File, path: &Path, cache: &Cache<'f>, outside: &Outside) -> Result<Object, Error> {
    let refused = |refused| {
        let path = path.to_owned();
        match refused {
            Refused::NotElf => Error::NotElf { path },
            Refused::Damaged(reason) => Error::Damaged { path, reason },
            Refused::Foreign(machine) => Error::ForeignArchitecture { path, machine },
        }
    };
    let elf = machine::open(cache).map_err(refused)?;
    let mut object = Object {
        id: elf.build_id().unwrap_or_default(),
        path: path.to_owned(),
        segments: Segments::of(&elf),
        sites: Vec::new(),
        trampolines: Trampolines::default(),
        files: Vec::new(),
        compiled: Vec::new(),
        lines: Vec::new(),
        functions: Vec::new(),
        has_units: false,
        checks_leaks: elf.checks_leaks(),
        dropped: Dropped::default(),
        remarks: Vec::new(),
        notes: Vec::new(),
    };
    debug_info::read(&elf, file, outside, &mut object).map_err(refused)?;
    if object.id.is_empty() && !object.sites.is_empty() {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        object.id = elf::content_hash(file).map_err(unreadable)?;
    }
    Ok(object)
}
