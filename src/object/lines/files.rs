//! The source files of the line tables. `wanted` is asked once for each.

use std::cell::OnceCell;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gimli::{AttributeValue, Dwarf, FileEntry, LineProgramHeader, Unit};
use hashbrown::HashMap;

use crate::elf::sections::Slice;
use crate::object::environment::Environment;
use crate::object::environment::source_digest::{Md5, SourceDigest};
use crate::object::environment::sources::SourceContent;
use crate::object::lines::roots::{Bases, RootRanking};
use crate::object::paths;
use crate::real_path::normalised;

/// The number of a wanted source file: an index into [`Files::wanted_files`].
pub(crate) type FileId = u32;

/// The files of one line program, by the value of its file register; `None` for a file that is not
/// wanted.
#[derive(Debug, Default)]
pub(crate) struct FileTable {
    files: Vec<Option<FileId>>,
    /// The header names no file, but the program may (`DW_LNE_define_file`).
    undeclared: bool,
}

impl FileTable {
    /// The wanted file for a value of the file register.
    pub(crate) fn get(&self, register: u64) -> Option<FileId> {
        self.files.get(usize::try_from(register).ok()?).copied()?
    }

    /// Adds the file of a `DW_LNE_define_file`.
    pub(crate) fn push(&mut self, file: Option<FileId>) {
        self.files.push(file);
    }

    /// Can a row be of a wanted file?
    pub(crate) fn may_be_wanted(&self) -> bool {
        self.undeclared || self.files.iter().any(Option::is_some)
    }
}

/// All source files so far.
pub(crate) struct Files<'w, 'a> {
    environment: &'w Environment<'w>,
    pub(crate) wanted_files: Vec<WantedFile>,
    directories: Vec<Directory>,
    directory_ids: HashMap<Directory, u32>,
    bases: Bases,
    /// By directory and name as they are spelt: most units name the same headers.
    by_name: HashMap<(u32, &'a [u8]), Option<FileId>>,
    /// By the joined name as it is spelt.
    by_spelling: HashMap<PathBuf, Option<FileId>>,
    /// By the real path, or the relative one of a source that is nowhere.
    by_path: HashMap<PathBuf, Option<FileId>>,
    /// The directories of units may be unknown, because they are in a file that is missing.
    lost_directories: bool,
}

/// A wanted source file.
#[derive(Debug)]
pub(crate) struct WantedFile {
    pub(crate) path: PathBuf,
    /// The MD5s of its content, if the line tables have them.
    pub(crate) compiled: Vec<Md5>,
    /// What is in it, if it can be read.
    content: OnceCell<Option<SourceContent>>,
    /// Whether it is known that other content was compiled.
    differs: OnceCell<bool>,
}

/// A directory of sources.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Directory {
    /// The directory as it is spelt, below that of its unit. If it is relative, it is below a root.
    path: PathBuf,
    /// The same without the directory of the unit, if both are relative: prefixes may have been mapped in
    /// both, and then neither is below the other.
    mapped: Option<PathBuf>,
    /// The first part of the unit's directory, and whether that of this one is the same.
    first: Vec<u8>,
    begins_alike: bool,
    /// Where sources may be that are not where their names lead to.
    ranking: RootRanking,
}

impl<'w, 'a> Files<'w, 'a> {
    /// With `lost_directories`, a unit without a directory may have one that is lost.
    pub(crate) fn new(environment: &'w Environment<'w>, lost_directories: bool) -> Self {
        Self {
            environment,
            wanted_files: Vec::new(),
            directories: Vec::new(),
            directory_ids: HashMap::new(),
            bases: Bases::default(),
            by_name: HashMap::new(),
            by_spelling: HashMap::new(),
            by_path: HashMap::new(),
            lost_directories,
        }
    }

