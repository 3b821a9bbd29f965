//! Records of processes, and how two records of one process are merged.

use super::{ContextStart, Exit, Image, ProcessStart, TestResult};
use std::cmp::Ordering;

/// How and when a process ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessEnd {
    /// How.
    pub exit: Exit,
    /// When: seconds since the epoch.
    pub ended: f64,
}

/// All that is known of a process, except its hits.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessRecord {
    /// Its beginning.
    pub start: ProcessStart,
    /// Its images in order; empty when it never called exec.
    pub images: Vec<Image>,
    /// Its contexts in order.
    pub contexts: Vec<ContextStart>,
    /// The results of tests that were said in it, in order.
    pub results: Vec<TestResult>,
    /// Its end, if the tracer saw it.
    pub end: Option<ProcessEnd>,
}

impl ProcessRecord {
    /// A process that has just begun.
    pub fn of(start: ProcessStart) -> Self {
        Self { start, images: Vec::new(), contexts: Vec::new(), results: Vec::new(), end: None }
    }

    /// Merges `other`, a record of the same process, into this one.
    ///
    /// The greater of each part is kept, by an order in which the later record of a process is the greater. A
    /// maximum is associative, commutative and idempotent, and so `combine` is.
    pub fn merge(&mut self, other: Self) {
        if order_of_starts(&self.start, &other.start).is_lt() {
            self.start = other.start;
        }
        if (self.images.len(), &self.images) < (other.images.len(), &other.images) {
            self.images = other.images;
        }
        if order_of_contexts(&self.contexts, &other.contexts).is_lt() {
            self.contexts = other.contexts;
        }
        if order_of_results(&self.results, &other.results).is_lt() {
            self.results = other.results;
        }
        if order_of_ends(self.end, other.end).is_lt() {
            self.end = other.end;
        }
    }
}

/// Two starts of one process differ only if a file was edited by hand. Then any fixed order will do.
fn order_of_starts(a: &ProcessStart, b: &ProcessStart) -> Ordering {
    let key = |start: &ProcessStart| {
        (start.pid, start.parent, start.host.clone(), start.birth, start.label.clone())
    };
    a.started.total_cmp(&b.started).then_with(|| key(a).cmp(&key(b)))
}

fn order_of_contexts(a: &[ContextStart], b: &[ContextStart]) -> Ordering {
    order_of_lists(a, b, |a, b| a.started.total_cmp(&b.started).then_with(|| a.name.cmp(&b.name)))
}

fn order_of_results(a: &[TestResult], b: &[TestResult]) -> Ordering {
    order_of_lists(a, b, |a, b| {
        a.ended.total_cmp(&b.ended).then_with(|| (&a.test, a.failed).cmp(&(&b.test, b.failed)))
    })
}

/// The longer list is the greater one; of two that are as long, the first difference decides.
fn order_of_lists<T>(a: &[T], b: &[T], order: impl Fn(&T, &T) -> Ordering) -> Ordering {
    let first_difference = || a.iter().zip(b).map(|(a, b)| order(a, b)).find(|it| it.is_ne());
    a.len().cmp(&b.len()).then_with(|| first_difference().unwrap_or(Ordering::Equal))
}

fn order_of_ends(a: Option<ProcessEnd>, b: Option<ProcessEnd>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.ended.total_cmp(&b.ended).then(a.exit.cmp(&b.exit)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
