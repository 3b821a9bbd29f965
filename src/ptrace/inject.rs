//! System calls made in a tracee's name: for what only the process itself can ask the kernel.

use super::{Error, Memory, Result, SigAction, SigInfo, Status, Stopped, Tid, signal_bit};
use crate::machine;
use libc::c_int;
use std::fs;

/// Where in an address space an instruction that makes a system call can be borrowed: in the vDSO, which the
/// kernel maps into every program (vdso(7)).
#[derive(Debug, Clone, Copy)]
pub struct Syscalls {
    instruction: u64,
}

impl Syscalls {
    /// Finds the instruction in the address space of `tid`, whose memory is `memory`.
    ///
    /// # Errors
    /// [`Error::Gone`], or `ENOENT` when there is no vDSO or no such instruction in it.
    pub fn find(tid: Tid, memory: &Memory) -> Result<Self> {
        let none = Error::Failed { call: "find the vDSO", errno: nix::errno::Errno::ENOENT };
        let maps = fs::read_to_string(format!("/proc/{tid}/maps")).map_err(|_| Error::Gone)?;
        let range = maps.lines().find(|line| line.ends_with("[vdso]")).and_then(|line| {
            let (start, end) = line.split(' ').next()?.split_once('-')?;
            Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
        });
        let Some((start, end)) = range else { return Err(none) };
        let mut code = vec![0; usize::try_from(end - start).unwrap_or(0)];
        memory.read(start, &mut code)?;
        let length = machine::SYSCALL_INSTRUCTION.len();
        let offset =
            code.windows(length).position(|bytes| bytes == machine::SYSCALL_INSTRUCTION).ok_or(none)?;
        Ok(Self { instruction: start + offset as u64 })
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
        way: InjectionMode,
    ) -> Result<SigAction> {
        let mut bytes = [0; SigAction::SIZE];
        let arguments = |buffer| [u64::from(signal.cast_unsigned()), 0, buffer, 8];
        self.call(task, memory, &mut bytes, libc::SYS_rt_sigaction, arguments, way)?;
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
        way: InjectionMode,
    ) -> Result<()> {
        let arguments = |buffer| [u64::from(signal.cast_unsigned()), buffer, 0, 8];
        self.call(task, memory, &mut action.to_bytes(), libc::SYS_rt_sigaction, arguments, way)
    }

    /// Sends `task` the signal that it was told of by `info` again: not to its process, and from wherever it came.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn requeue_signal(&self, task: &Stopped, memory: &Memory, info: &SigInfo) -> Result<()> {
        let status = Status::of(task.tid());
        let own_name = |name| u64::from(status.innermost_id(name).cast_unsigned());
        let (process, thread) = (own_name("NStgid"), own_name("NSpid"));
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
    }

    /// Maps `length` bytes of memory: of the file of the descriptor `file`, shared, or else fresh. It can be read and
    /// written. Gives where it is.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn map(&self, task: &Stopped, length: u64, file: Option<u64>) -> Result<u64> {
        let protection = (libc::PROT_READ | libc::PROT_WRITE) as u64;
        let flags = if file.is_some() { libc::MAP_SHARED } else { libc::MAP_PRIVATE | libc::MAP_ANONYMOUS };
        let arguments = [0, length, protection, flags as u64, file.unwrap_or(u64::MAX), 0];
        self.plain(task, libc::SYS_mmap, arguments)
    }

    /// Takes the `length` bytes at `address` away again.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn unmap(&self, task: &Stopped, address: u64, length: u64) -> Result<()> {
        self.plain(task, libc::SYS_munmap, [address, length, 0, 0, 0, 0]).map(drop)
    }

    /// Makes the `length` bytes at `address` code, which cannot be written to.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn make_executable(&self, task: &Stopped, address: u64, length: u64) -> Result<()> {
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        self.plain(task, libc::SYS_mprotect, [address, length, protection, 0, 0, 0]).map(drop)
    }

    /// Maps the first `length` bytes of the file of the descriptor `file` as code at `address`, over what is there.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn map_code(&self, task: &Stopped, address: u64, length: u64, file: u64) -> Result<()> {
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        let flags = (libc::MAP_PRIVATE | libc::MAP_FIXED) as u64;
        self.plain(task, libc::SYS_mmap, [address, length, protection, flags, file, 0]).map(drop)
    }

    /// Opens the file that has this name, which stands at `name` in the memory of `task`, to be read and written. Gives
    /// the descriptor.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn open(&self, task: &Stopped, name: u64) -> Result<u64> {
        let flags = (libc::O_RDWR | libc::O_CLOEXEC) as u64;
        self.plain(task, libc::SYS_openat, [libc::AT_FDCWD as u64, name, flags, 0, 0, 0])
    }

    /// Closes a descriptor.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn close(&self, task: &Stopped, descriptor: u64) -> Result<()> {
        self.plain(task, libc::SYS_close, [descriptor, 0, 0, 0, 0, 0]).map(drop)
    }

    /// Makes a pair of connected sockets, whose numbers go to `at`, 4 bytes each.
    pub(super) fn socket_pair(&self, task: &Stopped, at: u64) -> Result<()> {
        let kind = (libc::SOCK_STREAM | libc::SOCK_CLOEXEC) as u64;
        self.plain(task, libc::SYS_socketpair, [libc::AF_UNIX as u64, kind, 0, at, 0, 0]).map(drop)
    }

    /// Receives the message that `struct msghdr` at `message` has room for.
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

    /// Makes a system call with `bytes` carried to the process, and back, in a scratch buffer on its stack, whose
    /// content is put back.
    fn call(
        &self,
        task: &Stopped,
        memory: &Memory,
        bytes: &mut [u8],
        number: libc::c_long,
        arguments: impl FnOnce(u64) -> [u64; 4],
        way: InjectionMode,
    ) -> Result<()> {
        let registers = task.registers()?;
        let buffer = machine::scratch(&registers, bytes.len() as u64);
        let mut saved = vec![0; bytes.len()];
        memory.read(buffer, &mut saved)?;
        memory.write(buffer, bytes)?;
        let [first, second, third, fourth] = arguments(buffer);
        let arguments = [first, second, third, fourth, 0, 0];
        let call = machine::prepare_syscall(&registers, self.instruction, number, arguments);
        let outcome = run(task, call, way).map(drop);
        if outcome.is_ok() {
            memory.read(buffer, bytes)?;
        }
        memory.write(buffer, &saved)?;
        task.set_registers(registers)?;
        outcome
    }
}