    /// Resolves the file table of a unit's line program.
    ///
    /// Up to DWARF 4, register 1 is the first file of the table; 0 is invalid, but stands for the unit's
    /// own file where producers use it. From DWARF 5 on, register 0 is the first file (DWARF 5, 6.2.4).
    pub(crate) fn table(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        header: &LineProgramHeader<Slice<'a>>,
    ) -> FileTable {
        let mut directories = HashMap::new();
        let ranking = self.rank(dwarf, Some(unit), header);
        let mut table = FileTable {
            files: Vec::new(),
            undeclared: header.file_names().is_empty() && !header.raw_program_buf().is_empty(),
        };
        let first = usize::from(header.version() <= 4);
        for register in 0..header.file_names().len() + first {
            let file = header.file(register as u64);
            let id = file.and_then(|file| {
                let index = file.directory_index();
                let directory = *directories
                    .entry(index)
                    .or_insert_with(|| self.directory(dwarf, Some(unit), header, index, ranking));
                self.file(dwarf, Some(unit), directory, file)
            });
            if let (Some(id), Some(file)) = (id, file.filter(|_| header.file_has_md5())) {
                let compiled = &mut self.wanted_files[id as usize].compiled;
                if !compiled.contains(file.md5()) {
                    compiled.push(*file.md5());
                }
            }
            table.push(id);
        }
        table
    }

    /// Is a file of a line program wanted, according to its header alone? `None` if only the unit can
    /// say.
    ///
    /// A relative directory is below the unit's. That should be the first directory of the header, and
    /// should be relative only if the unit's is, too (DWARF 5, 6.2.4). `believed` says whether this can
    /// be relied on.
    pub(crate) fn any_wanted(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        header: &LineProgramHeader<Slice<'a>>,
        believed: bool,
    ) -> Option<bool> {
        let is_relative = unit_directory(dwarf, None, header).0.is_relative();
        let ranking =
            if is_relative && !believed { RootRanking::default() } else { self.rank(dwarf, None, header) };
        let directories: Vec<_> = (0..header.include_directories().len() as u64)
            .map(|index| self.directory(dwarf, None, header, index, ranking))
            .collect();
        for file in header.file_names() {
            string(dwarf, None, file.path_name())?;
            let directory = directories.get(file.directory_index() as usize).copied()??;
            if self.directories[directory as usize].path.is_relative() && !believed {
                return None;
            }
            if self.file(dwarf, None, Some(directory), file).is_some() {
                return Some(true);
            }
        }
        Some(header.file_names().is_empty() && !header.raw_program_buf().is_empty())
    }

    /// The file that a `DW_LNE_define_file` declares.
    pub(crate) fn defined(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        header: &LineProgramHeader<Slice<'a>>,
        file: &FileEntry<Slice<'a>>,
    ) -> Option<FileId> {
        let ranking = self.rank(dwarf, Some(unit), header);
        let directory = self.directory(dwarf, Some(unit), header, file.directory_index(), ranking);
        self.file(dwarf, Some(unit), directory, file)
    }

    fn file(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: Option<&Unit<Slice<'a>>>,
        directory: Option<u32>,
        file: &FileEntry<Slice<'a>>,
    ) -> Option<FileId> {
        let name = string(dwarf, unit, file.path_name())?;
        if paths::is_no_file(name) {
            return None;
        }
        let directory = directory?;
        if let Some(known) = self.by_name.get(&(directory, name)) {
            return *known;
        }
        let base = &self.directories[directory as usize];
        let spelt = below(&base.path, name);
        let id = self.located(directory, spelt.clone(), name);
        self.by_spelling.insert(spelt, id);
        self.by_name.insert((directory, name), id);
        id
    }

