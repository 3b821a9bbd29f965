//! The page of the tests (or whatever contexts are for), and which tests ran each line of a source.

use super::super::by_context::ContextRow;
use super::page::Page;
use super::sets::{ProcessSets, SetNumbers};
use crate::data::view::OwnedSets;
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

/// The tests that ran each line of a source.
#[derive(Debug, Serialize)]
pub(super) struct TestsOfLines {
    /// Sets of tests, as lists of ranges.
    sets: ProcessSets,
    /// By line, the number of a set.
    lines: BTreeMap<u32, usize>,
}

impl TestsOfLines {
    /// Those that ran these lines.
    pub(super) fn of(hits: &OwnedSets) -> Self {
        let mut sets = ProcessSets::default();
        let lines: SetNumbers = sets.add_inverted(hits);
        Self { sets, lines: lines.into_iter().collect() }
    }
}
