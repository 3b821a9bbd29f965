//! The tracer: follows a program and all its descendants, and tells a [`Recorder`] which process reached which
//! site. Knows breakpoints and processes; knows no DWARF and no file of forkcov's.

mod adaptive_wait;
mod attach;
mod detours;
mod events;
mod log;
mod parents;
mod probe_layout;
mod process;
mod signals;
mod sites;
mod spaces;

pub use attach::family::reason_not_to_attach;
pub use events::self_counting::Counters;
pub use log::EventLog;
pub use log::entry::{Entry, Signal};
pub use parents::tree::{End, ProcessId};
pub use process::{Birth, Recorder};
pub use sites::{Mapping, ObjectId, Region, SiteRef, Sites};
pub use spaces::entry_hooks::{EntryHook, Probe};
pub use spaces::linker::DynamicLinker;
pub use spaces::space::MappedObjects;

use crate::ptrace::{CloneFlags, Error, Event, Result, SavedRegisters, Status, Stop, Stopped, Tid, Wait};
use adaptive_wait::AdaptiveWait;
use attach::family;
use hashbrown::{HashMap, HashSet};
use parents::process_info;
use parents::tree::{Tree, TreeStop};
use parents::unresolved::UnresolvedParents;
use process::{FormerImage, Process};
use signals::changes::PendingSignalCall;
use signals::disposition::{Blocking, Dispositions};
use signals::ignored;
use spaces::{SpaceId, Spaces};
use std::collections::VecDeque;

/// The state of one run.
#[derive(Debug)]
pub struct Tracer<R: Recorder> {
    recorder: R,
    root: Tid,
    /// Forkcov has children that are none of the run's: the run ends without them.
    has_others: bool,
    /// The child whose end asks for the release of all.
    wake_child: Option<Tid>,
    /// Are all released when the first process ends?
    until_first: bool,
    /// How many stops in an object are worth detours there.
    trampolines_after: u32,
    releasing: bool,
    /// Leaders that are still traced, of processes whose other tasks are not.
    lone_leaders: HashSet<Tid>,
    /// Tasks that have been asked to stop.
    interrupted: HashSet<Tid>,
    /// What has happened before the breakpoints were inserted, and is not handled yet.
    early: VecDeque<Wait>,
    tree: Tree<(Stopped, Stop)>,
    processes: HashMap<ProcessId, Process<R::Record>>,
    spaces: Spaces,
    /// The process that ended last of those that may have made a child and not lived to tell of it.
    last_exited: Option<Process<R::Record>>,
    root_end: Option<End>,
    doubts: UnresolvedParents,
    /// What [`Spaces::generation`] was when a task stopped last, if it was not 0.
    generations_seen: HashMap<Tid, u64>,
    /// Tasks that run one instruction whose breakpoint is removed only for that.
    steps: HashMap<Tid, Step>,
    /// Tasks that have been made to call a function of the recorder's probe.
    calls: HashMap<Tid, SavedRegisters>,
    log: EventLog,
    wait: AdaptiveWait,
    blocking: Blocking,
    /// Tasks that may not have made a call yet from which has been learnt.
    pending_signal_calls: HashMap<Tid, PendingSignalCall>,
    /// Tasks that will stop at the entry of a handler.
    awaiting_handler: HashSet<Tid>,
}

/// What is inserted again when a task has made a step.
#[derive(Debug, Clone, Copy)]
enum Step {
    Site(SiteRef),
    EntryHook(EntryHook),
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome<R> {
    /// How the root process ended.
    pub end: End,
    /// False when the root ended before it ran the program: exec failed.
    pub executed: bool,
    /// The recorder, for what it has gathered.
    pub recorder: R,
}

impl<R: Recorder> Tracer<R> {
    /// Takes charge of `root`, which is seized and has not called exec yet. If it has siblings, children of
    /// forkcov that are none of the run's, the run ends without them. Every event goes to `log`.
    pub fn launched(root: Tid, has_siblings: bool, recorder: R, log: EventLog) -> Self {
        let mut tracer = Self::new(root, recorder, log);
        tracer.has_others = has_siblings;
        let process = tracer.tree.root(root);
        tracer.log.write(Some(root), Some(root), || Entry::Launch { process: process.into() });
        tracer
    }

