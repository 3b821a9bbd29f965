//! Maps files of forkcov's into a tracee that has no name for them.
//!
//! The tracee runs a piece of code that forkcov has put into its memory (`blocks::MAP_PASSED`): it makes a
//! pair of sockets, stops, receives descriptors, maps their files, closes all descriptors, and stops again.
//! These are two stops, where each system call that is injected alone takes two.
//!
//! Docker's default filter refuses pidfd_getfd(2), by which forkcov takes one of the sockets. Then the tracee
//! opens each file where it is among forkcov's descriptors, in `/proc`, by a call that is injected. It is
//! mapped only if it is that file: behind a `/proc` of the program's own, another one can be there. That
//! place is open to processes of forkcov's own user alone, which may look into its memory as well.

use super::inject::{resend, wait_for};
use super::pass_descriptor::{CAN_TAKE_DESCRIPTORS, send_to};
use super::privileges::has_forkcovs_filters;
use super::unfiltered::{Unfiltered, can_suspend_seccomp};
use super::{Error, Memory, Result, Status, Stopped, Syscalls, signal_bit};
use crate::machine::{self, PassedMapping, blocks, breakpoint_at};
use libc::c_int;
use nix::errno::Errno;
use std::ffi::CString;
use std::fs::{self, File, Metadata};
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;

const CALL: &str = "map a file into a process";

/// What is needed to map files into a stopped process.
#[derive(Debug, Clone, Copy)]
pub struct FileMapper<'a> {
    /// The only task of the process, stopped.
    pub task: &'a Stopped,
    /// Its memory.
    pub memory: &'a Memory,
    /// Where it can make system calls.
    pub calls: Syscalls,
    /// Where `blocks::MAP_PASSED` is in its memory.
    pub code: u64,
    /// A file that is mapped along with the next one.
    pub along: Option<PassedFile<'a>>,
}

/// A file of forkcov's, and how a process is to map it.
#[derive(Debug, Clone, Copy)]
pub struct PassedFile<'a> {
    file: &'a File,
    mapping: PassedMapping,
}

impl<'a> PassedFile<'a> {
    /// The first `size` bytes of `file`, shared and writable, at the address `at`, in place of what is mapped
    /// there, or anywhere.
    pub fn shared(file: &'a File, size: u64, at: Option<u64>) -> Self {
        let fixed = if at.is_some() { libc::MAP_FIXED } else { 0 };
        let mapping = PassedMapping {
            address: at.unwrap_or(0),
            length: size,
            protection: (libc::PROT_READ | libc::PROT_WRITE) as u64,
            flags: (libc::MAP_SHARED | fixed) as u64,
            offset: 0,
        };
        Self { file, mapping }
    }

    /// The first `size` bytes of `file`, private and executable, at the address `at`, where nothing may be
    /// mapped yet.
    pub fn code(file: &'a File, size: u64, at: u64) -> Self {
        let mapping = PassedMapping {
            address: at,
            length: size,
            protection: (libc::PROT_READ | libc::PROT_EXEC) as u64,
            flags: (libc::MAP_PRIVATE | libc::MAP_FIXED_NOREPLACE) as u64,
            offset: 0,
        };
        Self { file, mapping }
    }

    /// What `file` has at `offset`, private and executable, in place of what is mapped at these addresses.
    pub fn code_over(file: &'a File, addresses: Range<u64>, offset: u64) -> Self {
        let mapping = PassedMapping {
            address: addresses.start,
            length: addresses.end - addresses.start,
            protection: (libc::PROT_READ | libc::PROT_EXEC) as u64,
            flags: (libc::MAP_PRIVATE | libc::MAP_FIXED) as u64,
            offset,
        };
        Self { file, mapping }
    }

    /// Is it mapped where it had to be? A kernel that does not know `MAP_FIXED_NOREPLACE` (before 4.17) takes
    /// the address for a hint.
    fn is_at(&self, address: u64) -> bool {
        let is_fixed = self.mapping.flags & (libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE) as u64 != 0;
        !is_fixed || address == self.mapping.address
    }
}

