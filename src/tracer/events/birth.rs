//! Births: what a new process has of its maker's, in whatever order the kernel tells of them.

use crate::ptrace::{CloneFlags, Error, Result, Status, Stop, Stopped, Tid};
use crate::tracer::Tracer;
use crate::tracer::log::entry::{Entry, ProcessNumber};
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::{BornTask, End, ProcessId};
use crate::tracer::process::Birth;
use crate::tracer::process::{Process, Recorder};
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::spaces::SpaceId;

/// A task that has just been made.
#[derive(Debug)]
pub(in crate::tracer) struct NewTask {
    parent: ProcessId,
    pid: Tid,
    birth: Birth,
    /// Its address space, if it is a process.
    space: Option<SpaceId>,
    signals: Dispositions,
    born: BornTask<(Stopped, Stop)>,
}

impl<R: Recorder> Tracer<R> {
    /// If the image that made a parked process has been given up for another since, by an exec that did away with the
    /// thread that would have told of it: the process that ran it, and its address space at that time.
    pub(in crate::tracer) fn parent_by_former_image(&self, tid: Tid) -> Option<(ProcessId, SpaceId)> {
        let parent = self.tree.parent_of_parked(tid)?;
        let process = self.processes.get(&self.tree.process_of_pid(parent)?)?;
        let former = process.former.as_ref()?;
        (process_info::image(tid)? != former.next?).then_some((process.id, former.space))
    }

    /// The first stop of a task: a process must have its breakpoints before it runs on.
    pub(in crate::tracer) fn first_stop(&mut self, id: ProcessId, task: Stopped, stop: Stop) {
        if let Some(process) = self.processes.get_mut(&id)
            && process.pid == task.tid()
        {
            let (space, pid) = (process.space, process.pid);
            if self.releasing {
                let restored = self.spaces.restore(space, pid, true);
                self.report(pid, restored);
            }
            let opened = self.spaces.open_at_first_stop(space, &task);
            self.report(task.tid(), opened);
            let inserted = if self.spaces.is_stale(space) { self.reconcile(id, &task) } else { Ok(()) };
            let inserted = inserted.and_then(|()| self.begin_counting(id, &task));
            let inserted = inserted.and_then(|()| self.spaces.reinsert(space, pid));
            let inserted = inserted.and_then(|()| self.set_probe_process(id, &task));
            self.report(pid, inserted);
        }
        self.handle_stop(id, task, stop);
    }

    /// A task has made another. What the child shares or copies is settled while its parent is stopped; the
    /// rest can be done while that runs on.
    pub(in crate::tracer) fn fork(
        &mut self,
        parent: ProcessId,
        task: &Stopped,
        birth: Birth,
    ) -> Result<Option<NewTask>> {
        let child = task.event_message()?;
        let Some(space) = self.processes.get(&parent).map(|process| process.space) else { return Ok(None) };
        let flags =
            task.clone_flags(|address, bytes| self.spaces.memory(space, task.tid())?.read(address, bytes));
        let flags = match flags {
            // Memory that cannot be read has no breakpoints, so who shares it does not matter.
            Err(Error::Failed { .. }) => {
                CloneFlags { thread: process_info::is_thread(child), ..CloneFlags::default() }
            }
            flags => flags?,
        };
        if self.tree.has_exited_unannounced(child) && !process_info::is_dead(child) {
            self.tree.forget_exited_unannounced(child);
        }
        let ended = self.end_detours(parent, task.tid(), flags);
        self.report(task.tid(), ended);
        if flags.thread {
            let announced = self.announce_thread(space, task.tid());
            self.report(task.tid(), announced);
        }
        let born = self.tree.born(task.tid(), child, flags.thread);
        self.log_birth(task.tid(), child, birth, flags, born.as_ref().map(|born| born.process));
        let Some(born) = born else { return Ok(None) };
        if born.end.is_none() {
            self.blocking.inherit(task.tid(), child, born.process);
        }
        let signals =
            self.processes.get(&parent).map(|parent| parent.signals.of_child(flags)).unwrap_or_default();
        let space = match (flags.thread, flags.shares_memory) {
            (true, _) => None,
            (false, true) => Some(self.spaces.share(space)),
            (false, false) => Some(self.space_for_child(space, task.tid())),
        };
        let spared = self.drop_hooks_if_threaded(parent, task.tid());
        self.report(task.tid(), spared);
        Ok(Some(NewTask { parent, pid: child, birth, space, signals, born }))
    }

