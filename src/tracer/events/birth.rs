//! Births: what a new process inherits from its parent, in whatever order the kernel reports them.

use super::unresolved_parents::Parent;
use crate::ptrace::{CloneFlags, Error, Result, Status, Stop, Stopped, Tid};
use crate::tracer::Tracer;
use crate::tracer::log::entry::{Entry, ProcessNumber};
use crate::tracer::parents::birth::Birth;
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::{BornTask, End, ProcessId};
use crate::tracer::process::Process;
use crate::tracer::recorder::Recorder;
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::spaces::SpaceId;
use crate::tracer::stop::StopContext;

/// A task that has just been made.
#[derive(Debug)]
pub struct NewTask {
    parent: ProcessId,
    pid: Tid,
    birth: Birth,
    /// Its address space, if it is a process.
    space: Option<SpaceId>,
    signals: Dispositions,
    born: BornTask<(Stopped, Stop)>,
}

impl<R: Recorder> Tracer<R> {
    /// The first stop of a task. If it is that of a process, its breakpoints are inserted before it
    /// continues.
    pub(in crate::tracer) fn first_stop(&mut self, id: ProcessId, task: Stopped, stop: Stop) {
        if let Some(mut context) = self.context(id, &task)
            && context.process.pid == task.tid()
        {
            context.prepare_process();
            let followup = context.followup;
            self.follow_up(id, &task, followup);
        }
        self.handle_stop(id, task, stop);
    }

    /// A task has made another. What the child shares or copies is determined while its parent is stopped;
    /// the rest can be done while the parent continues.
    pub(in crate::tracer) fn birth(
        &mut self,
        parent: ProcessId,
        task: &Stopped,
        birth: Birth,
    ) -> Result<Option<NewTask>> {
        let child = task.event_message()?;
        let Some(mut context) = self.context(parent, task) else { return Ok(None) };
        let flags = context.clone_flags(child)?;
        context.state.waits_for_vfork = birth == Birth::Vfork;
        if self.tree.has_exited_unannounced(child) && !process_info::is_dead(child) {
            self.tree.forget_exited_unannounced(child);
        }
        if let Some(mut context) = self.context(parent, task) {
            context.prepare_birth(flags);
        }
        let born = self.tree.born(task.tid(), child, flags.thread);
        self.log_birth(task.tid(), child, birth, flags, born.as_ref().map(|born| born.process));
        let Some(born) = born else { return Ok(None) };
        if born.end.is_none() {
            let parent = self.tasks.entry(task.tid());
            let (blocks, is_silent) = (parent.blocks_sigtrap(), parent.ends_silently);
            let child = self.tasks.entry(child);
            child.set_mask(born.process, if blocks { u64::MAX } else { 0 });
            child.ends_silently = is_silent;
        }
        let Some(process) = self.processes.get(&parent) else { return Ok(None) };
        let signals = process.signals.of_child(flags);
        let space = match (flags.thread, flags.shares_memory) {
            (true, _) => None,
            (false, true) => Some(self.spaces.share(process.space)),
            (false, false) => Some(self.copy_for_child(process.space, task.tid())),
        };
        if let Some(mut context) = self.context(parent, task) {
            let dropped = context.drop_hooks_if_threaded();
            context.report(dropped);
            let followup = context.followup;
            self.follow_up(parent, task, followup);
        }
        Ok(Some(NewTask { parent, pid: child, birth, space, signals, born }))
    }

    /// The copy of `space` that a forked child has. Its memory was copied when `parent` called fork, not when
    /// the kernel reports that: what was inserted in between, for another task in the same memory, is missing
    /// in it.
    fn copy_for_child(&mut self, space: SpaceId, parent: Tid) -> SpaceId {
        let at_last_stop = self.tasks.get(parent).map_or(0, |task| task.generation);
        if at_last_stop == self.spaces.generation(space) {
            self.spaces.copy(space)
        } else {
            self.spaces.copy_unverified(space)
        }
    }

    /// The process that `task` has made by vfork(2) has left the memory of `parent`. What was inserted there
    /// for it alone is removed, while no task runs between: its exec, which comes later, is too late for
    /// that.
    pub(in crate::tracer) fn vfork_done(&mut self, parent: ProcessId, task: &Stopped) -> Result<()> {
        let child = self.tree.process_of(task.event_message()?);
        let Some(space) = self.processes.get(&parent).map(|parent| parent.space) else { return Ok(()) };
        if let Some(child) = child.and_then(|child| self.processes.get_mut(&child))
            && child.id != parent
            && child.space == space
        {
            self.recorder.leave_memory(&mut child.record);
            child.space = self.spaces.create();
            self.spaces.release(space);
        }
        self.context(parent, task).map_or(Ok(()), |mut context| context.settle_after_vfork())
    }