    /// The source `name` of a directory, whose whole name is spelt like this.
    fn located(&mut self, directory: u32, spelt: PathBuf, name: &[u8]) -> Option<FileId> {
        let base = &self.directories[directory as usize];
        let mapped = base.mapped.as_ref().map(|mapped| below(mapped, name));
        let is_relative = spelt.is_relative();
        let direct = (!is_relative).then(|| self.environment.source(&spelt));
        if let Some(direct) = &direct
            && direct.is_file
        {
            return self.asked(direct.path.clone());
        }
        let elsewhere = self.bases.find(self.environment, base.ranking, &spelt, mapped.as_deref());
        match (elsewhere, direct) {
            (Some(path), _) => self.asked(path),
            (None, Some(direct)) => self.asked(direct.path),
            (None, None) => {
                let is_mapped = base.begins_alike || first_part(name) == base.first;
                let nowhere = normalised(&mapped.filter(|_| is_mapped).unwrap_or(spelt));
                // Go names directories of packages as files.
                nowhere.extension().is_some().then(|| self.asked(nowhere)).flatten()
            }
        }
    }

    /// The source with this real path, or with this relative one, if it is wanted.
    fn asked(&mut self, path: PathBuf) -> Option<FileId> {
        if let Some(known) = self.by_path.get(&path) {
            return *known;
        }
        let id = self.environment.wants(path.clone()).then(|| {
            let path = if path.is_relative() { self.environment.assumed(&path) } else { path.clone() };
            self.wanted_files.push(WantedFile::new(path));
            (self.wanted_files.len() - 1) as FileId
        });
        self.by_path.insert(path, id);
        id
    }

    /// Is there such a line in a wanted source? By `#line`, generated code can claim lines that its source
    /// does not have.
    pub(crate) fn has_line(&self, file: FileId, line: u32) -> bool {
        let file = &self.wanted_files[file as usize];
        let has_md5 = !file.compiled.is_empty();
        let content = file.content.get_or_init(|| self.environment.content(&file.path, has_md5)).as_ref();
        content.is_none_or(|content| {
            line <= content.lines
                || *file.differs.get_or_init(|| self.environment.differs(&file.path, &file.compiled))
        })
    }

    /// The number of the directory at `index` of the line program's table.
    fn directory(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: Option<&Unit<Slice<'a>>>,
        header: &LineProgramHeader<Slice<'a>>,
        index: u64,
        ranking: RootRanking,
    ) -> Option<u32> {
        let directory = self.directory_at(dwarf, unit, header, index, ranking)?;
        if let Some(known) = self.directory_ids.get(&directory) {
            return Some(*known);
        }
        let id = self.directories.len() as u32;
        self.directories.push(directory.clone());
        self.directory_ids.insert(directory, id);
        Some(id)
    }

    /// The directory at `index` of the line program's table.
    ///
    /// Relative directories are below the unit's directory. Up to DWARF 4 only the unit has it; from
    /// DWARF 5 on it is the first of the table. If that is relative, too (`-ffile-prefix-map=DIR=.`), it
    /// is below one of the roots of `ranking`.
    fn directory_at<'s>(
        &self,
        dwarf: &Dwarf<Slice<'s>>,
        unit: Option<&Unit<Slice<'s>>>,
        header: &LineProgramHeader<Slice<'s>>,
        index: u64,
        ranking: RootRanking,
    ) -> Option<Directory> {
        let own = if index == 0 { b"" } else { string(dwarf, unit, header.directory(index)?)? };
        let (base, first) = unit_directory(dwarf, unit, header);
        let path = below(&base, own);
        if path.is_relative() && self.lost_directories && unit.is_none_or(|unit| unit.comp_dir.is_none()) {
            return None;
        }
        let is_pair = path.is_relative() && base != Path::new("");
        let mapped = is_pair.then(|| paths::spelled(&[own]));
        let begins_alike = first_part(own) == first;
        Some(Directory { path, mapped, first: first.to_owned(), begins_alike, ranking })
    }

    /// Where the sources of a unit may be if their names lead nowhere. Some of its files show which root is
    /// the right one.
    fn rank<'s>(
        &mut self,
        dwarf: &Dwarf<Slice<'s>>,
        unit: Option<&Unit<Slice<'s>>>,
        header: &LineProgramHeader<Slice<'s>>,
    ) -> RootRanking {
        /// So many files are enough to know the root.
        const MOST: usize = 32;
        let (base, first) = unit_directory(dwarf, unit, header);
        if base.is_absolute() && self.environment.is_directory(&base) {
            return RootRanking::default();
        }
        let mut begins_alike = false;
        let names = header.file_names().iter().take(MOST).filter_map(|file| {
            let index = file.directory_index();
            let own = if index == 0 { b"" } else { string(dwarf, unit, header.directory(index)?)? };
            let name = string(dwarf, unit, file.path_name())?;
            let mapped = paths::spelled(&[own, name]);
            begins_alike |= first_part(if own.is_empty() { name } else { own }) == first;
            let spelt = below(&base, mapped.as_os_str().as_bytes());
            (!paths::is_no_file(name) && spelt.is_relative() == base.is_relative()).then_some((spelt, mapped))
        });
        let names: Vec<_> = names.collect();
        self.bases.rank(self.environment, &base, &names, begins_alike)
    }
}

