//! System calls that forkcov injects into a tracee: what only the process itself can ask of the kernel.

use super::inject::{InjectionMode, run};
use super::{Error, Memory, Result, SigAction, SigInfo, Status, Stopped, Tid, proc_bytes, proc_text};
use crate::machine::{self, PassedMapping};
use libc::c_int;
use std::ffi::CStr;
use std::sync::OnceLock;

/// A system call instruction in an address space. It is in the vDSO, which the kernel maps into every program
/// (vdso(7)).
#[derive(Debug, Clone, Copy)]
pub struct Syscalls {
    instruction: u64,
}

/// Where the kernel has mapped the vDSO at the exec (getauxval(3)).
fn vdso(tid: Tid) -> Option<u64> {
    let vector = proc_bytes(tid, "auxv").ok()?;
    let words: Vec<u64> = vector.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)).collect();
    words.as_chunks().0.iter().find_map(|[kind, value]| (*kind == libc::AT_SYSINFO_EHDR).then_some(*value))
}

impl Syscalls {
    /// Finds the instruction in the address space of `tid`, whose memory is `memory`.
    ///
    /// # Errors
    /// [`Error::Gone`], or `ENOENT` when there is no vDSO or no such instruction in it.
    pub fn find(tid: Tid, memory: &Memory) -> Result<Self> {
        // Nearly all processes have the same vDSO.
        static OFFSET: OnceLock<u64> = OnceLock::new();
        if let Some(instruction) = OFFSET.get().and_then(|offset| Some(vdso(tid)? + offset)) {
            let mut there = [0; machine::SYSCALL_INSTRUCTION.len()];
            if memory.read(instruction, &mut there).is_ok() && there == *machine::SYSCALL_INSTRUCTION {
                return Ok(Self { instruction });
            }
        }
        let none = Error::Failed { call: "find the vDSO", errno: nix::errno::Errno::ENOENT };
        let maps = proc_text(tid, "maps").map_err(|_| Error::Gone)?;
        let range = maps
            .lines()
            .find(|line| line.split_ascii_whitespace().nth(5) == Some("[vdso]"))
            .and_then(|line| {
                let (start, end) = line.split(' ').next()?.split_once('-')?;
                Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
            });
        let Some((start, end)) = range else { return Err(none) };
        let mut code = vec![0; usize::try_from(end - start).unwrap_or(0)];
        memory.read(start, &mut code)?;
        let length = machine::SYSCALL_INSTRUCTION.len();
        let offset =
            code.windows(length).position(|bytes| bytes == machine::SYSCALL_INSTRUCTION).ok_or(none)?;
        Ok(Self { instruction: start + *OFFSET.get_or_init(|| offset as u64) })
    }

    /// The action of `signal`.
    ///
    /// # Errors
    /// [`Error::Gone`], or the system call's own error.
    pub fn action(
        &self,
        task: &Stopped,
        memory: &Memory,
        signal: c_int,
        mode: InjectionMode,
    ) -> Result<SigAction> {
        let mut bytes = [0; SigAction::SIZE];
        let arguments = |buffer| [u64::from(signal.cast_unsigned()), 0, buffer, 8];
        self.call(task, memory, &mut bytes, libc::SYS_rt_sigaction, arguments, mode)?;
        Ok(SigAction::from_bytes(&bytes))
    }

