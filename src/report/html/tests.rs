//! The page of the tests (or whatever contexts are for), and which tests ran each line of a source.

use super::super::by_context::ContextRow;
use super::page::Page;
use super::sets::{ProcessSets, SetNumbers};
use crate::data::view::HitsByContext;
use askama::Template;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "tests.html")]
pub(super) struct TestsPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    rows: &'a [ContextRow],
}

pub(super) fn page<'a>(page: &'a Page, rows: &'a [ContextRow]) -> TestsPage<'a> {
    TestsPage { page, to_root: "", rows }
}

/// The content of `tests.js`: the names.
pub(super) fn data(rows: &[ContextRow]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

/// The tests that ran each line of a source, and took each direction of a branch.
#[derive(Debug, Serialize)]
pub(super) struct TestsOfFile {
    /// Sets of tests.
    sets: ProcessSets,
    /// By line, the number of a set.
    lines: BTreeMap<u32, usize>,
    /// By the ordinal of the direction.
    #[serde(skip)]
    pub taken: SetNumbers,
}

impl TestsOfFile {
    pub(super) fn of(hits: &HitsByContext) -> Self {
        let mut sets = ProcessSets::default();
        let lines = sets.add_inverted(&hits.lines).into_iter().collect();
        let taken = sets.add_inverted(&hits.taken);
        Self { sets, lines, taken }
    }
}
