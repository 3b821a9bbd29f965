//! Taking charge of a process that runs already, and of its descendants.
//!
//! Threads and children are born meanwhile. Those of a task that is seized already are told of by the kernel; those of
//! one that is not, or is seized in the middle of a fork, are found by looking again, until all that are known are at
//! rest and nothing new is found. Only then come the breakpoints: a task that is not traced would die of one.

pub(super) mod family;
pub(super) mod wait_queue;

use crate::ptrace::{self, Error, Event, Result, Status, Stop, Tid, Wait, WakeChild};
use crate::tracer::attach::wait_queue::{BETWEEN_LOOKS, WaitQueue};
use crate::tracer::log::entry::{Entry, ProcessNumber};
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::{Birth, FormerImage, Recorder};
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::spaces::SpaceId;
use crate::tracer::spaces::space::MappedObjects;
use crate::tracer::{EventLog, Tracer};
use hashbrown::HashSet;
use std::thread;

/// What has been seized, and what could not be.
#[derive(Debug, Default)]
struct SeizedFamily {
    /// Each process, with the first of its tasks that was seized.
    processes: Vec<(ProcessId, Tid)>,
    /// Processes that the kernel does not let forkcov trace, or not all of their tasks.
    refused: HashSet<Tid>,
    /// Processes that a thread has become the first of, by an exec of which it may tell, or may have told already before
    /// it was seized.
    renewed: HashSet<Tid>,
}