    /// Makes it release all others when the first process has ended.
    pub fn until_first(mut self, yes: bool) -> Self {
        self.until_first = yes;
        self
    }

    /// After how many stops in an object detours are taken there; 0 for never.
    pub fn trampolines_after(mut self, stops: u32) -> Self {
        self.trampolines_after = stops;
        self
    }

    fn new(root: Tid, recorder: R, log: EventLog) -> Self {
        Self {
            recorder,
            root,
            has_others: false,
            wake_child: None,
            until_first: false,
            trampolines_after: 0,
            releasing: false,
            lone_leaders: HashSet::new(),
            interrupted: HashSet::new(),
            early: VecDeque::new(),
            tree: Tree::default(),
            processes: HashMap::new(),
            spaces: Spaces::default(),
            last_exited: None,
            root_end: None,
            doubts: UnresolvedParents::default(),
            generations_seen: HashMap::new(),
            steps: HashMap::new(),
            calls: HashMap::new(),
            log,
            wait: AdaptiveWait::default(),
            blocking: Blocking::default(),
            pending_signal_calls: HashMap::new(),
            awaiting_handler: HashSet::new(),
        }
    }

    /// Follows all processes until the last has ended.
    ///
    /// # Errors
    /// When waitpid(2) fails, which has no known cause.
    pub fn run(mut self) -> nix::Result<Outcome<R>> {
        let mut executed = false;
        while !self.is_over()
            && let Some(wait) = self.next()?
        {
            match wait {
                Wait::Stopped(task, stop) => {
                    executed |= stop == Stop::Event(Event::Exec);
                    self.stopped(task, stop);
                }
                Wait::Exited(tid, _) | Wait::Signaled(tid, _) if self.wake_child == Some(tid) => {
                    self.release_all()
                }
                Wait::Exited(tid, status) => self.ended(tid, End::Exited(status)),
                Wait::Signaled(tid, signal) => self.ended(tid, End::Signaled(signal)),
            }
        }
        self.leave_all();
        self.log.write(None, None, || Entry::End { processes: self.tree.count() });
        let end = self.root_end.unwrap_or(End::Exited(0));
        Ok(Outcome { end, executed, recorder: self.recorder })
    }

    fn next(&mut self) -> nix::Result<Option<Wait>> {
        match self.early.pop_front() {
            Some(wait) => Ok(Some(wait)),
            None if self.releasing => self.next_to_release(),
            None => self.wait.next(self.processes.len()),
        }
    }

    /// Are there only others to wait for? Without any, the kernel tells when all is over. Of that it knows more than
    /// the tree: a task may exist of which nobody has told yet.
    fn is_over(&self) -> bool {
        self.has_others && self.tree.is_empty() && self.early.is_empty() && !family::is_left()
    }

    /// A task stopped: park it, prepare it if it is new, and go by the kind of the stop.
    fn stopped(&mut self, task: Stopped, stop: Stop) {
        let tid = task.tid();
        if stop == Stop::Event(Event::Exit) {
            // Of a task that nobody has told of yet, no more than its end need be known.
            return self.exiting(task);
        }
        if stop == Stop::Event(Event::Exec)
            && let Ok(former) = task.event_message()
        {
            self.tree.takes_over(tid, former);
        }
        match self.tree.stopped(tid, (task, stop), |tree| process_info::of(tid, tree)) {
            TreeStop::Breakpoint(process, (task, stop)) => self.handle_stop(process, task, stop),
            TreeStop::First(process, (task, stop)) => self.first_stop(process, task, stop),
            TreeStop::Parked => {
                self.log_parked(tid);
                if self.tree.is_stranger(tid, process_info::forkcov()) {
                    self.adopt(tid, self.last_exited.as_ref().map(|process| (process.id, process.space)));
                } else if let Some(maker) = self.parent_by_former_image(tid) {
                    self.adopt(tid, Some(maker));
                } else {
                    self.doubt(tid);
                }
                return;
            }
        }
        self.announced(tid);
        self.note_generation(tid);
    }

