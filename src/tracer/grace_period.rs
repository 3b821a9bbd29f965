//! Removing code at which another task may be: springboards in the code of hosts
//! ([`crate::tracer::spaces`], `hosts`).
//!
//! When no jump leads to a springboard any more, a task can only be there since before. So each other task of
//! the address space is looked at once: it waits in the kernel, or has stopped, elsewhere; or it is
//! interrupted, and moved to the block from which it has come. (The kernel calls that a grace period.)

use super::Tracer;
use super::parents::process_info;
use super::parents::tree::ProcessId;
use super::recorder::Recorder;
use super::sites::SiteRef;
use super::spaces::{OpenedSpace, SpaceId};
use crate::ptrace::{Result, Stopped, Tid};

impl<R: Recorder> Tracer<R> {
    /// Removes the jumps of hosts that were kept in the memory of `task` as another task may be at a
    /// springboard. If they only had better be removed, they stay where the other tasks do not stop soon.
    pub(in crate::tracer) fn remove_kept_hosts(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        let space = process.space;
        if !self.spaces.get(space).has_kept_hosts() {
            return Ok(());
        }
        self.change_hosts(id, task, |opened, is_hit| opened.evict(is_hit))?;
        let must_be_removed = self.is_releasing() || self.spaces.get(space).must_remove_kept_hosts();
        if self.others_are_elsewhere(space, task.tid(), must_be_removed) {
            let is_releasing = self.is_releasing();
            self.change_hosts(id, task, |opened, is_hit| {
                opened.note_drained();
                if is_releasing { opened.restore() } else { opened.remove_kept_hosts(is_hit) }
            })
        } else {
            self.spaces.get_mut(space).forget_kept_hosts();
            Ok(())
        }
    }

    /// Makes a change that gets the sites that need no breakpoint: those that are hit, or all in a release.
    fn change_hosts(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        change: impl FnOnce(&mut OpenedSpace<'_>, &dyn Fn(SiteRef) -> bool) -> Result<()>,
    ) -> Result<()> {
        let Some(context) = self.context(id, task) else { return Ok(()) };
        let (space, tid, others) = (context.process.space, task.tid(), context.others);
        let is_alone = !context.spaces.is_shared(space);
        let (recorder, record) = (&*context.recorder, &context.process.record);
        let has_hit = |at| context.is_releasing || (is_alone && recorder.has_hit(record, at));
        match context.spaces.open_to_insert(space, tid, others)? {
            Some(mut opened) => change(&mut opened, &has_hit),
            None => change(&mut context.spaces.open(space, tid, others)?, &has_hit),
        }
    }

    /// Is no other task of a space at a springboard to which no jump leads? False if that is not known after
    /// a while, unless it has to be (`must_be_known`).
    fn others_are_elsewhere(&mut self, space: SpaceId, stopped: Tid, must_be_known: bool) -> bool {
        let mut rest = self.tasks_in(space);
        rest.retain(|&tid| tid != stopped && !self.is_elsewhere(space, tid));
        self.interrupt_until(rest, must_be_known, |tracer, tid| tracer.is_elsewhere(space, tid))
    }

    /// Is a task certainly at no springboard? If it has stopped at one, it is moved away.
    fn is_elsewhere(&mut self, space: SpaceId, tid: Tid) -> bool {
        self.defer_event_of(tid);
        if let Some((task, stop)) = self.deferred_stops().find(|(task, _)| task.tid() == tid) {
            // One that cannot be moved has died.
            return self.leave_springboard(space, task, stop).is_ok() || process_info::is_dead(tid);
        }
        let place = || process_info::place_of_waiting(tid);
        !self.may_run(tid)
            || place().is_some_and(|place| self.spaces.get(space).before_springboard(place).is_none())
    }
}
