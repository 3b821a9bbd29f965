//! Parked children whose parent is alive, but may not be the process that forked them.
//!
//! When a process dies, its children get the nearest ancestor as parent that has asked for orphans (prctl(2),
//! PR_SET_CHILD_SUBREAPER). If it was killed before it reported its last child, no fork event will come, and
//! the new parent looks like one that has yet to report. A task that has forked reports that before it does
//! anything else. So a task that stops for another reason, or is in another system call, has not forked the
//! child.

use crate::ptrace::{self, Tid};
use crate::tracer::Tracer;
use crate::tracer::parents::process_info::{self, CloneState};
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::recorder::Recorder;
use crate::tracer::spaces::SpaceId;
use hashbrown::HashMap;

/// The parent of a process, and the address space that the child has a copy of.
pub type Parent = (ProcessId, SpaceId);

/// Parked children, and the tasks that may have forked each.
pub type UnresolvedParents = HashMap<Tid, Vec<Tid>>;

impl<R: Recorder> Tracer<R> {
    /// A child has been parked.
    pub(in crate::tracer) fn resolve_parent(&mut self, child: Tid) {
        if let Some(parent) = self.tree.parent_of_parked(child) {
            self.unresolved.insert(child, self.tree.tasks_of(parent));
            self.review(child);
        }
    }

    /// A task has stopped and reported what it had to report, or it has ended: it has forked no unreported
    /// child.
    pub(in crate::tracer) fn rule_out(&mut self, task: Tid) {
        if self.unresolved.is_empty() {
            return;
        }
        self.unresolved.retain(|child, _| self.tree.parent_of_parked(*child).is_some());
        let concerned = self.unresolved.iter_mut().filter(|(_, candidates)| candidates.contains(&task));
        let children: Vec<Tid> = concerned
            .map(|(child, candidates)| {
                candidates.retain(|candidate| *candidate != task);
                *child
            })
            .collect();
        children.into_iter().for_each(|child| self.review(child));
    }

    /// Adopts a child that none of the candidates has forked.
    fn review(&mut self, child: Tid) {
        let Some(parent) = self.tree.parent_of_parked(child) else { return };
        if self.tree.tasks_of(parent).into_iter().all(process_info::is_dead) {
            // It cannot report what it has forked; its end will be reported.
            return;
        }
        let Some(candidates) = self.unresolved.get_mut(&child) else { return };
        if candidates.iter().any(|&candidate| process_info::clone_state(candidate) == CloneState::Inside) {
            // That task will stop.
            return;
        }
        candidates.retain(|&candidate| process_info::clone_state(candidate) != CloneState::Outside);
        let candidates = candidates.clone();
        let Some(dead_parent) = self.dead_parent() else { return };
        if candidates.is_empty() {
            self.unresolved.remove(&child);
            self.adopt(child, Some(dead_parent));
        }
        for candidate in candidates {
            self.tasks.entry(candidate).interrupted = true;
            // It stops, whatever it does. If it has died, its end will be reported.
            let _ = ptrace::interrupt(candidate);
        }
    }

    /// The process that died last of those that may have left a child unreported.
    fn dead_parent(&self) -> Option<Parent> {
        let not_waited_for = self.tree.youngest_dead(process_info::end_of);
        let process = not_waited_for.and_then(|pid| self.tree.process_of_pid(pid));
        let process = process.and_then(|process| self.processes.get(&process));
        process.or(self.last_exited.as_ref()).map(|process| (process.id, process.space))
    }

    /// If a parked process has the memory of an image that its parent has replaced since, by an exec that
    /// killed the thread that would have reported the fork: that process, and the address space of the former
    /// image.
    pub(in crate::tracer) fn parent_by_former_image(&self, tid: Tid) -> Option<Parent> {
        let parent = self.tree.parent_of_parked(tid)?;
        let process = self.processes.get(&self.tree.process_of_pid(parent)?)?;
        let former = process.former.as_ref()?;
        (process_info::image(tid)? != former.next?).then_some((process.id, former.space))
    }
}
