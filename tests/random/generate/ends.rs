//! Ends of processes.

use super::{Generator, Place};
use crate::ast::{Block, Context, End, Statement};
use crate::cost::Cost;

/// Signals that have no handler.
const DEADLY: [&str; 8] =
    ["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGPIPE", "SIGSYS", "SIGXCPU", "SIGRTMIN + 9"];

impl Generator {
    /// Of a child whose parent is there to kill it.
    pub(super) fn child_end(&mut self, place: Place, limit: Cost) -> End {
        match self.random.u32(..8) {
            0 => End::Killed(self.deadly()),
            1 => {
                let (work, after) = (self.function(place.after, Context::Thread), self.delay());
                let end = |work| End::KilledInStorm { work, signal: "SIGKILL", after };
                self.affordable(work.map(end), place, limit)
            }
            _ => self.end(place, limit),
        }
    }

    /// Of any process that has only one thread.
    pub(super) fn end(&mut self, place: Place, limit: Cost) -> End {
        let end = match self.random.u32(..8) {
            0 => self.by_thread(place, limit),
            1 => {
                let work = self.random_work(place);
                (!work.is_empty()).then_some(End::LeaderFirst { work })
            }
            2 => self.in_storm(place, limit),
            _ => None,
        };
        self.affordable(end, place, limit)
    }

    /// Of any process, by its only instruction.
    pub(super) fn simple_end(&mut self, place: Place) -> End {
        match self.random.u32(..10) {
            0 | 1 => End::ExitNow(self.random.u8(..)),
            2 => End::Abort,
            3 => End::Signal(self.deadly()),
            4 => End::Fault,
            5 => End::Alarm,
            _ => {
                let hops = [0, 0, 0, 1, 4][self.random.usize(..5)];
                self.image(place).map_or(End::ExitNow(7), |function| End::Exec { function, hops })
            }
        }
    }

    fn affordable(&mut self, end: Option<End>, place: Place, limit: Cost) -> End {
        match end.filter(|end| self.costs.end(end).fits(limit)) {
            Some(end) => end,
            None if self.random.bool() => End::Exit(self.random.u8(..)),
            None => {
                let end = self.simple_end(place);
                if self.costs.end(&end).fits(limit) { end } else { End::ExitNow(8) }
            }
        }
    }

    fn by_thread(&mut self, place: Place, limit: Cost) -> Option<End> {
        let work = self.random_work(place);
        let meanwhile = match self.random.bool() {
            true => self.inner(Place { context: place.context.max(Context::Thread), ..place }, limit),
            false => Block::new(),
        };
        let end = if self.random.bool() { End::Exit(self.random.u8(..)) } else { self.simple_end(place) };
        Some(End::FromThread { work, meanwhile, end: Box::new(end) })
    }

    fn in_storm(&mut self, place: Place, limit: Cost) -> Option<End> {
        let mut amid = match self.random.bool() {
            true => self.inner(Place { context: place.context.max(Context::Thread), ..place }, limit),
            false => Block::new(),
        };
        let mut context = Context::Thread;
        if place.context == Context::Process
            && let Some(open) = self.open(place.after, Context::Thread)
        {
            // Children that are born while libraries are opened can do little without the linker's help.
            context = Context::Leaf;
            let opens = Statement::Loop { form: 0, times: 3, body: vec![open] };
            amid = vec![opens];
        }
        let work = if self.random.u32(..3) > 0 { self.function(place.after, context) } else { None };
        Some(End::InStorm { work, after: self.delay(), amid, end: Box::new(self.simple_end(place)) })
    }

    fn random_work(&mut self, place: Place) -> Vec<usize> {
        let count = self.random.usize(1..=3);
        self.functions(place.after, Context::Thread, count)
    }

    fn deadly(&mut self) -> &'static str {
        DEADLY[self.random.usize(..DEADLY.len())]
    }

    /// Microseconds.
    fn delay(&mut self) -> u32 {
        self.random.u32(..4000)
    }
}
