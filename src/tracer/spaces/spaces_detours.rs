//! The detours of all address spaces.

use super::{SpaceId, Spaces};
use crate::machine::{OriginalPc, OutOfLineCode};
use crate::ptrace::{Result, Tid};
use crate::tracer::sites::{ObjectId, SiteRef};
use crate::tracer::spaces::space::Space;

impl Spaces {
    /// Are detours taken in it?
    pub fn has_detours(&self, space: SpaceId) -> bool {
        self.get(space).is_some_and(Space::has_detours)
    }

    /// Where a task is that runs the copy of a block.
    pub fn whereabouts(&self, space: SpaceId, address: u64) -> Option<(SiteRef, OriginalPc)> {
        self.get(space)?.whereabouts(address)
    }

    /// Detours of the object at `at` are taken.
    ///
    /// # Errors
    /// As [`Space::take_detours`].
    pub fn take_detours(
        &mut self,
        space: SpaceId,
        tid: Tid,
        at: SiteRef,
        copies: OutOfLineCode,
    ) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.grow(space, tid, |space, memory| space.take_detours(memory, at, copies))
    }

    /// No detours are taken any more.
    ///
    /// # Errors
    /// As [`Space::leave_detours`].
    pub fn leave_detours(
        &mut self,
        space: SpaceId,
        tid: Tid,
        is_hit: impl Fn(SiteRef) -> bool,
    ) -> Result<()> {
        self.grow(space, tid, |space, memory| space.leave_detours(memory, is_hit))
    }

    /// Puts the program's own code back where detours are hot.
    ///
    /// # Errors
    /// As [`Space::lift_detours`].
    pub fn lift_detours(
        &mut self,
        space: SpaceId,
        tid: Tid,
        hot: impl Fn(ObjectId) -> Vec<usize>,
    ) -> Result<()> {
        self.with(space, tid, |space, memory| space.lift_detours(memory, hot))
    }

    /// The site at `at` takes no detour any more.
    ///
    /// # Errors
    /// As [`Space::bar`].
    pub fn bar(&mut self, space: SpaceId, tid: Tid, at: SiteRef, is_hit: bool) -> Result<()> {
        self.with(space, tid, |space, memory| space.bar(memory, at, is_hit))
    }

    /// No detour may stand over the code at `address`.
    ///
    /// # Errors
    /// As [`Space::bar_over`].
    pub fn bar_over(&mut self, space: SpaceId, tid: Tid, address: u64) -> Result<()> {
        self.with(space, tid, |space, memory| space.bar_over(memory, address))
    }
}
