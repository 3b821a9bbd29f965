//! `/proc/PID/maps` (proc(5)): which files a process has mapped, and how to open exactly those files.

use super::auxv::Anchors;
use crate::object::FileIdentity;
use crate::ptrace::{Memory, Tid, proc_bytes};
use crate::tracer::{PristineCode, Region};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A mapping of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMapping {
    /// Its start and its file. On btrfs and overlayfs, stat(2) gives another device and inode for that file.
    pub region: Region,
    end: u64,
    /// The offset in the file where it starts.
    pub offset: u64,
    executable: bool,
    /// Is it private, and can be read and executed, but not written?
    is_constant: bool,
    /// The path as the process sees it. It ends with ` (deleted)` when the file has no name any more.
    pub path: PathBuf,
}

/// The mappings of a process.
#[derive(Debug)]
pub struct Maps {
    /// The process.
    pub pid: Tid,
    /// The executable mappings of files, ascending.
    pub code: Vec<FileMapping>,
    /// All mappings of files.
    all: Vec<FileMapping>,
    /// The index in `code` of the executable, which is at AT_ENTRY.
    executable: Option<usize>,
    /// The index in `code` of the dynamic linker, which is at AT_BASE; that of the executable if there is
    /// none, as it can be a dynamic linker itself.
    loader: Option<usize>,
}

impl Maps {
    /// Reads the mappings of `pid`; empty when it has ended.
    ///
    /// # Errors
    /// When the kernel denies access.
    pub fn of(pid: Tid) -> io::Result<Self> {
        let text = match proc_bytes(pid, "maps") {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(error),
            // Every other failure means that the process does not exist any more.
            other => other.unwrap_or_default(),
        };
        let mut all: Vec<FileMapping> = text.split(|&byte| byte == b'\n').filter_map(parse).collect();
        // The kernel writes a line break in a path so, and a backslash as it is. The links have exact paths.
        let is_doubtful = |mapped: &&mut FileMapping| {
            mapped.path.as_os_str().as_bytes().windows(4).any(|part| part == b"\\012")
        };
        for mapped in all.iter_mut().filter(is_doubtful) {
            let link = fs::read_link(map_file(pid, mapped));
            mapped.path = link.unwrap_or_else(|_| mapped.path.clone());
        }
        let anchors = Anchors::of(pid);
        let code: Vec<FileMapping> = all.iter().filter(|mapped| mapped.executable).cloned().collect();
        let code_around = |address: u64| {
            let file =
                all.iter().find(|mapped| (mapped.region.start..mapped.end).contains(&address))?.region.file;
            code.iter().position(|mapped| mapped.region.file == file)
        };
        let (executable, loader) =
            (code_around(anchors.entry), code_around(anchors.loader.unwrap_or(anchors.entry)));
        Ok(Self { pid, code, all, executable, loader })
    }

    /// No mappings.
    pub fn none(pid: Tid) -> Self {
        Self { pid, code: Vec::new(), all: Vec::new(), executable: None, loader: None }
    }

    /// Does the executable request a dynamic linker?
    pub fn has_interpreter(&self) -> bool {
        let file = |index: Option<usize>| index.map(|index| self.code[index].region.file);
        file(self.loader).is_some() && file(self.loader) != file(self.executable)
    }

    /// Is it a mapping of the executable?
    pub fn is_executable(&self, mapped: &FileMapping) -> bool {
        self.executable.is_some_and(|index| self.code[index].region.file == mapped.region.file)
    }

    /// The code of the dynamic linker.
    pub fn loader(&self) -> Option<&FileMapping> {
        self.code.get(self.loader?)
    }

    /// The code of the executable, which has just been mapped.
    pub fn executable_code(&self) -> Option<PristineCode> {
        let mapped = &self.code[self.executable?];
        let (range, offset) = (mapped.region.start..mapped.end, mapped.offset);
        let name = (mapped.is_constant && has_forkcovs_root(self.pid)).then(|| mapped.path.clone());
        self.open(mapped).ok().flatten().map(|file| PristineCode { file, range, offset, name })
    }

    /// The identity of the mapped file, which need not be opened for it if the kernel lets its link be
    /// followed. `Ok(None)` when it is not a regular file.
    ///
    /// # Errors
    /// As [`Maps::open`].
    pub fn identity(&self, mapped: &FileMapping) -> io::Result<Option<FileIdentity>> {
        match fs::metadata(self.link(mapped)) {
            Ok(metadata) => Ok(metadata.is_file().then(|| FileIdentity::of(&metadata))),
            Err(_) => Ok(self.open(mapped)?.as_ref().and_then(file_identity)),
        }
    }

    /// Opens the mapped file. `Ok(None)` when it is not a regular file.
    ///
    /// # Errors
    /// When it cannot be opened, or its path now names another file.
    pub fn open(&self, mapped: &FileMapping) -> io::Result<Option<File>> {
        let link = self.link(mapped);
        if self.is_executable(mapped) {
            return File::open(link).map(Some);
        }
        match open_regular(&link) {
            // This needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => self.open_by_name(mapped),
            other => other,
        }
    }

    /// A link that leads to exactly the mapped file, even if it was deleted or replaced, or is in another
    /// mount namespace.
    fn link(&self, mapped: &FileMapping) -> PathBuf {
        if self.is_executable(mapped) {
            return format!("/proc/{}/exe", self.pid).into();
        }
        map_file(self.pid, mapped)
    }

