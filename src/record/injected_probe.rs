//! The probe in one memory, and the log of the process that the memory belongs to.

use crate::data::runtime_log::{LogStart, RuntimeLog};
use crate::data::{RunFiles, hit_file::HitFile};
use crate::ptrace::{self, Memory, Tid};
use crate::runtime::Runtime;
use crate::runtime::protocol::log_mapping;
use crate::tracer::ProcessId;
use std::cell::RefCell;
use std::fs::File;
use std::io;

/// A probe that has been injected, or that a child has inherited. Processes that share memory share it: after
/// a vfork(2), for example.
#[derive(Debug)]
pub(super) struct InjectedProbe {
    pub(super) runtime: &'static dyn Runtime,
    /// The address at which it begins.
    base: u64,
    /// The process whose number its records have.
    owner: ProcessId,
    log: RefCell<Option<OpenLog>>,
}

#[derive(Debug)]
struct OpenLog {
    number: u32,
    file: RuntimeLog,
    /// The hit file of its process names it.
    is_named: bool,
    /// Another one is to be created when the process asks for that.
    is_over: bool,
}

impl InjectedProbe {
    /// A probe without a log, of the process `owner`.
    pub(super) fn new(runtime: &'static dyn Runtime, base: u64, owner: ProcessId) -> Self {
        Self { runtime, base, owner, log: RefCell::default() }
    }

    /// The copy of it that the process `owner` has after a fork.
    pub(super) fn copy(&self, owner: ProcessId) -> Self {
        Self::new(self.runtime, self.base, owner)
    }

    /// Creates the log of its process. `logs` has, for each log of the run, the number of the first slot
    /// behind it. The log continues `parent`, if that is one of them.
    pub(super) fn create_log(
        &self,
        files: &RunFiles,
        logs: &mut Vec<u32>,
        parent: Option<u32>,
        version: u32,
    ) -> io::Result<()> {
        let parent = parent.filter(|parent| (*parent as usize) < logs.len());
        let start = LogStart {
            runtime: self.runtime.name(),
            version,
            owner: self.owner.0,
            parent,
            first: parent.map_or(0, |parent| logs[parent as usize]),
        };
        let number = logs.len() as u32;
        let file = RuntimeLog::create(files, number, &start)?;
        logs.push(file.end());
        *self.log.borrow_mut() = Some(OpenLog { number, file, is_named: false, is_over: false });
        Ok(())
    }

    /// Has it a log, that is not over?
    pub(super) fn has_log(&self) -> bool {
        self.log.borrow().as_ref().is_some_and(|log| !log.is_over)
    }

    /// A context begins: what is logged for it goes to another log.
    pub(super) fn end_log(&self) {
        if let Some(log) = self.log.borrow_mut().as_mut() {
            log.is_over = true;
        }
    }

    /// States in the probe which log it has.
    pub(super) fn state_log(&self, memory: &Memory) -> ptrace::Result<()> {
        let log = self.log.borrow();
        let Some(OpenLog { number, file, .. }) = log.as_ref() else { return Ok(()) };
        let mut block = [0; log_mapping::SIZE as usize];
        let mut put = |at: u64, bytes: &[u8]| block[at as usize..][..bytes.len()].copy_from_slice(bytes);
        put(log_mapping::FILE_SIZE, &file.size().to_le_bytes());
        put(log_mapping::FIRST, &file.first().to_le_bytes());
        put(log_mapping::NUMBER, &(number + 1).to_le_bytes());
        memory.write(self.base + self.runtime.probe().log, &block)
    }

    /// Sends the file of the log through a socket of the process `pid`. False if that cannot be done.
    pub(super) fn pass_log(&self, pid: Tid, socket: u64) -> bool {
        let log = self.log.borrow();
        let send = |file: &File| Ok(ptrace::send_to(pid, socket, &[file]).is_ok());
        log.as_ref().is_some_and(|log| log.file.file().with("open", send).unwrap_or(false))
    }

    /// Calls `write` with the log, and notes its new end in `logs`. `None` if there is no log.
    pub(super) fn write_log<T>(
        &self,
        logs: &mut [u32],
        write: impl FnOnce(&mut RuntimeLog) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        let mut log = self.log.borrow_mut();
        let OpenLog { number, file, .. } = log.as_mut()?;
        let written = write(file);
        logs[*number as usize] = file.end();
        Some(written)
    }

    /// As [`RuntimeLog::restore`]. `None` if there is no log.
    pub(super) fn restore_log(&self) -> Option<io::Result<bool>> {
        self.log.borrow().as_ref().map(|log| log.file.restore())
    }

    /// Names the log in `hit_file` if that is the file of the process `id`, which the log belongs to, and
    /// does not name it yet.
    pub(super) fn name_log(&self, id: ProcessId, hit_file: &mut HitFile) -> io::Result<()> {
        let mut log = self.log.borrow_mut();
        let Some(log) = log.as_mut().filter(|log| id == self.owner && !log.is_named) else { return Ok(()) };
        log.is_named = true;
        hit_file.log(&log.file.name())
    }
}
