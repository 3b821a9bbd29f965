//! Which breakpoints a child has: its memory was copied when its maker called fork, and not when that tells of it. What
//! was planted in between, for another task in the same memory, the child lacks.

use crate::ptrace::Tid;
use crate::tracer::Tracer;
use crate::tracer::process::Recorder;
use crate::tracer::spaces::SpaceId;

impl<R: Recorder> Tracer<R> {
    /// A task has stopped, and is in the kernel or the program again: what is planted from now on, a child of it may lack.
    pub(in crate::tracer) fn see_growth(&mut self, tid: Tid) {
        let process = self.tree.process_of(tid).and_then(|process| self.processes.get(&process));
        match process.map_or(0, |process| self.spaces.growth(process.space)) {
            0 => self.growth_seen.remove(&tid),
            growth => self.growth_seen.insert(tid, growth),
        };
    }

    /// The copy of `space` that `maker`, which has just told of it, has made for its child.
    pub(in crate::tracer) fn copy_for_child(&mut self, space: SpaceId, maker: Tid) -> SpaceId {
        let seen = self.growth_seen.get(&maker).copied().unwrap_or(0);
        if seen == self.spaces.growth(space) {
            self.spaces.copy(space)
        } else {
            self.spaces.copy_in_doubt(space)
        }
    }
}
