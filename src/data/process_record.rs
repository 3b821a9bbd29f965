//! What is known of a process, and what two records of one process make together.

use super::{Exit, Image, ProcessStart};
use std::cmp::Ordering;

/// How and when a process ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessEnd {
    /// How.
    pub exit: Exit,
    /// When: seconds since the epoch.
    pub ended: f64,
}

/// All that is known of a process but its hits.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessRecord {
    /// Since its beginning.
    pub start: ProcessStart,
    /// Its images in order; empty when it never called exec.
    pub images: Vec<Image>,
    /// Its end, when that was seen.
    pub end: Option<ProcessEnd>,
}

impl ProcessRecord {
    /// A process that has just begun.
    pub fn of(start: ProcessStart) -> Self {
        Self { start, images: Vec::new(), end: None }
    }

    /// Adds what `other`, a record of the same process, knows beyond this one.
    ///
    /// Of each part the greater is kept, by an order in which a later record of a process is the greater one.
    /// A maximum is associative, commutative and idempotent, and so is `combine`.
    pub fn merge(&mut self, other: Self) {
        if order_of_starts(&self.start, &other.start).is_lt() {
            self.start = other.start;
        }
        if (self.images.len(), &self.images) < (other.images.len(), &other.images) {
            self.images = other.images;
        }
        if order_of_ends(self.end, other.end).is_lt() {
            self.end = other.end;
        }
    }
}

/// Two starts of one process differ only in a file that somebody edited; then any fixed order does.
fn order_of_starts(a: &ProcessStart, b: &ProcessStart) -> Ordering {
    let key = |start: &ProcessStart| {
        (start.pid, start.parent, start.host.clone(), start.birth, start.label.clone())
    };
    a.started.total_cmp(&b.started).then_with(|| key(a).cmp(&key(b)))
}

fn order_of_ends(a: Option<ProcessEnd>, b: Option<ProcessEnd>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.ended.total_cmp(&b.ended).then(a.exit.cmp(&b.exit)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
