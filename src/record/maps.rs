//! `/proc/PID/maps` (proc(5)): which files a process has mapped as code, and how to open the very file of each.

use super::auxv;
use crate::ptrace::{Memory, Tid};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A file that is mapped so that it can be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Where the mapping begins and ends.
    pub start: u64,
    end: u64,
    /// Where in the file it begins.
    pub offset: u64,
    /// Device and inode, as the kernel counts them inside; stat(2) may tell others (btrfs, overlayfs).
    inode: String,
    /// As the process sees it; ends with ` (deleted)` when the file has no name any more.
    pub path: PathBuf,
}

/// The code of a process.
#[derive(Debug)]
pub struct Maps {
    pid: Tid,
    /// Every executable mapping of a file, ascending.
    pub code: Vec<Mapped>,
    /// The mapping of AT_ENTRY: the executable's.
    executable: Option<usize>,
    /// That of AT_BASE, the dynamic linker, or the executable's if there is none: it may be one itself.
    loader: Option<usize>,
}

impl Maps {
    /// Of `pid`; empty when it has ended.
    pub fn of(pid: Tid) -> Self {
        let text = fs::read(format!("/proc/{pid}/maps")).unwrap_or_default();
        let mut lines: Vec<(Mapped, bool)> = text.split(|&byte| byte == b'\n').filter_map(parse).collect();
        let anchors = auxv::Anchors::of(pid);
        let inode_at = |address: u64| {
            let at = lines.iter().find(|(line, _)| (line.start..line.end).contains(&address));
            at.map(|(line, _)| line.inode.clone())
        };
        let (executable, loader) =
            (inode_at(anchors.entry), inode_at(anchors.loader.unwrap_or(anchors.entry)));
        lines.retain(|(_, executable)| *executable);
        let code: Vec<Mapped> = lines.into_iter().map(|(line, _)| line).collect();
        let of = |inode: Option<String>| code.iter().position(|line| Some(&line.inode) == inode.as_ref());
        Self { pid, executable: of(executable), loader: of(loader), code }
    }

    /// A mapping of the dynamic linker's code.
    pub fn loader(&self) -> Option<&Mapped> {
        self.code.get(self.loader?)
    }

    /// Opens the file that is mapped there. `Ok(None)` when it is no regular file.
    ///
    /// # Errors
    /// When it cannot be opened, or what has its name now is another file.
    pub fn open(&self, mapped: &Mapped) -> io::Result<Option<File>> {
        let executable = self.executable.map(|index| &self.code[index].inode);
        if executable == Some(&mapped.inode) {
            // Through this link the very file is opened that is running, be it deleted, replaced, or in another
            // mount namespace.
            return File::open(format!("/proc/{}/exe", self.pid)).map(Some);
        }
        let Mapped { start, end, .. } = mapped;
        let exact = PathBuf::from(format!("/proc/{}/map_files/{start:x}-{end:x}", self.pid));
        match open_regular(&exact) {
            // Only for CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => self.open_by_name(mapped),
            other => other,
        }
    }

    fn open_by_name(&self, mapped: &Mapped) -> io::Result<Option<File>> {
        let below_root = mapped.path.strip_prefix("/").unwrap_or(&mapped.path);
        let path = Path::new("/proc").join(self.pid.to_string()).join("root").join(below_root);
        let Some(file) = open_regular(&path)? else { return Ok(None) };
        if self.is_mapped_from(mapped, &file) {
            return Ok(Some(file));
        }
        Err(io::Error::other("it has been replaced since it was mapped"))
    }

    /// Is that the content of `file`?
    fn is_mapped_from(&self, mapped: &Mapped, file: &File) -> bool {
        const SAMPLE: usize = 4096;
        let sample = SAMPLE.min((mapped.end - mapped.start) as usize);
        let (mut here, mut there) = (vec![0; sample], vec![0; sample]);
        let Ok(length) = file.read_at(&mut here, mapped.offset) else { return false };
        let read = Memory::open(self.pid).and_then(|memory| memory.read(mapped.start, &mut there));
        read.is_ok() && length > 0 && here[..length] == there[..length]
    }
}

/// A device might do something when it is opened.
fn open_regular(path: &Path) -> io::Result<Option<File>> {
    if fs::metadata(path)?.is_file() { File::open(path).map(Some) } else { Ok(None) }
}

/// A mapping of a file, and whether it is executable.
fn parse(line: &[u8]) -> Option<(Mapped, bool)> {
    let mut fields = line.splitn(6, |&byte| byte == b' ');
    let mut field = || fields.next().and_then(|field| std::str::from_utf8(field).ok());
    let (range, permissions, offset, device, inode) = (field()?, field()?, field()?, field()?, field()?);
    let path = fields.next()?.trim_ascii_start();
    let (start, end) = range.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let mapped = Mapped {
        start: number(start)?,
        end: number(end)?,
        offset: number(offset)?,
        inode: format!("{device} {inode}"),
        path: PathBuf::from(std::ffi::OsStr::from_bytes(path)),
    };
    path.starts_with(b"/").then_some((mapped, permissions.as_bytes().get(2) == Some(&b'x')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_mapping_of_a_file() {
        let line =
            b"7f0a1000-7f0a3000 r-xp 00001000 fe:00 1234                       /usr/lib/a b.so (deleted)";
        let (mapped, executable) = parse(line).unwrap();
        assert!(executable);
        assert_eq!((mapped.start, mapped.end, mapped.offset), (0x7f0a_1000, 0x7f0a_3000, 0x1000));
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
        let maps = Maps::of(std::process::id().cast_signed());
        let executable = &maps.code[maps.executable.unwrap()];
        assert_eq!(executable.path, std::env::current_exe().unwrap());
        assert_ne!(maps.loader().unwrap().path, executable.path);
        assert!(maps.open(maps.loader().unwrap()).unwrap().is_some());
    }
}
