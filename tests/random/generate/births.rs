//! Statements that make processes and threads.

use super::{Generator, Place};
use crate::ast::{Block, Care, Context, End, Fork, Statement};
use crate::cost::Cost;

impl Generator {
    pub(super) fn fork(&mut self, place: Place, limit: Cost) -> Statement {
        let end = self.child_end(place, limit);
        let care = match end {
            End::Killed(_) | End::KilledInStorm { .. } => Care::Await,
            _ => self.care(),
        };
        // Beside other threads only fork(3) sees to it that the child finds no lock of the C library taken.
        let hows: &[&str] = match place.context {
            Context::Process => &["FORK", "FORK", "FORK", "BARE_FORK", "RAW_CLONE", "SILENT_CLONE"],
            Context::Thread | Context::Leaf => &["FORK"],
        };
        Statement::Fork(Box::new(Fork {
            how: hows[self.random.usize(..hows.len())],
            both: self.perhaps(place, limit),
            child: self.inner(place, limit),
            end,
            parent: self.perhaps(place, limit),
            care,
        }))
    }

    fn care(&mut self) -> Care {
        let returning: Vec<usize> =
            (0..self.program.handlers.len()).filter(|&number| !self.program.handlers[number].leaps).collect();
        match self.random.u32(..10) {
            0 | 1 => Care::Pester,
            2 => Care::Continue,
            3 => self.random.choice(returning).map_or(Care::Await, Care::Poke),
            4 => Care::Leave,
            _ => Care::Await,
        }
    }

    fn perhaps(&mut self, place: Place, limit: Cost) -> Block {
        if self.random.bool() { self.inner(place, limit) } else { Block::new() }
    }

    pub(super) fn brood(&mut self, place: Place, limit: Cost) -> Statement {
        Statement::Brood {
            count: self.random.u32(2..=12),
            child: self.inner(place, limit),
            end: self.simple_end(place),
            parent: self.perhaps(place, limit),
        }
    }

    pub(super) fn vfork(&mut self, place: Place, limit: Cost) -> Statement {
        // Beside other threads, lines that they run too can be lost, which docs/limits.md lists. A
        // task that is as deep as can be makes nothing but lines of its own.
        let depth = if place.context == Context::Process { place.depth } else { super::DEPTH };
        let leaf = Place { context: Context::Leaf, after: usize::MAX - 1, depth };
        let leaf = if depth == super::DEPTH { leaf } else { Place { after: self.first_leaf(), ..leaf } };
        let end = match self.simple_end(place) {
            // It would keep a lock of the C library, in memory that is its parent's.
            End::Abort => End::Fault,
            end => end,
        };
        Statement::Vfork { own_stack: self.random.bool(), child: self.inner(leaf, limit), end }
    }

    pub(super) fn spawn(&mut self, place: Place) -> Option<Statement> {
        Some(Statement::Spawn { function: self.image(place)? })
    }

    pub(super) fn threads(&mut self, place: Place, limit: Cost) -> Option<Statement> {
        let count = self.random.usize(1..=4);
        let mut work = self.functions(place.after, Context::Thread, count);
        if self.random.bool() {
            // They race through the same lines.
            let first = *work.first()?;
            work.fill(first);
        }
        let meanwhile = self.perhaps(Place { context: place.context.max(Context::Thread), ..place }, limit);
        (!work.is_empty()).then_some(Statement::Threads { work, meanwhile })
    }

    /// A function for a new image, which has one thread.
    pub(super) fn image(&mut self, place: Place) -> Option<usize> {
        self.function(place.after, Context::Process)
    }
}