    /// Admits a new task. If its first stop has been reported already, handles that.
    pub(in crate::tracer) fn admit(&mut self, task: NewTask) {
        let NewTask { parent, pid, birth, space, signals, born } = task;
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

    /// Admits a parked process that its parent will not report any more.
    pub(in crate::tracer) fn adopt(&mut self, tid: Tid, parent: Option<Parent>) {
        let (parent, space) = match parent {
            Some((id, space)) => (Some(id), self.spaces.copy_of_likely_parent(space)),
            None => (None, self.spaces.create()),
        };
        let Some((id, (task, stop))) = self.tree.adopt(tid) else { return self.spaces.release(space) };
        self.log.write(Some(tid), Some(tid), || Entry::Adopt {
            process: id.into(),
            parent: parent.map(ProcessNumber::from),
        });
        // What it has inherited is not known for certain.
        let settled = task.report_end(true);
        self.report(tid, settled);
        // It has the dispositions of its parent, as far as they are known; its mask is in /proc.
        self.tasks.entry(tid).set_mask(id, Status::of(tid).set("SigBlk"));
        let signals = parent.and_then(|parent| self.processes.get(&parent)).or(self.last_exited.as_ref());
        let signals = signals.map(|parent| parent.signals.of_child(CloneFlags::default()));
        self.begin(id, tid, parent, Birth::Fork, space, signals.unwrap_or_default());
        if let Some(process) = self.processes.get_mut(&id) {
            self.recorder.distrust(&mut process.record);
        }
        self.first_stop(id, task, stop);
    }

    /// The process of `pid` has ended, or runs a new program: it will not report any more what it has made
    /// until now.
    pub(in crate::tracer) fn adopt_orphans(&mut self, pid: Tid, parent: ProcessId) {
        let parent = self.processes.get(&parent).map(|process| (process.id, process.space));
        for orphan in self.tree.orphans_of(pid) {
            self.adopt(orphan, parent);
        }
    }

    /// A process has begun.
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
        if let Some(parent) = parent.filter(|_| self.spaces.get(space).has_trampolines()) {
            self.recorder.copy_counters(&mut record, &parent.record, parent.space == space);
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

    /// A process that ends may have left a child unreported. If its last image cannot have forked that, the
    /// image before has, and the child has the memory of that.
    pub(in crate::tracer) fn return_to_former_image(&mut self, id: ProcessId, end: End) {
        if let Some(process) = self.processes.get_mut(&id)
            && !self.tree.may_die_in_fork(id, end)
            && let Some(former) = process.former.take()
        {
            self.spaces.release(std::mem::replace(&mut process.space, former.space));
        }
    }
}

impl<R: Recorder> StopContext<'_, R> {
    /// Inserts what is missing in the memory of a new process, at its first stop.
    fn prepare_process(&mut self) {
        if self.is_releasing {
            let restored = self.restore_memory();
            self.report(restored);
        }
        if self.reset_probe_alone() {
            return;
        }
        let opened = self.spaces.open_at_first_stop(self.process.space, self.task);
        self.report(opened);
        let prepared = self.insert_missing();
        self.report(prepared);
    }

    fn insert_missing(&mut self) -> Result<()> {
        if self.spaces.get(self.process.space).is_stale() {
            self.reconcile()?;
        }
        self.start_self_counting()?;
        let is_lent = self.spaces.is_shared(self.process.space);
        if !self.spaces.get(self.process.space).is_complete()
            && let Some(mut opened) = self.open_to_insert()?
        {
            opened.reinsert(is_lent)?;
        }
        self.reset_probe_in_child()
    }

    /// A process has left the memory. Inserts what was removed for that, and removes what was inserted for it
    /// alone, as this process has hit it or not.
    fn settle_after_vfork(&mut self) -> Result<()> {
        let (space, tid) = (self.process.space, self.task.tid());
        let is_alone = !self.spaces.is_shared(space);
        let (recorder, record) = (&*self.recorder, &self.process.record);
        let has_hit = |at| recorder.has_hit(record, at);
        if self.spaces.get(space).has_owed()
            && let Some(mut opened) = self.spaces.open_to_insert(space, tid, self.others)?
        {
            opened.pay_owed(is_alone, has_hit)?;
        }
        if is_alone && self.spaces.get(space).has_lent() {
            self.spaces.open(space, tid, self.others)?.take_back_lent(has_hit)?;
        }
        Ok(())
    }

    /// The flags of the call by which the task has made `child`.
    fn clone_flags(&mut self, child: Tid) -> Result<CloneFlags> {
        let task = self.task;
        let flags = task.clone_flags(|address, bytes| self.open()?.memory().read(address, bytes));
        match flags {
            // Memory that cannot be read has no breakpoints: it does not matter whether the child shares it.
            Err(Error::Failed { .. }) => {
                Ok(CloneFlags { thread: process_info::is_thread(child), ..CloneFlags::default() })
            }
            flags => flags,
        }
    }

    /// Prepares the process for a task that it has made, which has not run yet.
    fn prepare_birth(&mut self, flags: CloneFlags) {
        let prepared = self.prepare_trampolines_for(flags);
        self.report(prepared);
        if flags.thread {
            let counted = self.count_thread_for_probe();
            self.report(counted);
        }
    }
}
