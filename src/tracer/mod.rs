//! The tracer: follows a program and all its descendants, and reports to a [`Recorder`] which process has
//! reached which site. It knows breakpoints and processes; it knows neither DWARF nor the files that forkcov
//! writes.
//!
//! * `stop`: one stop of a task, with all that its handlers need
//! * `events`: what each kind of event does
//! * `signals`: the program's signals, and what a tracer changes about them
//! * `spaces`: address spaces, and the breakpoints in each
//! * `parents`: which process forked which
//! * `all_stopped`: work on an address space while all of its tasks are stopped
//! * `grace_period`: removing code at which another task may be
//! * `attach`: seizing processes that are running already
//! * `log`: the event log

mod adaptive_wait;
mod all_stopped;
mod attach;
mod events;
mod grace_period;
mod log;
mod parents;
mod probe_layout;
mod process;
mod recorder;
mod signals;
mod sites;
mod spaces;
mod stop;
mod tasks;
#[cfg(test)]
mod tests;

pub use attach::refusal::reason_not_to_attach;
pub use log::EventLog;
pub use log::entry::{Entry, Signal};
pub use parents::birth::Birth;
pub use parents::tree::{End, ProcessId};
pub use recorder::{Answer, ChildLogPlace, Contexts, Hits, Lifecycle, Probes, Recorder, SelfCounting};
pub use sites::{Mapping, ObjectId, Region, SiteRef, Sites};
pub use spaces::entry_hooks::{EntryHook, HookPurpose, Probe, ProbeDetour};
pub use spaces::linker::DynamicLinker;
pub use spaces::space::MappedObjects;
pub use spaces::{KeptCode, PristineCode};

use crate::ptrace::{self, Error, Event, Result, Stop, Stopped, Tid, Wait};
use adaptive_wait::AdaptiveWait;
use attach::family;
use events::NewTask;
use events::UnresolvedParents;
use hashbrown::{HashMap, HashSet};
use parents::process_info;
use parents::tree::{Tree, TreeStop};
use process::Process;
use signals::restart;
use spaces::{OtherTasks, PreparedObjects, SpaceId, Spaces};
use std::collections::VecDeque;
use stop::{Followup, Reaction, StopContext};
use tasks::{Step, TaskTable};

/// The state of one run.
#[derive(Debug)]
pub struct Tracer<R: Recorder> {
    recorder: R,
    root: Tid,
    /// Forkcov has children that do not belong to the run: the run ends without them.
    has_other_children: bool,
    /// The child that asks, by its end, for the release of all processes.
    wake_child: Option<Tid>,
    /// All processes are released when the first one ends.
    until_first: bool,
    /// After how many stops in an object trampolines are installed; 0 for never.
    trampolines_after: u32,
    mode: Mode,
    /// Events that came while all tasks were being stopped. They are handled when what was to be done then is
    /// done.
    deferred_events: VecDeque<Wait>,
    tree: Tree<(Stopped, Stop)>,
    tasks: TaskTable,
    processes: HashMap<ProcessId, Process<R::Record>>,
    spaces: Spaces,
    prepared: PreparedObjects,
    /// The process that ended last of those that may have forked a child and not reported it.
    last_exited: Option<Process<R::Record>>,
    root_end: Option<End>,
    unresolved: UnresolvedParents,
    log: EventLog,
    wait: AdaptiveWait,
}

#[derive(Debug)]
enum Mode {
    Running,
    /// Every task is detached at its next stop.
    Releasing {
        /// Leaders that are still traced, of processes whose other tasks are not.
        lone_leaders: HashSet<Tid>,
    },
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
    /// Traces `root`, which is seized and has not called exec yet. If forkcov has other children, which do
    /// not belong to the run, the run ends without them. Every event is written to `log`.
    pub fn launched(root: Tid, has_other_children: bool, recorder: R, log: EventLog) -> Self {
        let mut tracer = Self::new(root, recorder, log);
        tracer.has_other_children = has_other_children;
        let process = tracer.tree.root(root);
        tracer.log.write(Some(root), Some(root), || Entry::Launch { process: process.into() });
        tracer
    }

    /// Makes it release all other processes when the first one has ended.
    pub fn until_first(mut self, yes: bool) -> Self {
        self.until_first = yes;
        self
    }

    /// Sets after how many stops in an object trampolines are installed there; 0 for never.
    pub fn trampolines_after(mut self, stops: u32) -> Self {
        self.trampolines_after = stops;
        self
    }

