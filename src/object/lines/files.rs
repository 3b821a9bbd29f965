//! The source files of the line tables. `wanted` is asked once for each.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use gimli::{AttributeValue, Dwarf, FileEntry, LineProgramHeader, Unit};
use hashbrown::HashMap;

use crate::elf::sections::Slice;
use crate::object::environment::Environment;
use crate::object::model::Md5;
use crate::object::paths;

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
    /// By directory and name as they are spelt: most units name the same headers.
    by_name: HashMap<(u32, &'a [u8]), Option<FileId>>,
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
}

/// A directory of sources.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Directory {
    path: PathBuf,
    /// The path in the debug information is relative, and assumed to be below the current directory.
    assumed: bool,
}

impl<'w, 'a> Files<'w, 'a> {
    /// With `lost_directories`, a unit without a directory may have one that is lost.
    pub(crate) fn new(environment: &'w Environment<'w>, lost_directories: bool) -> Self {
        Self {
            environment,
            wanted_files: Vec::new(),
            directories: Vec::new(),
            directory_ids: HashMap::new(),
            by_name: HashMap::new(),
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
                    .or_insert_with(|| self.directory(dwarf, Some(unit), header, index));
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
    /// tell.
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
        let directories: Vec<_> = (0..header.include_directories().len() as u64)
            .map(|index| self.directory(dwarf, None, header, index))
            .collect();
        for file in header.file_names() {
            string(dwarf, None, file.path_name())?;
            let directory = directories.get(file.directory_index() as usize).copied()??;
            if self.directories[directory as usize].assumed && !believed {
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
        let directory = self.directory(dwarf, Some(unit), header, file.directory_index());
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
        let path = paths::join(&[base.path.as_os_str().as_bytes(), name])?;
        // The start files of a C library have such names. A source that does not exist here is not the
        // user's.
        if base.assumed && !name.starts_with(b"/") && !self.environment.has(&path) {
            self.by_name.insert((directory, name), None);
            return None;
        }
        let id = match self.by_path.get(&path) {
            Some(known) => *known,
            None => {
                let id = self.environment.wants(path.clone()).then(|| {
                    self.wanted_files.push(WantedFile { path: path.clone(), compiled: Vec::new() });
                    (self.wanted_files.len() - 1) as FileId
                });
                self.by_path.insert(path, id);
                id
            }
        };
        self.by_name.insert((directory, name), id);
        id
    }

    /// The number of the directory at `index` of the line program's table.
    fn directory(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: Option<&Unit<Slice<'a>>>,
        header: &LineProgramHeader<Slice<'a>>,
        index: u64,
    ) -> Option<u32> {
        let directory = self.directory_at(dwarf, unit, header, index)?;
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
    /// is assumed to be below the current directory.
    fn directory_at<'s>(
        &self,
        dwarf: &Dwarf<Slice<'s>>,
        unit: Option<&Unit<Slice<'s>>>,
        header: &LineProgramHeader<Slice<'s>>,
        index: u64,
    ) -> Option<Directory> {
        let text = |index| string(dwarf, unit, header.directory(index)?);
        let comp_dir = unit.and_then(|unit| unit.comp_dir);
        let unit_directory = comp_dir.map_or(&b""[..], |directory| directory.slice());
        let first = if header.version() >= 5 { text(0) } else { None };
        let first = first.filter(|first| *first != unit_directory).unwrap_or_default();
        let own = if index == 0 { b"" } else { text(index)? };
        let path = self.environment.place(&[unit_directory, first, own])?;
        let assumed = ![unit_directory, first, own].iter().any(|part| part.starts_with(b"/"));
        if assumed && self.lost_directories && comp_dir.is_none() {
            return None;
        }
        Some(Directory { path, assumed })
    }
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
        let directory = self.directory_at(dwarf, Some(unit), header, file.directory_index())?;
        let name = dwarf.attr_string(unit, file.path_name()).ok()?;
        let path = paths::join(&[directory.path.as_os_str().as_bytes(), name.slice()])?;
        // A file that no line table names has no lines.
        Some(self.by_path.get(&path).copied().flatten())
    }
}
