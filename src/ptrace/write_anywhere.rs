//! Writes to memory that even a tracer cannot write: shared mappings that the process may only read and
//! execute (`check_vma_flags` in mm/gup.c of the kernel). A program that makes code there writes it by
//! another way.

use super::regions::{MappedRegion, mapped_regions};
use super::{Error, Memory, Result, Stopped, Syscalls, Tid};
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

/// The file of a mapping, if the process has it open for writing.
fn open_file(tid: Tid, region: &MappedRegion) -> Option<File> {
    let descriptors = fs::read_dir(format!("/proc/{tid}/fd")).ok()?;
    descriptors.flatten().find_map(|descriptor| {
        let is_file = fs::metadata(descriptor.path()).is_ok_and(|data| {
            let device = format!("{:02x}:{:02x}", libc::major(data.st_dev()), libc::minor(data.st_dev()));
            data.is_file() && (device, data.st_ino()) == region.file
        });
        if is_file { File::options().write(true).open(descriptor.path()).ok() } else { None }
    })
}