    /// Does what a stop of a known task asks for, and lets it run on, whatever came of that.
    fn handle_stop(&mut self, process: ProcessId, task: Stopped, stop: Stop) {
        let mut newborn = None;
        let tid = task.tid();
        let rolled_back = self.roll_back_pending_call(process, &task);
        self.report(tid, rolled_back);
        let stepped = self.stepped(process, &task, stop);
        let reached_handler = self.reached_handler(process, &task, stop);
        if !reached_handler {
            self.log_stop(process, &task, stop, stepped);
        }
        // Any stop does for one that was asked for.
        let was_interrupted = !self.interrupted.is_empty() && self.interrupted.remove(&tid);
        let (signal, done) = match stop {
            _ if stepped || reached_handler || self.probe_failed(process, &task, stop) => (0, Ok(())),
            Stop::Group(signal) if !self.releasing => {
                self.report(tid, task.listen());
                return self.set_stopped(process, Some(signal));
            }
            Stop::Group(_) => (0, Ok(())),
            Stop::Signal(libc::SIGTRAP) => self.trap(process, &task),
            Stop::Signal(signal) => (signal, ignored::before_delivery(&task, signal)),
            Stop::Event(event) => (
                0,
                match event {
                    Event::Fork | Event::Vfork | Event::Clone => {
                        let birth = Birth::by(event);
                        let born = self.fork(process, &task, birth).map(|born| newborn = born);
                        match event {
                            Event::Fork => born.and_then(|()| self.take_detours_for_children(process, &task)),
                            _ => born,
                        }
                    }
                    Event::Exec => self.exec(&task),
                    Event::Trap => {
                        self.set_stopped(process, None);
                        if was_interrupted { ignored::after_interrupt(&task) } else { Ok(()) }
                    }
                    Event::Exit | Event::Other(_) => Ok(()),
                },
            ),
        };
        self.report(tid, done);
        if self.releasing && !self.calls.contains_key(&tid) {
            // Its maker's record may go with it.
            newborn.into_iter().for_each(|newborn| self.admit(newborn));
            return self.release(process, task, stop, signal);
        }
        self.resume(process, task, signal);
        newborn.into_iter().for_each(|newborn| self.admit(newborn));
    }

    /// Lets a task go on, with `signal` delivered if it is not 0.
    fn resume(&mut self, process: ProcessId, task: Stopped, signal: i32) {
        let tid = task.tid();
        if signal != 0 {
            let left = self.leave_block(process, &task, signal, true);
            self.report(tid, left);
            let told = self.deliver(process, &task, signal);
            self.report(tid, told);
        }
        let resumed = if signal == 0 && self.steps.contains_key(&tid) {
            task.resume_for_step()
        } else if self.awaiting_handler.contains(&tid) {
            task.resume_into_handler(signal)
        } else {
            task.resume(signal)
        };
        self.report(tid, resumed);
    }

    /// A process is stopped by a signal, or is not: each of its threads tells.
    fn set_stopped(&mut self, id: ProcessId, by: Option<i32>) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        match (std::mem::replace(&mut process.is_stopped, by.is_some()), by) {
            (false, Some(signal)) => self.recorder.stopped(&process.record, signal),
            (true, None) => self.recorder.continued(&process.record),
            _ => {}
        }
    }