    fn open_by_name(&self, mapped: &FileMapping) -> io::Result<Option<File>> {
        let below_root = mapped.path.strip_prefix("/").unwrap_or(&mapped.path);
        let path = Path::new("/proc").join(self.pid.to_string()).join("root").join(below_root);
        let file = match open_regular(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(io::Error::other(
                    "the file was removed or replaced, and only root can still read it",
                ));
            }
            other => other?,
        };
        let Some(file) = file else { return Ok(None) };
        if self.is_mapped_from(mapped, &file) {
            return Ok(Some(file));
        }
        Err(io::Error::other("the file was replaced, and only root can still read the old one"))
    }

    /// Does `file` have the same first page as the mapped file? It holds the headers and usually the
    /// build-id, and unlike code it has no breakpoints.
    fn is_mapped_from(&self, mapped: &FileMapping, file: &File) -> bool {
        const PAGE: usize = 4096;
        let Some(start) = self.first_page(mapped) else { return false };
        let (mut here, mut there) = ([0; PAGE], [0; PAGE]);
        let Ok(length) = file.read_at(&mut here, 0) else { return false };
        let read = Memory::open(self.pid).and_then(|memory| memory.read(start.region.start, &mut there));
        read.is_ok() && length > 0 && here[..length] == there[..length]
    }

    /// Is it a mapping of an ELF file, by the magic number in memory?
    pub fn is_elf(&self, mapped: &FileMapping) -> bool {
        let mut magic = [0; 4];
        let read = self.first_page(mapped).map(|start| {
            Memory::open(self.pid).and_then(|memory| memory.read(start.region.start, &mut magic))
        });
        matches!(read, Some(Ok(()))) && magic == *b"\x7fELF"
    }

    /// The mapping of the first page of the same file.
    fn first_page(&self, mapped: &FileMapping) -> Option<&FileMapping> {
        self.all.iter().rfind(|other| {
            other.region.file == mapped.region.file
                && other.offset == 0
                && other.region.start <= mapped.region.start
        })
    }
}

/// The identity of an open file; `None` if its metadata cannot be read.
pub fn file_identity(file: &File) -> Option<FileIdentity> {
    file.metadata().ok().map(|metadata| FileIdentity::of(&metadata))
}

/// Has the process forkcov's root directory and mounts, and so the same names of files?
fn has_forkcovs_root(pid: Tid) -> bool {
    fn root(pid: &str) -> Option<(u64, u64, PathBuf)> {
        let root = fs::metadata(format!("/proc/{pid}/root")).ok()?;
        Some((root.dev(), root.ino(), fs::read_link(format!("/proc/{pid}/ns/mnt")).ok()?))
    }
    static OWN: LazyLock<Option<(u64, u64, PathBuf)>> = LazyLock::new(|| root("self"));
    OWN.is_some() && *OWN == root(&pid.to_string())
}

/// Opens regular files only: opening a device can have side effects.
fn open_regular(path: &Path) -> io::Result<Option<File>> {
    if fs::metadata(path)?.is_file() { File::open(path).map(Some) } else { Ok(None) }
}

/// The link to exactly the mapped file.
fn map_file(pid: Tid, mapped: &FileMapping) -> PathBuf {
    format!("/proc/{pid}/map_files/{:x}-{:x}", mapped.region.start, mapped.end).into()
}

/// Parses a line; `None` when it is memory without a file.
fn parse(line: &[u8]) -> Option<FileMapping> {
    let mut fields = line.splitn(6, |&byte| byte == b' ');
    let mut field = || fields.next().and_then(|field| std::str::from_utf8(field).ok());
    let (range, permissions, offset, device, inode) = (field()?, field()?, field()?, field()?, field()?);
    let path = fields.next()?.trim_ascii_start();
    let (start, end) = range.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let (major, minor) = device.split_once(':')?;
    let file = (number(major)? << 32 | number(minor)?, inode.parse().ok()?);
    path.starts_with(b"/").then_some(FileMapping {
        region: Region { start: number(start)?, file },
        end: number(end)?,
        offset: number(offset)?,
        executable: permissions.as_bytes().get(2) == Some(&b'x'),
        is_constant: permissions == "r-xp",
        path: PathBuf::from(OsStr::from_bytes(path)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_mapping_of_a_file() {
        let line =
            b"7f0a1000-7f0a3000 r-xp 00001000 fe:00 1234                       /usr/lib/a b.so (deleted)";
        let mapped = parse(line).unwrap();
        assert!(mapped.executable);
        assert_eq!(mapped.region, Region { start: 0x7f0a_1000, file: (0xfe << 32, 1234) });
        assert_eq!((mapped.end, mapped.offset), (0x7f0a_3000, 0x1000));
        assert_eq!(mapped.path, Path::new("/usr/lib/a b.so (deleted)"));
    }

    #[test]
    fn memory_without_a_file_is_none() {
        assert!(parse(b"7ffd1000-7ffd3000 r-xp 00000000 00:00 0                          [vdso]").is_none());
        assert!(parse(b"7ffd1000-7ffd3000 rwxp 00000000 00:00 0 ").is_none());
        assert!(parse(b"").is_none());
    }

    #[test]
    fn this_very_process_has_an_executable_and_a_dynamic_linker() {
        let maps = Maps::of(std::process::id().cast_signed()).unwrap();
        let executable = &maps.code[maps.executable.unwrap()];
        assert_eq!(executable.path, std::env::current_exe().unwrap());
        assert_ne!(maps.loader().unwrap().path, executable.path);
        assert!(maps.open(maps.loader().unwrap()).unwrap().is_some());
    }
}
