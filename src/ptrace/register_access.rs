//! How the registers of a stopped tracee are read and set: by requests of the machine's own where it has
//! them, and otherwise as the register set NT_PRSTATUS, which every machine has.

use super::{Error, Result, Stopped};
use crate::machine::{EXTENDED_REGISTERS, MAX_EXTENDED_REGISTERS, REGISTER_REQUESTS};
use crate::machine::{PtraceRequest, RegisterRequests, Registers};
use libc::{c_uint, c_void, iovec};
use nix::errno::Errno;
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// The general registers as words, for the access to one of them.
type Words = [u64; WORDS];

const WORDS: usize = size_of::<Registers>() / size_of::<u64>();

/// An access to one register.
#[derive(Debug, Clone, Copy)]
struct Access {
    /// What it is for, for the error message.
    call: &'static str,
    /// The offset in [`Registers`].
    offset: usize,
    requests: Option<RegisterRequests>,
}

impl Stopped {
    pub(super) fn registers(&self) -> Result<Registers> {
        self.all_registers(REGISTER_REQUESTS)
    }

    pub(super) fn set_registers(&self, registers: Registers) -> Result<()> {
        self.set_all_registers(registers, REGISTER_REQUESTS)
    }

    /// The register at `offset` in [`Registers`].
    pub(super) fn register(&self, call: &'static str, offset: usize) -> Result<u64> {
        self.one_register(Access { call, offset, requests: REGISTER_REQUESTS })
    }

    /// Sets the register at `offset` in [`Registers`].
    pub(super) fn poke(&self, call: &'static str, offset: usize, value: u64) -> Result<()> {
        self.set_one_register(Access { call, offset, requests: REGISTER_REQUESTS }, value)
    }

    /// The registers for floating-point and vector values, as the kernel stores them.
    pub(super) fn other_registers(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![0; MAX_EXTENDED_REGISTERS];
        let vector = iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        let size = self.register_set(libc::PTRACE_GETREGSET, EXTENDED_REGISTERS, vector)?;
        bytes.truncate(size);
        Ok(bytes)
    }

    pub(super) fn set_other_registers(&self, bytes: &mut [u8]) -> Result<()> {
        let vector = iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        self.register_set(libc::PTRACE_SETREGSET, EXTENDED_REGISTERS, vector).map(drop)
    }

    fn all_registers(&self, requests: Option<RegisterRequests>) -> Result<Registers> {
        let mut registers = MaybeUninit::<Registers>::zeroed();
        let data = registers.as_mut_ptr().cast();
        match requests {
            Some(requests) => {
                self.request("read registers", requests.read_all, null_mut(), data).map(drop)?
            }
            None => self.general_set(libc::PTRACE_GETREGSET, data)?,
        }
        // SAFETY: zeroed is a valid register set, and the kernel has filled it.
        Ok(unsafe { registers.assume_init() })
    }

    fn set_all_registers(&self, mut registers: Registers, requests: Option<RegisterRequests>) -> Result<()> {
        let data = (&raw mut registers).cast();
        match requests {
            Some(requests) => self.request("set registers", requests.set_all, null_mut(), data).map(drop),
            None => self.general_set(libc::PTRACE_SETREGSET, data),
        }
    }

    fn one_register(&self, access: Access) -> Result<u64> {
        let Some(requests) = access.requests else {
            let mut words = self.words()?;
            return access.word(&mut words).copied();
        };
        Errno::clear();
        // The raw system call stores the word at `data`; the wrapper of libc returns it. So -1 is an error
        // only if errno is set.
        let word = self.raw(requests.read_one, access.offset as *mut c_void, null_mut());
        if word == -1 && Errno::last_raw() != 0 {
            return Err(Error::last(access.call));
        }
        Ok(word.cast_unsigned())
    }

    fn set_one_register(&self, access: Access, value: u64) -> Result<()> {
        let Some(requests) = access.requests else {
            let mut words = self.words()?;
            *access.word(&mut words)? = value;
            return self.general_set(libc::PTRACE_SETREGSET, words.as_mut_ptr().cast());
        };
        let (address, value) = (access.offset as *mut c_void, value as *mut c_void);
        self.request(access.call, requests.set_one, address, value).map(drop)
    }

    fn words(&self) -> Result<Words> {
        let mut words = [0; WORDS];
        self.general_set(libc::PTRACE_GETREGSET, words.as_mut_ptr().cast())?;
        Ok(words)
    }