impl<R: Recorder> Tracer<R> {
    /// Takes charge of `pid` and its descendants, which run. When `wake_child` ends they are released.
    ///
    /// # Errors
    /// When the kernel does not let forkcov trace `pid`. Of a descendant for which that is true, the recorder is told.
    pub fn attach(pid: Tid, wake_child: &WakeChild, recorder: R, log: EventLog) -> Result<Self> {
        let mut tracer = Self::new(pid, recorder, log);
        // To read objects takes its time, for which nobody shall have to stand still.
        for (pid, _) in family::of(pid) {
            tracer.recorder.mapped(pid, &[]);
        }
        tracer.wake_child = Some(wake_child.tid());
        tracer.has_others = true;
        let waits = WaitQueue::default();
        let family = waits.while_gathering(|| tracer.seize_all(pid, &waits))?;
        tracer.keep_all(&waits);
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

    /// Seizes a family, until all of it are at rest, and a look at it has seen no change: while a thread ends, those
    /// after it are pending from the list of all (`next_tid` in fs/proc/base.c). What happens to those that are seized
    /// comes by `waits`.
    fn seize_all(&mut self, root: Tid, waits: &WaitQueue) -> Result<SeizedFamily> {
        let mut family = SeizedFamily::default();
        loop {
            self.forget_replaced();
            let are_at_rest = self.interrupted.iter().all(|tid| self.is_at_rest(*tid));
            let has_changed = self.seize_family(root, &mut family, waits)? | self.keep_all(waits);
            self.see_renewed(&mut family);
            if are_at_rest && !has_changed {
                return Ok(family);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Seizes every task that is not seized yet. True if there was one, though it may have gone meanwhile.
    fn seize_family(&mut self, root: Tid, family: &mut SeizedFamily, waits: &WaitQueue) -> Result<bool> {
        let mut found = false;
        for (pid, parent) in family::of(root) {
            for tid in ptrace::threads(pid) {
                let is_known = self.tree.process_of(tid).is_some();
                let is_replaced = is_known && tid == pid && family::is_another(tid);
                if (is_known && !is_replaced) || family.refused.contains(&pid) {
                    continue;
                }
                if is_replaced {
                    self.forget_former_leader(pid, waits);
                    self.has_lost_image(pid);
                }
                match seize(tid) {
                    Ok(SeizeOutcome::Stops) => {
                        found = true;
                        self.seized(tid, pid, parent, family);
                    }
                    Ok(SeizeOutcome::Left) => {
                        found = true;
                        if self.has_called_exec(tid, waits) {
                            self.renewed(pid, parent, family, waits);
                        }
                    }
                    Ok(SeizeOutcome::Not) => found |= self.has_passed(tid, pid),
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

    /// Has a task that could not be seized been there only for a moment? Its ID is another's then, or it is the leader of
    /// threads none of which was in the list.
    fn has_passed(&self, tid: Tid, pid: Tid) -> bool {
        family::is_gone(tid) || (self.tree.process_of_pid(pid).is_none() && family::has_other_threads(pid))
    }

    /// Takes a task into the tree.
    fn seized(&mut self, tid: Tid, pid: Tid, parent: Tid, family: &mut SeizedFamily) {
        self.interrupted.insert(tid);
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

    /// Keeps what has happened until the breakpoints are inserted. True if anything has.
    fn keep_all(&mut self, waits: &WaitQueue) -> bool {
        let waits = waits.take();
        let is_any = !waits.is_empty();
        for wait in waits {
            if is_exec(&wait) {
                // The thread that called exec has this ID now; who had it before is no more, and goes on nowhere.
                self.early.retain(|earlier| earlier.tid() != wait.tid());
            }
            self.early.push_back(wait);
        }
        is_any
    }

    /// Whoever has stopped stays so until all are at rest. A task that does not has its ID from another one, by an exec of
    /// which it will tell.
    fn forget_replaced(&mut self) {
        let is_replaced = |wait: &Wait| matches!(wait, Wait::Stopped(..)) && !family::is_held(wait.tid());
        self.early.retain(|wait| !is_replaced(wait));
    }

    /// Has a task that was seized, and is not there any more, the ID of its process? Otherwise its end is told.
    fn has_called_exec(&mut self, tid: Tid, waits: &WaitQueue) -> bool {
        let is_gone = family::is_gone(tid);
        self.keep_all(waits);
        is_gone && !self.early.iter().any(|wait| wait.tid() == tid)
    }

    /// Stops a thread that was seized, and has the ID of its process since it called exec.
    fn renewed(&mut self, pid: Tid, parent: Tid, family: &mut SeizedFamily, waits: &WaitQueue) {
        self.forget_former_leader(pid, waits);
        if ptrace::interrupt(pid).is_err() {
            // It has ended, of which the kernel tells.
            return;
        }
        if self.tree.process_of(pid).is_some() {
            family.renewed.insert(pid);
        }
        self.seized(pid, pid, parent, family);
    }

    /// Of an exec that was told before its caller was seized nothing is known but that it was: its caller stops for
    /// something else.
    fn see_renewed(&mut self, family: &mut SeizedFamily) {
        let mut lost = Vec::new();
        for wait in &self.early {
            if family.renewed.remove(&wait.tid()) && !is_exec(wait) {
                lost.push(wait.tid());
            }
        }
        lost.into_iter().for_each(|pid| self.has_lost_image(pid));
    }

    /// A thread that called exec has the ID of `pid` now. Whatever has been told of who had it before is no stop of this
    /// one, which would be resumed by it before it is told what it has stopped for.
    ///
    /// It can have stopped itself by now: for its exec, or, if that was told before it was seized, for what it did next. That
    /// stop has been told last then, and will not be told again.
    fn forget_former_leader(&mut self, pid: Tid, waits: &WaitQueue) {
        self.keep_all(waits);
        let mut own = None;
        if family::is_held(pid) {
            self.keep_all(waits);
            own = self.early.iter().rposition(|wait| wait.tid() == pid && matches!(wait, Wait::Stopped(..)));
        }
        let mut index = 0;
        self.early.retain(|earlier| {
            let is_own = own == Some(index);
            index += 1;
            earlier.tid() != pid || is_own
        });
    }

    /// An exec by a thread that nobody traced did away with those that were, maybe within a fork, of which they can tell
    /// no more.
    fn has_lost_image(&mut self, pid: Tid) {
        let id = self.tree.process_of_pid(pid);
        if let Some(process) = id.and_then(|id| self.processes.get_mut(&id)) {
            let lost = std::mem::replace(&mut process.space, self.spaces.create());
            let before = process.former.replace(FormerImage { space: lost, next: process_info::image(pid) });
            before.into_iter().for_each(|before| self.spaces.release(before.space));
        }
    }

    /// Does a task that was asked to stop run no code of the program any more? It has stopped or ended; or it waits for
    /// a child of vfork, and cannot stop before that has called exec.
    fn is_at_rest(&self, tid: Tid) -> bool {
        if self.early.iter().any(|wait| wait.tid() == tid) {
            return true;
        }
        let status = Status::of(tid);
        let waits = status.field("State").is_some_and(|state| state.starts_with('D'));
        let process = self.tree.process_of(tid).and_then(|id| self.processes.get(&id));
        family::is_no_more(&status)
            || (waits && process.is_some_and(|process| self.spaces.is_shared(process.space)))
    }

    /// Plants in a process all of whose tasks are at rest.
    fn insert_in_stopped(&mut self, id: ProcessId) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        if self.early.iter().any(|wait| wait.tid() == process.pid && is_exec(wait)) {
            // Its new image gets its breakpoints when that is handled.
            return Ok(());
        }
        // Of a thread that has ended nothing can be learnt, and the first one may have.
        let of_it =
            |wait: &Wait| matches!(wait, Wait::Stopped(..)) && self.tree.process_of(wait.tid()) == Some(id);
        let tid = self.early.iter().find(|wait| of_it(wait)).map_or(process.pid, Wait::tid);
        let space = process.space;
        process.signals = Dispositions::default().at_exec(&Status::of(tid));
        let (mapped, loader) = self.recorder.image(&mut process.record, tid);
        if !self.spaces.is_empty(space) {
            // A relative has been here.
            return Ok(());
        }
        self.spaces.load(space, tid, MappedObjects::default(), loader)?;
        self.log_mapping_changes(space, tid, |spaces| spaces.reconcile(space, tid, mapped))?;
        // It may be inside dlclose(3).
        self.spaces.has_changed(space, tid).map(drop)
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
    /// It is asked to stop.
    Stops,
    /// It was seized, and then ended, or called exec and has the ID of its process.
    Left,
    /// It had ended, or is traced by forkcov already.
    Not,
}

/// Seizes a task, and asks it to stop.
fn seize(tid: Tid) -> Result<SeizeOutcome> {
    // To be refused for having ended is EPERM like any other refusal. A process that calls exec again and again, each
    // time in another thread, can have its leader replaced in many tries, since each waits for the end of an exec.
    const TRIES: u32 = 1000;
    let mut refused = Error::Gone;
    for _ in 0..TRIES {
        match ptrace::seize(tid) {
            Ok(()) if ptrace::interrupt(tid).is_ok() => return Ok(SeizeOutcome::Stops),
            Ok(()) => return Ok(SeizeOutcome::Left),
            Err(_) if family::is_ended_or_ours(tid) => return Ok(SeizeOutcome::Not),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn is_exec(wait: &Wait) -> bool {
    matches!(wait, Wait::Stopped(_, Stop::Event(Event::Exec)))
}

impl SeizedFamily {
    /// Would somebody who is not traced run into the breakpoints of `tid`, a task of `pid`?
    fn is_refused(&self, pid: Option<Tid>, tid: Tid) -> bool {
        self.refused.iter().any(|&other| Some(other) == pid || ptrace::share_memory(other, tid))
    }
}