impl FileMapper<'_> {
    /// May the process make the calls that [`FileMapper::map`] needs?
    pub fn is_allowed(&self) -> bool {
        can_suspend_seccomp() || has_forkcovs_filters(&Status::of(self.task.tid()))
    }

    /// Maps `file`, and gives the address. What is to be mapped along with it ([`FileMapper::along`]) is
    /// mapped too, or neither is.
    ///
    /// A breakpoint instruction is executed for that: SIGTRAP has to be restored afterwards.
    ///
    /// # Errors
    /// As [`Syscalls::map`], or when the process cannot receive a descriptor.
    pub fn map(&self, file: PassedFile) -> Result<u64> {
        let files: Vec<PassedFile> = self.along.into_iter().chain([file]).collect();
        let (mut mapped, mut failure) = (Vec::new(), None);
        for (file, result) in files.iter().zip(self.map_each(&files)?) {
            match result {
                Ok(address) => {
                    mapped.push((address, file.mapping.length));
                    failure = failure.or((!file.is_at(address)).then(|| failed(libc::EEXIST.into())));
                }
                Err(error) => failure = Some(error),
            }
        }
        match (failure, mapped.last()) {
            (None, Some((address, _))) => Ok(*address),
            (failure, _) => {
                mapped.into_iter().try_for_each(|(address, length)| self.unmap(address, length))?;
                Err(failure.unwrap_or_else(|| failed(libc::ENOSYS.into())))
            }
        }
    }

    /// Maps these files, and gives the address of each.
    fn map_each(&self, files: &[PassedFile]) -> Result<Vec<Result<u64>>> {
        if !passes_descriptors() {
            return Ok(files.iter().map(|file| self.map_by_name(file)).collect());
        }
        let registers = self.task.registers()?;
        let mask = self.task.signal_mask()?;
        let scratch = machine::scratch(&registers, blocks::PASSED_SCRATCH as u64);
        let mut saved = [0; blocks::PASSED_SCRATCH];
        self.memory.read(scratch, &mut saved)?;
        let mappings: Vec<PassedMapping> = files.iter().map(|file| file.mapping).collect();
        self.memory.write(scratch, &blocks::passed_message(scratch, &mappings))?;
        let unfiltered = Unfiltered::of(self.task)?;
        self.task.set_signal_mask(!(signal_bit(libc::SIGTRAP) | signal_bit(libc::SIGSYS)))?;
        self.task.set_registers(blocks::prepare_passing(&registers, self.code, scratch, files.len()))?;
        let (mut early, mut sockets) = (Vec::new(), None);
        let mapped = self.run(files, scratch, &mut early, &mut sockets);
        self.memory.write(scratch, &saved)?;
        self.task.set_registers(registers)?;
        self.task.set_signal_mask(mask)?;
        unfiltered.restore()?;
        resend(self.task.tid(), &early);
        // The code has not come to its end.
        sockets.into_iter().flatten().try_for_each(|socket| self.calls.close(self.task, socket))?;
        mapped
    }

    /// Maps a file by its name.
    fn map_by_name(&self, PassedFile { file, mapping }: &PassedFile) -> Result<u64> {
        let namespace = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
        if namespace("self") != namespace(&self.task.tid().to_string()) {
            return Err(failed(libc::ESRCH.into()));
        }
        let name = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        let name = CString::new(name).map_err(|_| failed(libc::EINVAL.into()))?;
        let opened = self.calls.open(self.task, self.memory, &name)?;
        let there = fs::metadata(format!("/proc/{}/fd/{opened}", self.task.tid()));
        let is_same =
            |there: Metadata, ours: Metadata| (there.dev(), there.ino()) == (ours.dev(), ours.ino());
        let is_same = there.and_then(|there| Ok(is_same(there, file.metadata()?))).unwrap_or(false);
        let mapped = if is_same {
            self.calls.map_file(self.task, mapping, opened)
        } else {
            Err(failed(libc::ESTALE.into()))
        };
        self.calls.close(self.task, opened)?;
        mapped
    }

    /// Runs the code. `sockets` are those that it leaves open.
    fn run(
        &self,
        files: &[PassedFile],
        scratch: u64,
        early: &mut Vec<c_int>,
        sockets: &mut Option<[u64; 2]>,
    ) -> Result<Vec<Result<u64>>> {
        let made = self.run_to_breakpoint(blocks::SOCKETS_MADE, early)?;
        if made < 0 {
            return Err(failed(-made));
        }
        let mut pair = [[0; 4]; 2];
        self.memory.read(scratch, pair.as_flattened_mut())?;
        let [ours, theirs] = pair.map(|socket| u64::from(u32::from_ne_bytes(socket)));
        *sockets = Some([ours, theirs]);
        // If nothing can be sent, the code receives nothing, maps nothing, and closes the sockets.
        let descriptors: Vec<&File> = files.iter().map(|file| file.file).collect();
        let sent = send_to(self.task.tid(), ours, &descriptors);
        self.run_to_breakpoint(blocks::PASSED_MAPPED, early)?;
        *sockets = None;
        sent?;
        let mut memory = [0; blocks::PASSED_SCRATCH];
        self.memory.read(scratch, &mut memory)?;
        let result = |file| match blocks::passed_result(&memory, file) {
            address @ 0.. => Ok(address.cast_unsigned()),
            errno => Err(failed(-errno)),
        };
        Ok((0..files.len()).map(result).collect())
    }

    /// Runs the task up to the breakpoint at this offset in the code, and gives the result of the system call
    /// that counts there. Signals that cannot be blocked and come first are noted in `early`.
    fn run_to_breakpoint(&self, offset: u64, early: &mut Vec<c_int>) -> Result<i64> {
        loop {
            self.task.run()?;
            let status = wait_for(self.task.tid())?;
            let signal = libc::WSTOPSIG(status);
            let registers = self.task.registers()?;
            let is_event = status >> 16 != 0;
            if signal == libc::SIGTRAP
                && !is_event
                && breakpoint_at(machine::program_counter(&registers)) == self.code + offset
            {
                return Ok(blocks::passing_result(&registers));
            }
            match signal {
                _ if is_event => {}
                libc::SIGSTOP => early.push(signal),
                // A filter has refused a call, or the code was changed.
                _ => return Err(failed(i64::from(libc::ENOSYS))),
            }
        }
    }

    /// Maps `new` bytes of a file instead of `size`, which are mapped at `address`. Gives the new address.
    ///
    /// # Errors
    /// As [`Syscalls::map`].
    pub fn grow(&self, address: u64, size: u64, new: u64) -> Result<u64> {
        self.calls.remap(self.task, address, size, new)
    }

    /// Unmaps the `size` bytes at `address`.
    ///
    /// # Errors
    /// As [`Syscalls::map`].
    pub fn unmap(&self, address: u64, size: u64) -> Result<()> {
        self.calls.unmap(self.task, address, size)
    }
}

/// Are descriptors passed to processes? Otherwise, all that maps a file into one are calls that are injected.
pub fn passes_descriptors() -> bool {
    *CAN_TAKE_DESCRIPTORS
}

fn failed(errno: i64) -> Error {
    Error::from_errno(CALL, Errno::from_raw(errno as i32))
}