    pub(in crate::tracer) fn admit(&mut self, newborn: NewTask) {
        let NewTask { parent, pid, birth, space, signals, born } = newborn;
        if let Some(space) = space {
            self.begin(born.process, pid, Some(parent), birth, space, signals);
            if let Some(end) = born.end {
                self.finish(born.process, end);
            }
        }
        if let Some((task, stop)) = born.parked {
            self.first_stop(born.process, task, stop);
        }
    }

    /// A parked process whose parent will tell nothing any more.
    pub(in crate::tracer) fn adopt(&mut self, tid: Tid, parent: Option<(ProcessId, SpaceId)>) {
        let (parent, space) = match parent {
            Some((id, space)) => (Some(id), self.spaces.copy_of_likely_parent(space)),
            None => (None, self.spaces.create()),
        };
        if let Some((id, (task, stop))) = self.tree.adopt(tid) {
            self.log.write(Some(tid), Some(tid), || Entry::Adopt {
                process: id.into(),
                parent: parent.map(ProcessNumber::from),
            });
            // Of its parent's it has what it may have: the kernel tells of the rest.
            let status = Status::of(tid);
            self.blocking.set(tid, id, status.set("SigBlk"));
            let signals = parent.and_then(|parent| self.processes.get(&parent)).or(self.last_exited.as_ref());
            let signals = signals.map(|parent| parent.signals.of_child(CloneFlags::default()));
            self.begin(id, tid, parent, Birth::Fork, space, signals.unwrap_or_default());
            self.first_stop(id, task, stop);
        }
    }

    /// The process of `pid` has ended, or execs: it tells no more of what it has made until now.
    pub(in crate::tracer) fn adopt_orphans(&mut self, pid: Tid, parent: ProcessId) {
        let parent = self.processes.get(&parent).map(|process| (process.id, process.space));
        for orphan in self.tree.orphans_of(pid) {
            self.adopt(orphan, parent);
        }
    }

    pub(in crate::tracer) fn begin(
        &mut self,
        id: ProcessId,
        pid: Tid,
        parent: Option<ProcessId>,
        birth: Birth,
        space: SpaceId,
        signals: Dispositions,
    ) {
        let parent = parent.and_then(|parent| {
            self.processes.get(&parent).or(self.last_exited.as_ref().filter(|process| process.id == parent))
        });
        let mut record =
            self.recorder.begin(id, pid, birth, parent.map(|parent| (parent.id, &parent.record)));
        if let Some(parent) = parent.filter(|_| self.spaces.has_detours(space)) {
            self.recorder.count_like(&mut record, &parent.record);
        }
        let has_hardware_breakpoints = parent.is_some_and(|parent| parent.has_hardware_breakpoints);
        let process = Process {
            id,
            pid,
            space,
            former: None,
            record,
            signals,
            is_stopped: false,
            has_hardware_breakpoints,
        };
        self.processes.insert(id, process);
    }

    /// If a process that ends has left a child untold, and that cannot be one of its last image, it is one of the image
    /// before: so is its memory.
    pub(in crate::tracer) fn return_to_former_image(&mut self, id: ProcessId, end: End) {
        if let Some(process) = self.processes.get_mut(&id)
            && !self.tree.may_die_in_fork(id, end)
            && let Some(former) = process.former.take()
        {
            self.spaces.release(std::mem::replace(&mut process.space, former.space));
        }
    }
}
