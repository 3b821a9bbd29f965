//! Attaching to a process that is running already, and to its descendants.
//!
//! Threads and children begin meanwhile. The kernel reports those of a task that is seized. Those of a task
//! that is not, or that is seized in the middle of a fork, are found by looking again, until all known tasks
//! are at rest and nothing new is found. Only then are the breakpoints inserted: a task that is not traced
//! would be killed by one.

pub(super) mod family;
pub(super) mod refusal;
mod wait_queue;

use crate::ptrace::{self, Error, Event, Result, Status, Stop, Tid, Wait, WakeChild};
use crate::tracer::log::entry::{Entry, ProcessNumber};
use crate::tracer::parents::birth::Birth;
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::FormerImage;
use crate::tracer::recorder::Recorder;
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::spaces::space::MappedObjects;
use crate::tracer::spaces::{OtherTasks, SpaceId};
use crate::tracer::{EventLog, Tracer};
use hashbrown::HashSet;
use std::thread;
use wait_queue::{BETWEEN_LOOKS, WaitQueue};

/// What has been seized, and what could not be.
#[derive(Debug, Default)]
struct SeizedFamily {
    /// Each process, with the first of its tasks that was seized.
    processes: Vec<(ProcessId, Tid)>,
    /// Processes that the kernel does not let forkcov trace, or not all of their tasks.
    refused: HashSet<Tid>,
    /// Processes that have another leader now, by an exec. Its event is still to come, or came before the
    /// thread was seized.
    replaced: HashSet<Tid>,
}

impl<R: Recorder> Tracer<R> {
    /// Attaches to `pid` and its descendants, which are running. When `wake_child` ends they are released.
    ///
    /// # Errors
    /// When the kernel does not let forkcov trace `pid`. For a descendant, that is reported to the recorder
    /// instead.
    pub fn attach(pid: Tid, wake_child: &WakeChild, recorder: R, log: EventLog) -> Result<Self> {
        let mut tracer = Self::new(pid, recorder, log);
        // Objects are read before any task is stopped, since that takes long.
        for (pid, _) in family::descendants(pid) {
            tracer.recorder.mapped(pid, &[]);
        }
        tracer.wake_child = Some(wake_child.tid());
        tracer.has_other_children = true;
        let waits = WaitQueue::default();
        let family = waits.while_gathering(|| tracer.seize_all(pid, &waits))?;
        tracer.defer_events(&waits);
        if tracer.tree.is_empty() {
            return Err(ptrace::no_such_process());
        }
        for &(process, tid) in &family.processes {
            if !family.is_refused(tracer.tree.pid_of(tid), tid) {
                let inserted = tracer.insert_in_stopped(process);
                tracer.report(tid, inserted);
            }
        }
        Ok(tracer)
    }

    /// How many processes are traced now.
    pub fn living(&self) -> usize {
        self.processes.len()
    }

