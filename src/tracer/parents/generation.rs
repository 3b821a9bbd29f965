//! Which breakpoints a child has: its memory was copied when its maker called fork, and not when that tells of it. What
//! was inserted in between, for another task in the same memory, the child lacks.

use crate::ptrace::Tid;
use crate::tracer::Tracer;
use crate::tracer::process::Recorder;
use crate::tracer::spaces::SpaceId;

impl<R: Recorder> Tracer<R> {
    /// A task has stopped, and is in the kernel or the program again: what is inserted from now on, a child of it may lack.
    pub(in crate::tracer) fn note_generation(&mut self, tid: Tid) {
        let process = self.tree.process_of(tid).and_then(|process| self.processes.get(&process));
        match process.map_or(0, |process| self.spaces.generation(process.space)) {
            0 => self.generations_seen.remove(&tid),
            generation => self.generations_seen.insert(tid, generation),
        };
    }

    /// The copy of `space` that `maker`, which has just told of it, has made for its child.
    pub(in crate::tracer) fn space_for_child(&mut self, space: SpaceId, maker: Tid) -> SpaceId {
        let seen = self.generations_seen.get(&maker).copied().unwrap_or(0);
        if seen == self.spaces.generation(space) {
            self.spaces.copy(space)
        } else {
            self.spaces.copy_unverified(space)
        }
    }
}
