//! The probe in one memory, and the log of the process that the memory belongs to.

use crate::data::runtime_log::{ChildLog, ChildLogs, LogId, LogStart, RuntimeLog};
use crate::data::{RunFiles, hit_file::HitFile};
use crate::ptrace::{self, Memory, Tid};
use crate::runtime::Runtime;
use crate::runtime::protocol::log_mapping;
use crate::tracer::{ChildLogPlace, ProcessId};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

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
    /// The number of the log that describes the code that its process has inherited.
    inherited: Option<u32>,
    /// Where the children of its process have their logs.
    for_children: RefCell<Option<Rc<ForChildren>>>,
}

/// The logs of children, and the version of the interpreter that forks them.
#[derive(Debug)]
struct ForChildren {
    logs: ChildLogs,
    version: u32,
}

/// What a forked child has of its parent's, when it is forked.
#[derive(Debug, Default)]
pub(super) struct Inheritance {
    /// The log that describes the code which is known.
    log: Option<u32>,
    /// What is mapped for the logs of children.
    place: Option<Rc<ForChildren>>,
}

/// A log of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownLog {
    id: LogId,
    /// The number of the first slot behind it.
    end: u32,
}

#[derive(Debug)]
struct OpenLog {
    number: u32,
    file: LogFile,
    /// The hit file of its process names it.
    is_named: bool,
    /// Another one is to be created when the process asks for that.
    is_over: bool,
}

#[derive(Debug)]
enum LogFile {
    Own(RuntimeLog),
    /// Among the logs of children: the process asks for its own when that is full.
    Child(Rc<ForChildren>, ChildLog),
}

impl InjectedProbe {
    /// A probe without a log, of the process `owner`.
    pub(super) fn new(runtime: &'static dyn Runtime, base: u64, owner: ProcessId) -> Self {
        let (log, for_children) = (RefCell::default(), RefCell::default());
        Self { runtime, base, owner, log, inherited: None, for_children }
    }

    /// What a child inherits that is forked now.
    pub(super) fn inheritance(&self) -> Inheritance {
        let log = self.log.borrow().as_ref().map(|log| log.number);
        Inheritance { log: log.or(self.inherited), place: self.for_children.borrow().clone() }
    }

    /// The copy of it that the process `owner` has after a fork. `logs` are those of the run. It may have a
    /// log among those of children; where that cannot be had, it will ask for one.
    pub(super) fn copy(
        &self,
        owner: ProcessId,
        Inheritance { log, place }: Inheritance,
        logs: &mut Vec<KnownLog>,
    ) -> Self {
        let mut copy = Self::new(self.runtime, self.base, owner);
        copy.inherited = log;
        let Some(place) = place else { return copy };
        copy.for_children = RefCell::new(Some(Rc::clone(&place)));
        let start = copy.log_start(logs, log, place.version);
        if let Ok(Some(log)) = place.logs.begin(&start) {
            let number = logs.len() as u32;
            logs.push(KnownLog { id: log.id, end: log.end });
            let file = LogFile::Child(place, log);
            copy.log = RefCell::new(Some(OpenLog { number, file, is_named: false, is_over: false }));
        }
        copy
    }

    /// Is it in memory of the process `id`?
    pub(super) fn is_of(&self, id: ProcessId) -> bool {
        self.owner == id
    }

    /// Its log, if that is among those of children.
    pub(super) fn child_log(&self) -> Option<ChildLogPlace> {
        match self.log.borrow().as_ref()? {
            OpenLog { number, file: LogFile::Child(_, log), .. } => {
                Some(ChildLogPlace { place: log.place, log: *number })
            }
            OpenLog { file: LogFile::Own(_), .. } => None,
        }
    }

    fn log_start(&self, logs: &[KnownLog], parent: Option<u32>, version: u32) -> LogStart {
        let parent = parent.and_then(|parent| logs.get(parent as usize));
        LogStart {
            runtime: self.runtime.name(),
            version,
            owner: self.owner.0,
            parent: parent.map(|parent| parent.id),
            first: parent.map_or(0, |parent| parent.end),
        }
    }

