//! Parked children whose parent lives, and may not be their maker.
//!
//! When a process dies its children go to the next ancestor that has asked for orphans (prctl(2),
//! PR_SET_CHILD_SUBREAPER). If it was killed before it could tell of its last child, no fork event will come, and
//! the new parent seems to be one that has yet to tell. A task that has made a child stops to tell of it before anything
//! else: so one that stops for another reason, or is in another system call, is not the maker.

use crate::ptrace::{self, Tid};
use crate::tracer::Tracer;
use crate::tracer::parents::process_info::{self, CloneState};
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::Recorder;
use crate::tracer::spaces::SpaceId;
use hashbrown::HashMap;

/// Parked children, and the tasks that may have made each.
pub(in crate::tracer) type UnresolvedParents = HashMap<Tid, Vec<Tid>>;

impl<R: Recorder> Tracer<R> {
    /// A child has been parked.
    pub(in crate::tracer) fn doubt(&mut self, child: Tid) {
        if let Some(parent) = self.tree.parent_of_parked(child) {
            self.doubts.insert(child, self.tree.tasks_of(parent));
            self.review(child);
        }
    }

    /// A task has stopped, and told what it had to tell; or it has ended.
    pub(in crate::tracer) fn announced(&mut self, task: Tid) {
        if self.doubts.is_empty() {
            return;
        }
        self.doubts.retain(|child, _| self.tree.parent_of_parked(*child).is_some());
        let suspected = self.doubts.iter_mut().filter(|(_, makers)| makers.contains(&task));
        let children: Vec<Tid> = suspected
            .map(|(child, makers)| {
                makers.retain(|maker| *maker != task);
                *child
            })
            .collect();
        children.into_iter().for_each(|child| self.review(child));
    }

    /// Adopts a child that none of its suspected makers has made.
    fn review(&mut self, child: Tid) {
        let Some(parent) = self.tree.parent_of_parked(child) else { return };
        if self.tree.tasks_of(parent).into_iter().all(process_info::is_dead) {
            // Whatever it has made, it cannot tell; its end will be told.
            return;
        }
        let Some(makers) = self.doubts.get_mut(&child) else { return };
        if makers.iter().any(|maker| process_info::clone_state(*maker) == CloneState::Yes) {
            // That one will stop.
            return;
        }
        makers.retain(|maker| process_info::clone_state(*maker) != CloneState::No);
        let makers = makers.clone();
        let Some(lost) = self.lost_parent() else { return };
        if makers.is_empty() {
            self.doubts.remove(&child);
            self.adopt(child, Some(lost));
        }
        for maker in makers {
            self.interrupted.insert(maker);
            // Whatever it does, it stops. If it has died, its end will be told.
            let _ = ptrace::interrupt(maker);
        }
    }

    /// The process that may have died last without having told of a child, and its address space.
    pub(in crate::tracer) fn lost_parent(&self) -> Option<(ProcessId, SpaceId)> {
        let unreported =
            self.tree.youngest_dead(process_info::end_of).and_then(|pid| self.tree.process_of_pid(pid));
        let unreported = unreported.and_then(|process| self.processes.get(&process));
        unreported.or(self.last_exited.as_ref()).map(|process| (process.id, process.space))
    }
}
