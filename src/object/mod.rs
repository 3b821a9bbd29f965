//! The debug information of an ELF file: its executable lines, their sites and its functions. Knows no
//! process.

mod debug_files;
mod debug_info;
mod dwarf;
mod environment;
mod functions;
mod lines;
mod model;
mod paths;
mod signal_calls;
mod sites;
mod symbols;
mod test_main;

pub use crate::elf::{Segments, Svma};
pub use crate::machine::{
    Edge, EdgeJump, Edges, Entrance, PcMapEntry, SignalCallSite, Site, Trampoline, Trampolines,
};
pub use environment::Dependencies;
pub use environment::file_identity::FileIdentity;
pub use environment::search::DebugSearch;
pub use environment::source_digest::{Md5, SourceDigest};
pub use model::{Dropped, Error, Function, Object, SiteBranch, SiteLine};
pub use signal_calls::SignalCalls;
pub use symbols::exports::Exports;
pub use symbols::rendezvous::Rendezvous;

use std::cell::OnceCell;
use std::fs::File;
use std::path::Path;

use crate::elf::{self, ElfError, FileCache, PositionedFile};
use crate::machine::{self, CAPABILITIES, Capabilities};
use environment::Environment;
use hashbrown::HashSet;

/// Reads the tables of `file`. `wanted` says of the real path of a source whether the source is wanted. It
/// is called once for each.
///
/// The name of a source is `DW_AT_comp_dir`, directory and file name joined. A relative one (after
/// `-ffile-prefix-map=DIR=.`) is searched for in the directories around the object, in the current one and
/// in [`DebugSearch::sources`]. If it is nowhere, `wanted` is called with the relative path, and a source
/// that is wanted nevertheless counts as one of the current directory.
///
/// The debug information can be in another file: see [`DebugSearch`], whose default is used here.
///
/// An object without debug information, or without a wanted source, is not an error: it has no sites.
///
/// # Errors
/// When the file is not an ELF file of this machine, or cannot be read. If the debug information of a
/// unit is damaged, only that unit is lost (of its lines, those after the damage), and
/// [`Dropped::damaged_units`] counts it.
pub fn read(file: &File, path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Object, Error> {
    read_with(&DebugSearch::default(), file, path, wanted)
}

/// [`read`], with another search for debug information.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    search: &DebugSearch,
    file: &File,
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Object, Error> {
    read_with_dependencies(search, file, path, wanted).map(|(object, _)| object)
}

/// [`read_with`], for a machine with other capabilities than this one's.
///
/// # Errors
/// As [`read`].
pub fn read_for(
    capabilities: Capabilities,
    search: &DebugSearch,
    file: &File,
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<Object, Error> {
    read_in(Environment::new(capabilities, search, wanted, path), file, path).map(|(object, _)| object)
}

/// [`read_with`]. Also gives what the result depends on besides the content of `file` and its `path`.
///
/// # Errors
/// As [`read`].
pub fn read_with_dependencies(
    search: &DebugSearch,
    file: &File,
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<(Object, Dependencies), Error> {
    read_in(Environment::new(CAPABILITIES, search, wanted, path), file, path)
}

fn read_in(environment: Environment, file: &File, path: &Path) -> Result<(Object, Dependencies), Error> {
    let failure = OnceCell::new();
    let result = {
        let cache = FileCache::new(PositionedFile::new(file, &failure));
        parse(file, path, &cache, &environment)
    };
    // A parse error may be the consequence of an I/O error.
    match failure.into_inner() {
        Some(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
        None => Ok((result?, environment.into_dependencies())),
    }
}

/// The build-id of an ELF file in hexadecimal, if it has one.
pub fn build_id(file: &File) -> Option<String> {
    let failure = OnceCell::new();
    let cache = FileCache::new(PositionedFile::new(file, &failure));
    machine::open(&cache).ok()?.build_id()
}

fn parse<'f>(
    file: &'f File,
    path: &Path,
    cache: &FileCache<'f>,
    environment: &Environment,
) -> Result<Object, Error> {
    let refused = |refused| {
        let path = path.to_owned();
        match refused {
            ElfError::NotElf => Error::NotElf { path },
            ElfError::Damaged(reason) => Error::Damaged { path, reason },
            ElfError::Foreign(machine) => Error::ForeignArchitecture { path, machine },
        }
    };
    let elf = machine::open(cache).map_err(refused)?;
    let mut object = Object {
        id: elf.build_id().unwrap_or_default(),
        path: path.to_owned(),
        segments: Segments::of(&elf),
        sites: Vec::new(),
        edges: Edges::default(),
        trampolines: Trampolines::default(),
        files: Vec::new(),
        compiled: Vec::new(),
        digests: Vec::new(),
        lines: Vec::new(),
        branches: Vec::new(),
        line_count: 0,
        functions: Vec::new(),
        has_units: false,
        checks_leaks: elf.checks_leaks(),
        calls_ptrace: elf.calls_ptrace(),
        dropped: Dropped::default(),
        diagnostics: Vec::new(),
        notes: Vec::new(),
    };
    debug_info::read(&elf, file, environment, &mut object).map_err(refused)?;
    let lines: HashSet<(u32, u32)> = object.lines.iter().map(|line| (line.file, line.line)).collect();
    object.line_count = lines.len();
    if object.id.is_empty() && !object.sites.is_empty() {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        object.id = elf::content_hash(file).map_err(unreadable)?;
    }
    Ok(object)
}