impl WantedFile {
    fn new(path: PathBuf) -> Self {
        Self { path, compiled: Vec::new(), content: OnceCell::new(), differs: OnceCell::new() }
    }

    /// The digests of its content, if it was read.
    pub(crate) fn digest(&self) -> Option<SourceDigest> {
        self.content.get()?.as_ref()?.digest.clone()
    }
}

/// `name` below `directory`, as it is spelt.
fn below(directory: &Path, name: &[u8]) -> PathBuf {
    paths::spelled(&[directory.as_os_str().as_bytes(), name])
}

/// The directory of a unit as it is spelt, and its first part.
fn unit_directory<'s>(
    dwarf: &Dwarf<Slice<'s>>,
    unit: Option<&Unit<Slice<'s>>>,
    header: &LineProgramHeader<Slice<'s>>,
) -> (PathBuf, &'s [u8]) {
    let comp_dir = unit.and_then(|unit| unit.comp_dir);
    let own = comp_dir.map_or(&b""[..], |directory| directory.slice());
    let first = header.directory(0).filter(|_| header.version() >= 5);
    let first = first.and_then(|first| string(dwarf, unit, first));
    let first = first.filter(|first| *first != own).unwrap_or_default();
    (paths::spelled(&[own, first]), first_part(if own.is_empty() { first } else { own }))
}

/// The part of a name up to the first slash: names that were mapped to the same prefix begin with it.
fn first_part(name: &[u8]) -> &[u8] {
    name.split(|byte| *byte == b'/').next().unwrap_or_default()
}

/// A string of a line program's header. Some cannot be resolved without the unit.
fn string<'s>(
    dwarf: &Dwarf<Slice<'s>>,
    unit: Option<&Unit<Slice<'s>>>,
    value: AttributeValue<Slice<'s>>,
) -> Option<&'s [u8]> {
    let text = match unit {
        Some(unit) => dwarf.attr_string(unit, value),
        None => dwarf.attr_line_string(value),
    };
    text.ok().map(|text| text.slice())
}

/// Looks up files of units other than those with the line tables: split units, shared ones, and units
/// whose code is inlined at link time.
pub(crate) trait FileLookup {
    /// The file with this number in the file table of `unit`: `Some(None)` if it is not wanted, `None`
    /// if it is unknown.
    fn file<'s>(
        &self,
        dwarf: &Dwarf<Slice<'s>>,
        unit: &Unit<Slice<'s>>,
        number: u64,
    ) -> Option<Option<FileId>>;
}

impl FileLookup for Files<'_, '_> {
    fn file<'s>(
        &self,
        dwarf: &Dwarf<Slice<'s>>,
        unit: &Unit<Slice<'s>>,
        number: u64,
    ) -> Option<Option<FileId>> {
        let header = unit.line_program.as_ref()?.header();
        let file = header.file(number)?;
        let directory =
            self.directory_at(dwarf, Some(unit), header, file.directory_index(), RootRanking::default())?;
        let name = dwarf.attr_string(unit, file.path_name()).ok()?;
        let path = below(&directory.path, name.slice());
        // A file that no line table names has no lines.
        Some(self.by_spelling.get(&path).copied().flatten())
    }
}
