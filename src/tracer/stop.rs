//! One stop of a task, with all that its handlers need. It is put together once per stop; the handlers, in
//! the folders `events` and `signals`, are its methods.

use super::events::{Departure, is_of_fault};
use super::log::EventLog;
use super::parents::tree::Tree;
use super::process::Process;
use super::recorder::Recorder;
use super::signals::restart;
use super::sites::SiteRef;
use super::spaces::{OpenedSpace, OtherTasks, PreparedObjects, Spaces};
use super::tasks::Task;
use crate::ptrace::{Event, Result, Stop, Stopped, Tid};

/// A stopped task of a known process.
pub struct StopContext<'t, R: Recorder> {
    pub task: &'t Stopped,
    pub state: &'t mut Task,
    pub process: &'t mut Process<R::Record>,
    pub spaces: &'t mut Spaces,
    pub prepared: &'t mut PreparedObjects,
    pub recorder: &'t mut R,
    pub tree: &'t Tree<(Stopped, Stop)>,
    pub log: &'t EventLog,
    /// What the other tasks do that have the same memory.
    pub others: OtherTasks,
    /// All processes are being released.
    pub is_releasing: bool,
    /// After how many stops in an object trampolines are installed; 0 for never.
    pub trampolines_after: u32,
    pub followup: Followup,
}

/// What a handler leaves to do for other tasks and processes.
#[derive(Debug, Default)]
pub struct Followup {
    /// Sites of objects whose trampolines are to be installed while the other tasks are stopped.
    pub install: Vec<SiteRef>,
    /// A breakpoint was removed at a site that another process in the same memory may not have reached.
    pub removed_in_shared_space: Option<SiteRef>,
    /// The signal masks of the process's tasks are to be read.
    pub read_masks: bool,
    /// The signal masks of the process's tasks are no longer known.
    pub forget_masks: bool,
}

/// What is to be done after a stop has been handled.
#[derive(Debug, Clone, Copy)]
pub enum Reaction {
    /// Resume the task, with this signal if it is not 0.
    Resume(i32),
    /// Leave it in a group-stop by this signal.
    Listen(i32),
    /// It has made another task.
    Birth(Event),
    /// It runs a new program.
    Exec,
    /// A process that it has made by vfork(2) has left its memory.
    VforkDone,
}

/// How a task is resumed.
#[derive(Debug, Clone, Copy)]
pub enum Resumption {
    /// With this signal, if it is not 0.
    Run(i32),
    /// For one instruction.
    Step,
    /// Up to the entry of a system call, or from there to its exit.
    ToSyscall,
    /// With this signal, up to the entry of its handler.
    IntoHandler(i32),
}

impl<R: Recorder> StopContext<'_, R> {
    pub fn tid(&self) -> Tid {
        self.task.tid()
    }

    /// The address space of the process, opened.
    ///
    /// # Errors
    /// As [`Spaces::open`].
    pub fn open(&mut self) -> Result<OpenedSpace<'_>> {
        self.spaces.open(self.process.space, self.task.tid(), self.others)
    }

    /// As [`StopContext::open`], to insert something. `None` when nothing is to be inserted any more.
    ///
    /// # Errors
    /// As [`Spaces::open`].
    pub fn open_to_insert(&mut self) -> Result<Option<OpenedSpace<'_>>> {
        self.spaces.open_to_insert(self.process.space, self.task.tid(), self.others)
    }

    /// Handles a stop, as far as it concerns this task and its process only.
    pub fn handle(&mut self, stop: Stop) -> Reaction {
        let rolled_back = self.roll_back_pending_call();
        self.report(rolled_back);
        // A stop for another reason serves as well as the one that was asked for.
        let was_interrupted = std::mem::take(&mut self.state.interrupted);
        self.state.waits_for_vfork = false;
        if self.continues_write(stop) {
            return Reaction::Resume(0);
        }
        let has_stepped = self.finish_step(stop);
        let is_at_handler = self.reached_handler(stop);
        if !is_at_handler {
            self.log_stop(stop, has_stepped);
        }
        if has_stepped || is_at_handler || self.restores_log(stop) || self.probe_failed(stop) {
            return Reaction::Resume(0);
        }
        let (signal, done) = match stop {
            Stop::Group(signal) if !self.is_releasing => return Reaction::Listen(signal),
            Stop::Signal(libc::SIGTRAP) => self.trap(),
            Stop::Signal(signal) if self.restores_counters(signal) => (0, Ok(())),
            Stop::Signal(signal) if is_of_fault(signal) => match self.is_copied_jump() {
                Ok(true) => (0, Ok(())),
                Ok(false) => (signal, restart::restart_wait_if_ignored(self.task, signal)),
                Err(error) => (signal, Err(error)),
            },
            Stop::Signal(signal) => (signal, restart::restart_wait_if_ignored(self.task, signal)),
            Stop::Event(Event::Exec) => return Reaction::Exec,
            Stop::Event(Event::VforkDone) => return Reaction::VforkDone,
            Stop::Event(event @ (Event::Fork | Event::Vfork | Event::Clone)) => {
                return Reaction::Birth(event);
            }
            Stop::Event(Event::Trap) => {
                self.continued();
                let done = if was_interrupted { self.restart_interrupted() } else { Ok(()) };
                (0, done)
            }
            Stop::Group(_) | Stop::Event(Event::Exit | Event::Other(_)) => (0, Ok(())),
        };
        self.report(done);
        Reaction::Resume(signal)
    }

    /// Gets the task ready to continue, with `signal` delivered if it is not 0.
    pub fn prepare_to_resume(&mut self, signal: i32) -> Resumption {
        if signal != 0 {
            self.abandon_write();
            let left = self.leave_block(Departure::Continue { signal });
            self.report(left);
            let prepared = self.prepare_delivery(signal);
            self.report(prepared);
        }
        let based = self.set_counter_base();
        self.report(based);
        let settled = self.settle_end();
        self.report(settled);
        self.state.generation = self.spaces.generation(self.process.space);
        if self.state.cut_write.is_some() {
            Resumption::ToSyscall
        } else if signal == 0 && self.state.step.is_some() {
            Resumption::Step
        } else if self.state.awaits_handler {
            Resumption::IntoHandler(signal)
        } else {
            Resumption::Run(signal)
        }
    }

    fn continued(&mut self) {
        if std::mem::replace(&mut self.process.is_stopped, false) {
            self.recorder.continued(&self.process.record);
        }
    }

    /// Reports the failure of a call on the task. Its death is none: that is waited for like any other.
    pub fn report(&mut self, result: Result<()>) {
        super::report(self.recorder, self.log, self.tree, self.task.tid(), result);
    }
}

impl Resumption {
    /// Resumes a task.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn apply(self, task: Stopped) -> Result<()> {
        match self {
            Self::Run(signal) => task.resume(signal),
            Self::Step => task.resume_for_step(),
            Self::ToSyscall => task.resume_to_syscall(),
            Self::IntoHandler(signal) => task.resume_into_handler(signal),
        }
    }
}