/// Makes the system call that `call` is prepared for, with signals held back meanwhile, and gives what it returned. The
/// registers are left as they then are.
pub(super) fn run(task: &Stopped, call: machine::Registers, way: InjectionMode) -> Result<i64> {
    let mask = task.signal_mask()?;
    task.set_signal_mask(way.held_back())?;
    task.set_registers(call)?;
    way.go(task, machine::program_counter(&call))?;
    task.set_signal_mask(mask)?;
    match machine::syscall_result(&task.registers()?) {
        value @ 0.. => Ok(value),
        errno => Err(Error::from_errno(
            "make a system call in a process's name",
            nix::errno::Errno::from_raw(-errno as i32),
        )),
    }
}

/// How a task is made to run a system call and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectionMode {
    /// By a step. The end of it is a forced SIGTRAP, which the kernel resets, as it does for a breakpoint, if it
    /// is ignored; but the task is left in a signal-delivery-stop, if it was in one.
    Step,
    /// From the stop at the entry of the call to the one at its exit: no signal is involved, and one that it was
    /// stopped by is delivered no more.
    Syscall,
}

impl InjectionMode {
    fn held_back(self) -> u64 {
        match self {
            Self::Step => !signal_bit(libc::SIGTRAP),
            Self::Syscall => u64::MAX,
        }
    }

    /// Runs the instruction at `from`. A signal that comes first, SIGSTOP or another SIGTRAP, is sent again when
    /// that is done; not so a stop that the tracer has asked for.
    fn go(self, task: &Stopped, from: u64) -> Result<()> {
        let mut early = None;
        let mut stops = if self == Self::Step { 1 } else { 2 };
        while stops > 0 {
            match self {
                Self::Step => task.step()?,
                Self::Syscall => task.resume_to_syscall()?,
            }
            let status = wait_for(task.tid())?;
            if task.program_counter()? == from {
                let was_asked_for = status >> 8 == libc::SIGTRAP | libc::PTRACE_EVENT_STOP << 8;
                early = if was_asked_for { early } else { Some(libc::WSTOPSIG(status)) };
            } else {
                stops -= 1;
            }
        }
        if let Some(signal) = early {
            // SAFETY: tkill(2) takes two numbers and touches no memory.
            unsafe { libc::syscall(libc::SYS_tkill, task.tid(), signal) };
        }
        Ok(())
    }
}

/// Waits for `tid` alone, and gives its status as waitpid(2) has it. A death is left for [`super::next`].
pub(super) fn wait_for(tid: Tid) -> Result<c_int> {
    // SAFETY: zeroed is a valid siginfo_t; WNOWAIT leaves a death to be waited for again.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let options = libc::WEXITED | libc::WSTOPPED | libc::WNOWAIT | libc::__WALL;
        if libc::waitid(libc::P_PID, tid.cast_unsigned(), &raw mut info, options) != 0 {
            return Err(Error::last("wait for a process"));
        }
        if info.si_code == libc::CLD_EXITED
            || info.si_code == libc::CLD_KILLED
            || info.si_code == libc::CLD_DUMPED
        {
            return Err(Error::Gone);
        }
        let mut status = 0;
        if libc::waitpid(tid, &raw mut status, libc::__WALL) != tid {
            return Err(Error::last("wait for a process"));
        }
        Ok(status)
    }
}