    /// Seizes a family, until all of its tasks are at rest and a look at it has found no change. One look is
    /// not enough: while a thread ends, those after it are missing in the list of all (`next_tid` in
    /// fs/proc/base.c). The events of seized tasks are in `waits`.
    fn seize_all(&mut self, root: Tid, waits: &WaitQueue) -> Result<SeizedFamily> {
        let mut family = SeizedFamily::default();
        loop {
            self.forget_stale_stops();
            let are_at_rest = self.tasks.interrupted().all(|tid| self.is_at_rest(tid));
            let has_changed = self.seize_family(root, &mut family, waits)? | self.defer_events(waits);
            self.review_replaced(&mut family);
            if are_at_rest && !has_changed {
                return Ok(family);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Seizes every task that is not seized yet. True if there was one, even if it has ended meanwhile.
    fn seize_family(&mut self, root: Tid, family: &mut SeizedFamily, waits: &WaitQueue) -> Result<bool> {
        let mut found = false;
        for (pid, parent) in family::descendants(root) {
            for tid in ptrace::threads(pid) {
                let is_known = self.tree.process_of(tid).is_some();
                let is_replaced = is_known && tid == pid && family::is_another(tid);
                if (is_known && !is_replaced) || family.refused.contains(&pid) {
                    continue;
                }
                if is_replaced {
                    self.forget_former_leader(pid, waits);
                    self.replace_lost_image(pid);
                }
                match seize(tid) {
                    Ok(SeizeOutcome::Interrupted) => {
                        found = true;
                        self.seized(tid, pid, parent, family);
                    }
                    Ok(SeizeOutcome::Gone) => {
                        found = true;
                        if self.has_called_exec(tid, waits) {
                            self.leader_replaced(pid, parent, family, waits);
                        }
                    }
                    Ok(SeizeOutcome::NotSeized) => found |= self.was_transient(tid, pid),
                    Err(Error::Failed { errno, .. }) if pid != root => {
                        family.refused.insert(pid);
                        self.recorder.refused(pid, &ptrace::why_denied(tid, errno));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(found)
    }

    /// Has a task that could not be seized existed only for a moment? Then its ID is another task's now, or
    /// it is the leader of threads none of which was in the list.
    fn was_transient(&self, tid: Tid, pid: Tid) -> bool {
        family::is_gone(tid) || (self.tree.process_of_pid(pid).is_none() && family::has_other_threads(pid))
    }

    /// Takes a seized task into the tree.
    fn seized(&mut self, tid: Tid, pid: Tid, parent: Tid, family: &mut SeizedFamily) {
        self.tasks.entry(tid).interrupted = true;
        if self.tree.process_of(tid).is_some() {
            return;
        }
        let parent = self.tree.process_of_pid(parent);
        let (process, is_new) = self.tree.attach(tid, pid);
        self.log.write(Some(tid), Some(pid), || Entry::Attach {
            process: process.into(),
            parent: parent.map(ProcessNumber::from),
        });
        if is_new {
            let space = match self.space_of_relative(tid, family) {
                Some(space) => self.spaces.share(space),
                None => self.spaces.create(),
            };
            self.begin(process, pid, parent, Birth::Attach, space, Dispositions::default());
            family.processes.push((process, tid));
        }
    }

    /// Defers the events that have come until the breakpoints are inserted. True if there are new ones.
    fn defer_events(&mut self, waits: &WaitQueue) -> bool {
        let waits = waits.take();
        let is_any = !waits.is_empty();
        for wait in waits {
            if is_exec(&wait) {
                // The thread that called exec has this ID now. The thread that had it before is gone, and is
                // not resumed.
                self.deferred_events.retain(|earlier| earlier.tid() != wait.tid());
            }
            self.deferred_events.push_back(wait);
        }
        is_any
    }

    /// A task that has stopped stays so until all are at rest. If it is not stopped any more, another thread
    /// has its ID now, by an exec that will be reported.
    fn forget_stale_stops(&mut self) {
        let is_stale = |wait: &Wait| matches!(wait, Wait::Stopped(..)) && !family::is_held(wait.tid());
        self.deferred_events.retain(|wait| !is_stale(wait));
    }

    /// Has a task that was seized and is gone the ID of its process now? Otherwise its end is reported.
    fn has_called_exec(&mut self, tid: Tid, waits: &WaitQueue) -> bool {
        let is_gone = family::is_gone(tid);
        self.defer_events(waits);
        is_gone && !self.deferred_events.iter().any(|wait| wait.tid() == tid)
    }

    /// Interrupts a thread that was seized, and has the ID of its process since it called exec.
    fn leader_replaced(&mut self, pid: Tid, parent: Tid, family: &mut SeizedFamily, waits: &WaitQueue) {
        self.forget_former_leader(pid, waits);
        if ptrace::interrupt(pid).is_err() {
            // It has ended, which the kernel reports.
            return;
        }
        if self.tree.process_of(pid).is_some() {
            family.replaced.insert(pid);
        }
        self.seized(pid, pid, parent, family);
    }

    /// The exec of a thread that was seized later is not reported to forkcov. It shows in that the new leader
    /// stops for something else.
    fn review_replaced(&mut self, family: &mut SeizedFamily) {
        let mut lost = Vec::new();
        for wait in &self.deferred_events {
            if family.replaced.remove(&wait.tid()) && !is_exec(wait) {
                lost.push(wait.tid());
            }
        }
        lost.into_iter().for_each(|pid| self.replace_lost_image(pid));
    }

    /// A thread that called exec has the ID `pid` now. Events of the thread that had it before are dropped:
    /// they are no stops of the new one, which would be resumed by mistake.
    ///
    /// The new one can have stopped already: for its exec, or, if that was before it was seized, for what it
    /// did next. That stop is the last one in the queue then, and will not be reported again.
    fn forget_former_leader(&mut self, pid: Tid, waits: &WaitQueue) {
        self.defer_events(waits);
        let mut own = None;
        if family::is_held(pid) {
            self.defer_events(waits);
            own = self
                .deferred_events
                .iter()
                .rposition(|wait| wait.tid() == pid && matches!(wait, Wait::Stopped(..)));
        }
        let mut index = 0;
        self.deferred_events.retain(|earlier| {
            let is_own = own == Some(index);
            index += 1;
            earlier.tid() != pid || is_own
        });
    }

    /// An exec by a thread that was not traced has killed those that were, maybe inside a fork, which they
    /// can report no more.
    fn replace_lost_image(&mut self, pid: Tid) {
        let id = self.tree.process_of_pid(pid);
        if let Some(process) = id.and_then(|id| self.processes.get_mut(&id)) {
            let lost = std::mem::replace(&mut process.space, self.spaces.create());
            let former = FormerImage { space: lost, next: process_info::image(pid) };
            let before = process.former.replace(former);
            before.into_iter().for_each(|before| self.spaces.release(before.space));
        }
    }

    /// Has a task that was interrupted stopped executing the program's code? It has stopped or ended; or it
    /// waits for a child of vfork, and cannot stop before that has called exec.
    fn is_at_rest(&self, tid: Tid) -> bool {
        if self.deferred_events.iter().any(|wait| wait.tid() == tid) {
            return true;
        }
        let status = Status::of(tid);
        let waits = status.field("State").is_some_and(|state| state.starts_with('D'));
        let process = self.tree.process_of(tid).and_then(|id| self.processes.get(&id));
        family::is_no_more(&status)
            || (waits && process.is_some_and(|process| self.spaces.is_shared(process.space)))
    }

    /// Inserts the breakpoints of a process all of whose tasks are at rest.
    fn insert_in_stopped(&mut self, id: ProcessId) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        if self.deferred_events.iter().any(|wait| wait.tid() == process.pid && is_exec(wait)) {
            // Its new image gets its breakpoints when that event is handled.
            return Ok(());
        }
        // Nothing can be read of a thread that has ended, and the first one may have.
        let task = self.deferred_events.iter().find_map(|wait| match wait {
            Wait::Stopped(task, _) if self.tree.process_of(task.tid()) == Some(id) => Some(task),
            _ => None,
        });
        let (space, tid) = (process.space, task.map_or(process.pid, |task| task.tid()));
        process.signals = Dispositions::default().at_exec(&Status::of(tid));
        let (mapped, linker) = self.recorder.image(&mut process.record, tid);
        if !self.spaces.get(space).is_empty() {
            // A relative that shares the memory has got them already.
            return Ok(());
        }
        let Some(mut opened) = self.spaces.open_to_insert(space, tid, OtherTasks::Stopped)? else {
            return Ok(());
        };
        opened.load(MappedObjects::default(), linker, &[])?;
        let inserted = opened.reconcile(mapped, &[]);
        // The dynamic linker may be inside dlclose(3): then the space is stale.
        let inserted = inserted.and_then(|()| opened.is_linker_done().map(drop));
        self.log_first_mappings(space, tid);
        inserted
    }

    /// The address space that `tid` shares with a process that is seized already.
    fn space_of_relative(&self, tid: Tid, family: &SeizedFamily) -> Option<SpaceId> {
        let mut others = family.processes.iter();
        let (relative, _) = others.find(|(_, other)| ptrace::share_memory(*other, tid))?;
        self.processes.get(relative).map(|process| process.space)
    }
}

/// What has become of a task that was to be seized.
enum SeizeOutcome {
    /// It is seized, and asked to stop.
    Interrupted,
    /// It was seized, and then ended, or called exec and has the ID of its process.
    Gone,
    /// It had ended, or is traced by forkcov already.
    NotSeized,
}

/// Seizes a task, and asks it to stop.
fn seize(tid: Tid) -> Result<SeizeOutcome> {
    // A task that has ended is refused with EPERM, as for any other reason. A process that calls exec again
    // and again, each time in another thread, can have its leader replaced in many tries, since each waits
    // for the end of an exec.
    const TRIES: u32 = 1000;
    let mut refused = Error::Gone;
    for _ in 0..TRIES {
        match ptrace::seize(tid) {
            Ok(()) if ptrace::interrupt(tid).is_ok() => return Ok(SeizeOutcome::Interrupted),
            Ok(()) => return Ok(SeizeOutcome::Gone),
            Err(_) if family::is_ended_or_ours(tid) => return Ok(SeizeOutcome::NotSeized),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn is_exec(wait: &Wait) -> bool {
    matches!(wait, Wait::Stopped(_, Stop::Event(Event::Exec)))
}

impl SeizedFamily {
    /// Would a task that is not traced run into the breakpoints of `tid`, a task of `pid`?
    fn is_refused(&self, pid: Option<Tid>, tid: Tid) -> bool {
        self.refused.iter().any(|&other| Some(other) == pid || ptrace::share_memory(other, tid))
    }
}
