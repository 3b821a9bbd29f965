//! The memory of a tracee, through `/proc/PID/mem` (proc(5)): any range in one call, read-only text included.

use super::{Error, Result, Tid};
use crate::machine::{BREAKPOINT_LENGTH, Patch, ReturnAddress};
use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_writev};
use nix::unistd::Pid;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;

/// The address space that a task had when this was opened. It is not that of a program executed later: open
/// it again after an exec.
#[derive(Debug)]
pub struct Memory(File);

impl Memory {
    /// Opens the address space of `tid`.
    ///
    /// # Errors
    /// [`Error::Gone`] when the task has died; `EMFILE` and `EACCES` as open(2) gives them.
    pub fn open(tid: Tid) -> Result<Self> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(format!("/proc/{tid}/mem"))
            .map(Self)
            .map_err(|error| failed("open /proc/PID/mem", &error))
    }

    /// Fills `buffer` from `address`.
    ///
    /// # Errors
    /// [`Error::Gone`] when the address space has been given up; `EIO` when a page is not mapped.
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> Result<()> {
        self.0.read_exact_at(buffer, address).map_err(|error| failed("read a process's memory", &error))
    }

    /// The 8 bytes at `address` as a number.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn word(&self, address: u64) -> Result<u64> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    pub(super) fn return_address(&self, address: ReturnAddress) -> Result<u64> {
        match address {
            ReturnAddress::InMemory(place) => self.word(place),
            ReturnAddress::InRegister(address) => Ok(address),
        }
    }

    /// The code at `address` that a breakpoint there would replace.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn read_patch(&self, address: u64) -> Result<Patch> {
        let mut bytes = [0; BREAKPOINT_LENGTH];
        self.read(address, &mut bytes)?;
        Ok(Patch(bytes))
    }

    /// Writes code at `address`: a breakpoint, or what it has replaced.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn write_patch(&self, address: u64, patch: Patch) -> Result<()> {
        self.write(address, &patch.0)
    }

    /// Writes `bytes` at `address`. Pages that the process itself cannot write are written, too, and become
    /// private copies.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<()> {
        self.0.write_all_at(bytes, address).map_err(|error| failed("write a process's memory", &error))
    }
}

/// Writes `bytes` at `address`, where the task `tid` can write itself, without opening its memory.
///
/// # Errors
/// [`Error::Gone`] when the task has died; `EPERM` and `EFAULT` as process_vm_writev(2) gives them.
pub fn write_data(tid: Tid, address: u64, bytes: &[u8]) -> Result<()> {
    let remote = RemoteIoVec { base: address as usize, len: bytes.len() };
    let failed = |errno| Error::from_errno("write a process's memory", errno);
    match process_vm_writev(Pid::from_raw(tid), &[IoSlice::new(bytes)], &[remote]).map_err(failed)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(failed(Errno::EFAULT)),
    }
}

fn failed(call: &'static str, error: &io::Error) -> Error {
    match (error.kind(), error.raw_os_error()) {
        // The memory of a process that has ended reads as an empty file, and accepts no byte.
        (io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero | io::ErrorKind::NotFound, _) => Error::Gone,
        (_, Some(errno)) => Error::from_errno(call, Errno::from_raw(errno)),
        _ => Error::Failed { call, errno: Errno::EIO },
    }
}