    /// Creates the log of its process, and one for its children if they get theirs before they ask. `logs`
    /// are those of the run. The log continues `parent`, if that is one of them.
    pub(super) fn create_log(
        &self,
        files: &RunFiles,
        logs: &mut Vec<KnownLog>,
        parent: Option<u32>,
        version: u32,
    ) -> io::Result<()> {
        *self.for_children.borrow_mut() = None;
        let start = self.log_start(logs, parent, version);
        let number = logs.len() as u32;
        let file = RuntimeLog::create(files, number, &start)?;
        logs.push(KnownLog { id: LogId { file: number, place: None }, end: file.end() });
        *self.log.borrow_mut() =
            Some(OpenLog { number, file: LogFile::Own(file), is_named: false, is_over: false });
        if self.runtime.has_child_logs() {
            let number = logs.len() as u32;
            // Without it, each child asks.
            if let Ok(children) = ChildLogs::create(files, number) {
                logs.push(KnownLog { id: LogId { file: number, place: None }, end: 0 });
                *self.for_children.borrow_mut() = Some(Rc::new(ForChildren { logs: children, version }));
            }
        }
        Ok(())
    }

    /// Has it a log of its own, that is not over, and places for the logs of children?
    pub(super) fn has_log(&self) -> bool {
        let log = self.log.borrow();
        let is_full = self.for_children.borrow().as_ref().is_some_and(|children| children.logs.is_full());
        !is_full && log.as_ref().is_some_and(|log| !log.is_over && matches!(log.file, LogFile::Own(_)))
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
        let Some(OpenLog { number, file: LogFile::Own(file), .. }) = log.as_ref() else { return Ok(()) };
        let mut block = [0; log_mapping::SIZE as usize];
        let mut put = |at: u64, bytes: &[u8]| block[at as usize..][..bytes.len()].copy_from_slice(bytes);
        put(log_mapping::FILE_SIZE, &file.size().to_le_bytes());
        put(log_mapping::FIRST, &file.first().to_le_bytes());
        put(log_mapping::NUMBER, &(number + 1).to_le_bytes());
        memory.write(self.base + self.runtime.probe().log, &block)
    }

    /// Sends the file of the log, and that of its children's, through a socket of the process `pid`. False if
    /// that cannot be done.
    pub(super) fn pass_log(&self, pid: Tid, socket: u64) -> bool {
        let log = self.log.borrow();
        let Some(OpenLog { file: LogFile::Own(log), .. }) = log.as_ref() else { return false };
        let children = self.for_children.borrow();
        let sent = log.file().with("open", |log| match children.as_ref() {
            None => Ok(ptrace::send_to(pid, socket, &[log]).is_ok()),
            Some(children) => children
                .logs
                .file()
                .with("open", |children| Ok(ptrace::send_to(pid, socket, &[log, children]).is_ok())),
        });
        sent.unwrap_or(false)
    }

    /// Calls `write` with the log, and notes its new end in `logs`. `None` if there is no log of its own.
    pub(super) fn write_log<T>(
        &self,
        logs: &mut [KnownLog],
        write: impl FnOnce(&mut RuntimeLog) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        let mut log = self.log.borrow_mut();
        let OpenLog { number, file: LogFile::Own(file), .. } = log.as_mut()? else { return None };
        let written = write(file);
        logs[*number as usize].end = file.end();
        Some(written)
    }

    /// As [`RuntimeLog::restore`]. `None` if there is no log of its own.
    pub(super) fn restore_log(&self) -> Option<io::Result<bool>> {
        match &self.log.borrow().as_ref()?.file {
            LogFile::Own(file) => Some(file.restore()),
            LogFile::Child(..) => None,
        }
    }

    /// Names the log in `hit_file` if that is the file of the process `id`, which the log belongs to, and
    /// does not name it yet.
    pub(super) fn name_log(&self, id: ProcessId, hit_file: &mut HitFile) -> io::Result<()> {
        let mut log = self.log.borrow_mut();
        let Some(log) = log.as_mut().filter(|log| id == self.owner && !log.is_named) else { return Ok(()) };
        log.is_named = true;
        match &log.file {
            LogFile::Own(file) => hit_file.log(&file.name()),
            LogFile::Child(children, log) => hit_file.child_log(&children.logs.name(), log.place),
        }
    }
}