    /// A process runs a new program.
    fn exec(&mut self, task: &Stopped) -> Result<()> {
        let pid = task.tid();
        let former = task.event_message()?;
        self.log_exec(pid, former);
        let Some(id) = self.tree.executed(pid, former) else { return Ok(()) };
        self.adopt_orphans(pid, id);
        self.forget_task(pid);
        self.forget_task(former);
        let space = self.spaces.create();
        if !self.processes.contains_key(&id) {
            self.begin(id, pid, None, Birth::Launch, space, Dispositions::default());
        }
        if let Some(process) = self.processes.get_mut(&id) {
            if process.space != space {
                let former = std::mem::replace(&mut process.space, space);
                let kept = if self.tree.had_threads(id) {
                    Some(FormerImage { space: former, next: process_info::image(pid) })
                } else {
                    self.spaces.release(former);
                    None
                };
                if let Some(before) = std::mem::replace(&mut process.former, kept) {
                    self.spaces.release(before.space);
                }
            }
            let status = Status::of(pid);
            process.signals = process.signals.at_exec(&status);
            self.blocking.set(pid, id, status.set("SigBlk"));
            let (mapped, loader) = self.recorder.image(&mut process.record, pid);
            if loader.is_some() || !mapped.is_empty() {
                self.log_mapping_changes(space, pid, |spaces| spaces.load(space, pid, mapped, loader))?;
                self.hook(space, pid)?;
            }
        }
        Ok(())
    }

    /// Plants the hooks of a space that has sites; true if they are its first.
    fn hook(&mut self, space: SpaceId, tid: Tid) -> Result<bool> {
        if !self.spaces.has_sites(space) {
            return Ok(false);
        }
        let calls = self.recorder.signal_calls(tid);
        self.spaces.hook(space, tid, &calls)
    }

    /// Compares the modules of a process's space with the objects that are mapped, now that this has changed.
    fn reconcile(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return Ok(()) };
        let tid = task.tid();
        let mapped = self.recorder.mapped(tid, &self.spaces.mappings(space));
        self.log_mapping_changes(space, tid, |spaces| spaces.reconcile(space, tid, mapped))?;
        if self.hook(space, tid)? {
            self.learn_signals(id, task)?;
        }
        Ok(())
    }

    /// The task is no more, or not what it was.
    fn forget_task(&mut self, tid: Tid) {
        self.steps.remove(&tid);
        self.calls.remove(&tid);
        self.pending_signal_calls.remove(&tid);
        self.awaiting_handler.remove(&tid);
        self.generations_seen.remove(&tid);
        self.blocking.remove(tid);
    }

    fn ended(&mut self, tid: Tid, end: End) {
        self.forget_task(tid);
        if tid == self.root {
            self.root_end = Some(end);
            if self.until_first {
                self.release_all();
            }
        }
        let pid = self.tree.pid_of(tid);
        let process = self.tree.ended(tid, end);
        self.log_end(tid, pid, end, process);
        if let Some(id) = process {
            self.return_to_former_image(id, end);
            self.adopt_orphans(tid, id);
            self.finish(id, end);
        }
        self.announced(tid);
    }

    fn finish(&mut self, id: ProcessId, end: End) {
        let Some(mut process) = self.processes.remove(&id) else { return };
        self.recorder.end(&mut process.record, end);
        // Who shared its actions may be alone with them now.
        process.signals = process.signals.of_child(CloneFlags::default());
        let over = if self.tree.may_leave_untold(id, end) {
            self.last_exited.replace(process)
        } else {
            Some(process)
        };
        self.tree.forget(id);
        if let Some(process) = over {
            self.spaces.release(process.space);
            process.former.into_iter().for_each(|former| self.spaces.release(former.space));
        }
    }

    /// The death of a tracee is no trouble: it is waited for like any other.
    fn report(&mut self, tid: Tid, result: Result<()>) {
        let Err(error) = result else { return };
        self.log_failure(tid, &error);
        if let Error::Failed { .. } = error {
            self.recorder.trouble(&error);
        }
    }
}
