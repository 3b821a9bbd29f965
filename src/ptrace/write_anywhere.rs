//! Writes to memory that even a tracer cannot write: shared mappings that the process may only read and
//! execute (`check_vma_flags` in mm/gup.c of the kernel). A program that makes code there writes it by
//! another way.

use super::pass_descriptor::take;
use super::regions::{MappedRegion, mapped_regions};
use super::{Error, Memory, Result, Status, Stopped, Syscalls, Tid};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fs::{self, File};
use std::os::linux::fs::MetadataExt;
use std::os::unix::fs::FileExt;

const PAGE: u64 = 4096;

impl Memory {
    /// As [`Memory::write`], and also to a shared mapping that the process cannot write: through another
    /// mapping of the same file, or through the file if the process has it open. If neither is there, nothing
    /// can write the file any more, and its pages are replaced by private copies.
    ///
    /// # Errors
    /// As [`Memory::write`], or as [`Syscalls::map`].
    pub fn write_anywhere(&self, task: &Stopped, address: u64, bytes: &[u8]) -> Result<()> {
        let refused = match self.write(address, bytes) {
            Err(error @ Error::Failed { .. }) => error,
            written => return written,
        };
        let regions = mapped_regions(task.tid());
        let Some(region) = regions.iter().find(|region| region.range.contains(&address)) else {
            return Err(refused);
        };
        let offset = region.offset + (address - region.range.start);
        if let Some(other) = writable_twin(&regions, region, offset) {
            return self.write(other, bytes);
        }
        match open_file(task.tid(), region) {
            Some(file) if file.write_all_at(bytes, offset).is_ok() => Ok(()),
            _ => self.replace_pages(task, region, address, bytes),
        }
    }

    fn replace_pages(&self, task: &Stopped, region: &MappedRegion, address: u64, bytes: &[u8]) -> Result<()> {
        let start = address & !(PAGE - 1);
        let end = (address + bytes.len() as u64).next_multiple_of(PAGE).min(region.range.end);
        let mut pages = vec![0; (end - start) as usize];
        self.read(start, &mut pages)?;
        pages[(address - start) as usize..][..bytes.len()].copy_from_slice(bytes);
        Syscalls::find(task.tid(), self)?.replace_code(task, start, end - start)?;
        self.write(start, &pages)
    }
}

/// The address at which another mapping of the same file can be written at `offset`.
fn writable_twin(regions: &[MappedRegion], region: &MappedRegion, offset: u64) -> Option<u64> {
    regions.iter().find_map(|other| {
        let is_twin = other.is_writable && other.is_shared && other.file == region.file;
        let address = other.range.start + offset.checked_sub(other.offset)?;
        (is_twin && other.range.contains(&address)).then_some(address)
    })
}

/// The file of a mapping, if the process has it open for writing. The process's own descriptor is taken: to
/// open the file by way of `/proc` would give forkcov's rights, and the process can change what is there.
fn open_file(tid: Tid, region: &MappedRegion) -> Option<File> {
    let process = Status::of(tid).id("Tgid");
    let descriptors = fs::read_dir(format!("/proc/{tid}/fd")).ok()?;
    let numbers = descriptors.flatten().filter_map(|found| found.file_name().to_str()?.parse().ok());
    let mut files = numbers.filter_map(|number| Some(File::from(take(process, number).ok()?)));
    files.find(|file| is_of(file, region) && can_write_at(file))
}

/// Is it the file of a mapping?
fn is_of(file: &File, region: &MappedRegion) -> bool {
    file.metadata().is_ok_and(|data| {
        let device = format!("{:02x}:{:02x}", libc::major(data.st_dev()), libc::minor(data.st_dev()));
        data.is_file() && (device, data.st_ino()) == region.file
    })
}

/// Can it be written, at any offset? With O_APPEND, pwrite(2) appends.
fn can_write_at(file: &File) -> bool {
    fcntl(file, FcntlArg::F_GETFL).is_ok_and(|flags| {
        let flags = OFlag::from_bits_truncate(flags);
        !flags.contains(OFlag::O_APPEND) && flags.intersects(OFlag::O_WRONLY | OFlag::O_RDWR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_file_is_written_only_with_the_rights_that_the_process_has() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "code").unwrap();
        let data = fs::metadata(&path).unwrap();
        let device = format!("{:02x}:{:02x}", libc::major(data.st_dev()), libc::minor(data.st_dev()));
        let region = MappedRegion {
            range: 0..0,
            is_writable: false,
            is_executable: true,
            is_shared: true,
            offset: 0,
            file: (device, data.st_ino()),
        };
        let is_found = |options: &mut fs::OpenOptions| {
            let stdin = Stdio::from(options.open(&path).unwrap());
            let mut child = Command::new("sleep").arg("60").stdin(stdin).spawn().unwrap();
            let found = open_file(child.id().cast_signed(), &region);
            child.kill().unwrap();
            child.wait().unwrap();
            found.is_some()
        };
        assert!(is_found(File::options().read(true).write(true)) && is_found(File::options().write(true)));
        assert!(!is_found(File::options().read(true)), "it could not write the file");
        assert!(!is_found(File::options().append(true)), "it would write elsewhere");
    }
}