    /// Sets the action of `signal`.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn set_action(
        &self,
        task: &Stopped,
        memory: &Memory,
        signal: c_int,
        action: &SigAction,
        mode: InjectionMode,
    ) -> Result<()> {
        let arguments = |buffer| [u64::from(signal.cast_unsigned()), buffer, 0, 8];
        self.call(task, memory, &mut action.to_bytes(), libc::SYS_rt_sigaction, arguments, mode).map(drop)
    }

    /// Queues the signal that `info` describes for `task` again: for that thread and not for its process,
    /// whatever its origin.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn requeue_signal(&self, task: &Stopped, memory: &Memory, info: &SigInfo) -> Result<()> {
        let status = Status::of(task.tid());
        let innermost_id_of = |name| u64::from(status.innermost_id(name).cast_unsigned());
        let (process, thread) = (innermost_id_of("NStgid"), innermost_id_of("NSpid"));
        let signal = u64::from(info.signal().cast_unsigned());
        let arguments = |buffer| [process, thread, signal, buffer];
        self.call(
            task,
            memory,
            &mut info.to_bytes(),
            libc::SYS_rt_tgsigqueueinfo,
            arguments,
            InjectionMode::Syscall,
        )
        .map(drop)
    }

    /// Maps `length` bytes of readable and writable memory, and gives their address. The mapping is shared
    /// and of the file behind the descriptor `file`, or private and anonymous if there is none.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn map(&self, task: &Stopped, length: u64, file: Option<u64>) -> Result<u64> {
        let protection = (libc::PROT_READ | libc::PROT_WRITE) as u64;
        let flags = if file.is_some() { libc::MAP_SHARED } else { libc::MAP_PRIVATE | libc::MAP_ANONYMOUS };
        let arguments = [0, length, protection, flags as u64, file.unwrap_or(u64::MAX), 0];
        self.plain(task, libc::SYS_mmap, arguments)
    }

    /// Unmaps the `length` bytes at `address`.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn unmap(&self, task: &Stopped, address: u64, length: u64) -> Result<()> {
        self.plain(task, libc::SYS_munmap, [address, length, 0, 0, 0, 0]).map(drop)
    }

    /// Makes the mapping of `length` bytes at `address` one of `new` bytes, at another address if need be.
    /// Gives the address.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn remap(&self, task: &Stopped, address: u64, length: u64, new: u64) -> Result<u64> {
        let arguments = [address, length, new, libc::MREMAP_MAYMOVE as u64, 0, 0];
        self.plain(task, libc::SYS_mremap, arguments)
    }

    /// Moves the mapping of `length` bytes at `address` to the address `to`, in place of what is mapped
    /// there.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn move_to(&self, task: &Stopped, address: u64, length: u64, to: u64) -> Result<()> {
        let flags = (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as u64;
        self.plain(task, libc::SYS_mremap, [address, length, length, flags, to, 0]).map(drop)
    }

    /// Makes the `length` bytes at `address` executable and read-only.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn make_executable(&self, task: &Stopped, address: u64, length: u64) -> Result<()> {
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        self.plain(task, libc::SYS_mprotect, [address, length, protection, 0, 0, 0]).map(drop)
    }

    /// Maps the first `length` bytes of the file behind the descriptor `file` at `address`, executable, in
    /// place of what is mapped there.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn map_code(&self, task: &Stopped, address: u64, length: u64, file: u64) -> Result<()> {
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        let flags = (libc::MAP_PRIVATE | libc::MAP_FIXED) as u64;
        self.plain(task, libc::SYS_mmap, [address, length, protection, flags, file, 0]).map(drop)
    }

    /// Puts empty memory of the process's own, executable and read-only, in place of the `length` bytes at
    /// `address`.
    pub(super) fn replace_code(&self, task: &Stopped, address: u64, length: u64) -> Result<()> {
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED) as u64;
        self.plain(task, libc::SYS_mmap, [address, length, protection, flags, u64::MAX, 0]).map(drop)
    }

    /// Closes a descriptor.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn close(&self, task: &Stopped, descriptor: u64) -> Result<()> {
        self.plain(task, libc::SYS_close, [descriptor, 0, 0, 0, 0, 0]).map(drop)
    }

    /// Opens the file at the NUL-terminated `path`, for reading and writing, without waiting for it. An exec
    /// closes the descriptor that this gives.
    pub(super) fn open(&self, task: &Stopped, memory: &Memory, path: &CStr) -> Result<u64> {
        let flags = libc::O_RDWR | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
        let arguments = |buffer| [i64::from(libc::AT_FDCWD).cast_unsigned(), buffer, flags as u64, 0];
        let mut path = path.to_bytes_with_nul().to_vec();
        self.call(task, memory, &mut path, libc::SYS_openat, arguments, InjectionMode::Syscall)
    }

    /// Maps what `mapping` says of the file behind the descriptor `file`. Gives the address.
    pub(super) fn map_file(&self, task: &Stopped, mapping: &PassedMapping, file: u64) -> Result<u64> {
        let PassedMapping { address, length, protection, flags, offset } = *mapping;
        self.plain(task, libc::SYS_mmap, [address, length, protection, flags, file, offset])
    }

    /// Makes a pair of connected sockets. Their descriptors are stored at `at`, 4 bytes each.
    pub(super) fn socket_pair(&self, task: &Stopped, at: u64) -> Result<()> {
        let kind = (libc::SOCK_STREAM | libc::SOCK_CLOEXEC) as u64;
        self.plain(task, libc::SYS_socketpair, [libc::AF_UNIX as u64, kind, 0, at, 0, 0]).map(drop)
    }

    /// Receives a message into the `struct msghdr` at `message`.
    pub(super) fn receive_message(&self, task: &Stopped, socket: u64, message: u64) -> Result<()> {
        let flags = libc::MSG_CMSG_CLOEXEC as u64;
        self.plain(task, libc::SYS_recvmsg, [socket, message, flags, 0, 0, 0]).map(drop)
    }

    /// Makes a system call with these arguments.
    pub(super) fn plain(&self, task: &Stopped, number: libc::c_long, arguments: [u64; 6]) -> Result<u64> {
        let registers = task.registers()?;
        let outcome = run(
            task,
            machine::prepare_syscall(&registers, self.instruction, number, arguments),
            InjectionMode::Syscall,
        );
        task.set_registers(registers)?;
        outcome.map(i64::cast_unsigned)
    }

    /// Makes a system call that reads or writes a buffer. `bytes` is copied to a scratch buffer on the task's
    /// stack before the call, and back after it; then the old content of the stack is restored.
    fn call(
        &self,
        task: &Stopped,
        memory: &Memory,
        bytes: &mut [u8],
        number: libc::c_long,
        arguments: impl FnOnce(u64) -> [u64; 4],
        mode: InjectionMode,
    ) -> Result<u64> {
        let registers = task.registers()?;
        let buffer = machine::scratch(&registers, bytes.len() as u64);
        let mut saved = vec![0; bytes.len()];
        memory.read(buffer, &mut saved)?;
        memory.write(buffer, bytes)?;
        let [first, second, third, fourth] = arguments(buffer);
        let arguments = [first, second, third, fourth, 0, 0];
        let call = machine::prepare_syscall(&registers, self.instruction, number, arguments);
        let outcome = run(task, call, mode).map(i64::cast_unsigned);
        if outcome.is_ok() {
            memory.read(buffer, bytes)?;
        }
        memory.write(buffer, &saved)?;
        task.set_registers(registers)?;
        outcome
    }
}