    /// Reads or sets all general registers, which are at `data` and as long as [`Registers`]. The set of a
    /// task of another word size has another length, and is refused.
    fn general_set(&self, request: PtraceRequest, data: *mut c_void) -> Result<()> {
        let vector = iovec { iov_base: data, iov_len: size_of::<Registers>() };
        match self.register_set(request, libc::NT_PRSTATUS.cast_unsigned(), vector)? {
            size if size == size_of::<Registers>() => Ok(()),
            _ => Err(Error::from_errno("read or set registers", Errno::EINVAL)),
        }
    }

    /// Reads or sets the register set with this number. Gives its size.
    fn register_set(&self, request: PtraceRequest, set: c_uint, mut vector: iovec) -> Result<usize> {
        let data = (&raw mut vector).cast();
        self.request("read or set registers", request, set as usize as *mut c_void, data)?;
        Ok(vector.iov_len)
    }
}

impl Access {
    fn word(self, words: &mut Words) -> Result<&mut u64> {
        let word = words.get_mut(self.offset / size_of::<u64>());
        word.ok_or_else(|| Error::from_errno(self.call, Errno::EIO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{self, PROGRAM_COUNTER, STACK_POINTER};
    use crate::ptrace::{inject, interrupt, seize};
    use std::process::{Child, Command, Stdio};

    /// A program that waits for input, in a ptrace stop. Only this thread can trace it.
    struct StoppedProgram {
        child: Child,
        task: Stopped,
    }

    impl StoppedProgram {
        fn new() -> Self {
            let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            let tid = child.id().cast_signed();
            seize(tid).unwrap();
            interrupt(tid).unwrap();
            inject::wait_for(tid).unwrap();
            Self { child, task: Stopped::new(tid) }
        }
    }

    impl Drop for StoppedProgram {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// The machine's own requests, if it has some, and the register set.
    fn ways() -> Vec<Option<RegisterRequests>> {
        REGISTER_REQUESTS.into_iter().map(Some).chain([None]).collect()
    }

    fn access(offset: usize, requests: Option<RegisterRequests>) -> Access {
        Access { call: "access a register", offset, requests }
    }

    #[test]
    fn every_way_reads_the_same_registers() {
        let program = StoppedProgram::new();
        let task = &program.task;
        for way in ways() {
            let all = task.all_registers(way).unwrap();
            let (pc, stack) = (machine::program_counter(&all), machine::stack_pointer(&all));
            assert!(pc != 0 && stack > pc, "{way:?}: the stack of a program is above its code");
            for other in ways() {
                assert_eq!(task.one_register(access(PROGRAM_COUNTER, other)).unwrap(), pc, "{other:?}");
                assert_eq!(task.one_register(access(STACK_POINTER, other)).unwrap(), stack, "{other:?}");
            }
        }
        let words = task.words().unwrap();
        for (index, word) in words.into_iter().enumerate() {
            let offset = index * size_of::<u64>();
            assert_eq!(task.register("read a register", offset).unwrap(), word, "at {offset}");
        }
    }

    #[test]
    fn every_way_sets_what_the_others_read() {
        let program = StoppedProgram::new();
        let task = &program.task;
        let before = task.words().unwrap();
        let stack = task.register("read the stack pointer", STACK_POINTER).unwrap();
        for (step, way) in (1..).zip(ways()) {
            let (one, all) = (stack - 32 * step, stack - 32 * step - 16);
            task.set_one_register(access(STACK_POINTER, way), one).unwrap();
            for other in ways() {
                assert_eq!(
                    task.one_register(access(STACK_POINTER, other)).unwrap(),
                    one,
                    "{way:?}, {other:?}"
                );
            }
            let mut registers = task.all_registers(way).unwrap();
            machine::set_result(&mut registers, 77);
            task.set_all_registers(registers, way).unwrap();
            task.set_one_register(access(STACK_POINTER, way), all).unwrap();
            for other in ways() {
                let registers = task.all_registers(other).unwrap();
                assert_eq!(machine::syscall_result(&registers), 77, "{way:?}, {other:?}");
                assert_eq!(machine::stack_pointer(&registers), all, "{way:?}, {other:?}");
            }
            let mut registers = task.all_registers(way).unwrap();
            machine::set_result(&mut registers, 0);
            task.set_all_registers(registers, way).unwrap();
        }
        task.poke("restore the stack pointer", STACK_POINTER, stack).unwrap();
        let changed = before.into_iter().zip(task.words().unwrap()).filter(|(before, after)| before != after);
        assert!(changed.count() <= 1, "only the result of the system call may differ");
    }

    #[test]
    fn no_way_reads_beyond_the_registers() {
        let program = StoppedProgram::new();
        for way in ways() {
            let result = program.task.one_register(access(usize::MAX & !7, way));
            assert!(matches!(result, Err(Error::Failed { errno: Errno::EIO, .. })), "{way:?}: {result:?}");
        }
    }
}