    fn new(root: Tid, recorder: R, log: EventLog) -> Self {
        Self {
            recorder,
            root,
            has_other_children: false,
            wake_child: None,
            until_first: false,
            trampolines_after: 0,
            mode: Mode::Running,
            deferred_events: VecDeque::new(),
            tree: Tree::default(),
            tasks: TaskTable::default(),
            processes: HashMap::new(),
            spaces: Spaces::default(),
            prepared: PreparedObjects::default(),
            last_exited: None,
            root_end: None,
            unresolved: UnresolvedParents::default(),
            log,
            wait: AdaptiveWait::default(),
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
                    self.release_all();
                }
                Wait::Exited(tid, status) => self.ended(tid, End::Exited(status)),
                Wait::Signaled(tid, signal) => self.ended(tid, End::Signaled(signal)),
            }
        }
        self.finish_all();
        for (object, code) in self.prepared.to_keep() {
            self.recorder.keep_code(object, &code);
        }
        self.log.write(None, None, || Entry::End { processes: self.tree.count() });
        let end = self.root_end.unwrap_or(End::Exited(0));
        Ok(Outcome { end, executed, recorder: self.recorder })
    }

    fn next(&mut self) -> nix::Result<Option<Wait>> {
        match self.deferred_events.pop_front() {
            // It may have been killed since.
            Some(Wait::Stopped(task, stop)) => {
                let later = ptrace::try_next_of(task.tid())?;
                Ok(Some(later.unwrap_or(Wait::Stopped(task, stop))))
            }
            Some(wait) => Ok(Some(wait)),
            None if self.is_releasing() => self.next_to_release(),
            None => self.wait.next(self.processes.len()),
        }
    }

    /// Is nothing left to wait for but forkcov's other children? Without any, waitpid(2) reports the end. The
    /// kernel knows more than the tree: a task may exist that no event has reported yet.
    fn is_over(&self) -> bool {
        self.has_other_children
            && self.tree.is_empty()
            && self.deferred_events.is_empty()
            && !family::is_left()
    }

    fn is_releasing(&self) -> bool {
        matches!(self.mode, Mode::Releasing { .. })
    }

    /// A task has stopped: parks it if its parent has not reported it yet, prepares it if it is new, handles
    /// the stop.
    fn stopped(&mut self, task: Stopped, stop: Stop) {
        let tid = task.tid();
        if stop == Stop::Event(Event::Exit) {
            // Of a task that has not been reported yet, nothing but its end matters.
            return self.exiting(task);
        }
        if stop == Stop::Event(Event::Exec)
            && let Ok(former) = task.event_message()
        {
            self.tree.takes_over(tid, former);
        }
        match self.tree.stopped(tid, (task, stop), |tree| process_info::parentage(tid, tree)) {
            TreeStop::Known(process, (task, stop)) => self.handle_stop(process, task, stop),
            TreeStop::First(process, (task, stop)) => self.first_stop(process, task, stop),
            TreeStop::Parked => return self.parked(tid),
        }
        self.rule_out(tid);
    }

    /// A task has stopped before its parent has reported it. If the parent cannot report it any more, the
    /// task is adopted.
    fn parked(&mut self, tid: Tid) {
        self.log_parked(tid);
        if self.tree.is_stranger(tid, process_info::forkcov()) {
            self.adopt(tid, self.last_exited.as_ref().map(|process| (process.id, process.space)));
        } else if let Some(parent) = self.parent_by_former_image(tid) {
            self.adopt(tid, Some(parent));
        } else {
            self.resolve_parent(tid);
        }
    }

    /// Handles a stop of a known task, and resumes the task, whatever came of that.
    fn handle_stop(&mut self, id: ProcessId, task: Stopped, stop: Stop) {
        let tid = task.tid();
        let reaction = match self.context(id, &task) {
            Some(mut context) => {
                let reaction = context.handle(stop);
                let followup = context.followup;
                self.follow_up(id, &task, followup);
                reaction
            }
            None => self.handle_before_exec(&task, stop),
        };
        let mut new_task = None;
        let signal = match reaction {
            Reaction::Resume(signal) => signal,
            Reaction::Listen(signal) => return self.listen(id, task, signal),
            Reaction::Exec => {
                let done = self.exec(&task);
                self.report(tid, done);
                0
            }
            Reaction::VforkDone => {
                let done = self.vfork_done(id, &task);
                self.report(tid, done);
                0
            }
            Reaction::Birth(event) => {
                new_task = self.handle_birth(id, &task, event);
                0
            }
        };
        if self.is_releasing() && self.tasks.get(tid).is_none_or(|task| task.probe_call.is_none()) {
            // The record of its parent may be dropped with the release.
            new_task.into_iter().for_each(|new| self.admit(new));
            return self.release(id, task, stop, signal);
        }
        self.resume(id, task, signal);
        new_task.into_iter().for_each(|new| self.admit(new));
    }

    /// All that the handlers of one stop need. `None` before the first exec of the root.
    fn context<'t>(&'t mut self, id: ProcessId, task: &'t Stopped) -> Option<StopContext<'t, R>> {
        let others = self.others_of(id)?;
        Some(StopContext {
            task,
            others,
            is_releasing: self.is_releasing(),
            process: self.processes.get_mut(&id)?,
            state: self.tasks.entry(task.tid()),
            spaces: &mut self.spaces,
            prepared: &mut self.prepared,
            recorder: &mut self.recorder,
            tree: &self.tree,
            log: &self.log,
            trampolines_after: self.trampolines_after,
            followup: Followup::default(),
        })
    }

    /// What the other tasks do that run in the same memory as a task of this process, which is stopped.
    fn others_of(&self, id: ProcessId) -> Option<OtherTasks> {
        let space = self.processes.get(&id)?.space;
        let is_alone =
            self.tree.count_tasks(id) <= 1 && (!self.spaces.is_shared(space) || self.all_wait_for(id, space));
        Some(if is_alone { OtherTasks::Stopped } else { OtherTasks::Running })
    }

    /// Do all tasks of other processes in this space wait for children that they have made by vfork(2)?
    fn all_wait_for(&self, id: ProcessId, space: SpaceId) -> bool {
        let mut others = self.processes.values().filter(|process| process.space == space && process.id != id);
        others.all(|process| {
            let tasks = self.tree.tasks_of(process.pid);
            tasks.into_iter().all(|tid| self.tasks.get(tid).is_some_and(|task| task.waits_for_vfork))
        })
    }

    /// Does for other tasks and processes what a handler has left.
    fn follow_up(&mut self, id: ProcessId, task: &Stopped, followup: Followup) {
        let tid = task.tid();
        if !followup.install.is_empty() {
            let installed = self.install_while_all_stopped(id, task, followup.install);
            self.report(tid, installed);
        }
        if let Some(at) = followup.removed_in_shared_space
            && self.is_needed_by_others(id, at)
        {
            self.tasks.entry(tid).step = Some(Step::Site(at));
        }
        if followup.forget_masks {
            self.tasks.forget_masks(id);
        }
        if followup.read_masks
            && let Some(process) = self.processes.get(&id)
        {
            self.tasks.read_masks(id, process.pid);
        }
    }

    /// Does another process run in the same address space that has not reached this site?
    fn is_needed_by_others(&self, id: ProcessId, at: SiteRef) -> bool {
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return false };
        let mut others = self.processes.values().filter(|process| process.space == space && process.id != id);
        others.any(|process| !self.recorder.has_hit(&process.record, at))
    }

    /// The root has stopped before its exec, as forkcov's own code.
    fn handle_before_exec(&mut self, task: &Stopped, stop: Stop) -> Reaction {
        self.log_stop_before_exec(task, stop);
        let (signal, done) = match stop {
            Stop::Group(signal) if !self.is_releasing() => return Reaction::Listen(signal),
            Stop::Event(Event::Exec) => return Reaction::Exec,
            Stop::Signal(libc::SIGTRAP) => (libc::SIGTRAP, Ok(())),
            Stop::Signal(signal) => (signal, restart::restart_wait_if_ignored(task, signal)),
            Stop::Group(_) | Stop::Event(_) => (0, Ok(())),
        };
        self.report(task.tid(), done);
        Reaction::Resume(signal)
    }

    fn handle_birth(&mut self, id: ProcessId, task: &Stopped, event: Event) -> Option<NewTask> {
        let born = self.birth(id, task, Birth::by(event));
        if born.is_ok()
            && event == Event::Fork
            && let Some(mut context) = self.context(id, task)
        {
            let installed = context.install_trampolines_for_children();
            context.report(installed);
            let followup = context.followup;
            self.follow_up(id, task, followup);
        }
        born.unwrap_or_else(|error| {
            self.report(task.tid(), Err(error));
            None
        })
    }

    /// Leaves a task in its group-stop.
    fn listen(&mut self, id: ProcessId, task: Stopped, signal: i32) {
        let tid = task.tid();
        let listened = task.listen();
        self.report(tid, listened);
        if let Some(process) = self.processes.get_mut(&id)
            && !std::mem::replace(&mut process.is_stopped, true)
        {
            // Each thread of the process reports the stop.
            self.recorder.stopped(&process.record, signal);
        }
    }

    /// Resumes a task, with `signal` delivered if it is not 0.
    fn resume(&mut self, id: ProcessId, task: Stopped, signal: i32) {
        let tid = task.tid();
        let resumption = self.context(id, &task).map(|mut context| context.prepare_to_resume(signal));
        let removed = self.remove_kept_hosts(id, &task);
        self.report(tid, removed);
        let resumed = match resumption {
            Some(resumption) => resumption.apply(task),
            None => task.resume(signal),
        };
        self.report(tid, resumed);
    }

    fn report(&mut self, tid: Tid, result: Result<()>) {
        report(&mut self.recorder, &self.log, &self.tree, tid, result);
    }
}

/// Reports the failure of a call on a task. Its death is no failure: that is waited for like any other.
fn report<R: Recorder>(
    recorder: &mut R,
    log: &EventLog,
    tree: &Tree<(Stopped, Stop)>,
    tid: Tid,
    result: Result<()>,
) {
    let Err(error) = result else { return };
    log.write(Some(tid), tree.pid_of(tid), || match &error {
        Error::Gone => Entry::Gone,
        failed @ Error::Failed { .. } => Entry::Failure { error: failed.to_string() },
    });
    if let Error::Failed { .. } = error {
        recorder.trouble(&error);
    }
}
