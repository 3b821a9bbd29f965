//! Tests of C++ and Python frameworks whose names cannot be read.

use super::diagnostics::{Diagnostic, Diagnostics};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The tests without a context, by framework and program.
#[derive(Debug, Default)]
pub(super) struct UnreadableTests(BTreeMap<(&'static str, PathBuf), Unreadable>);

#[derive(Debug)]
struct Unreadable {
    count: usize,
    /// The test that began before the first of them.
    after: Option<String>,
}

impl UnreadableTests {
    /// Adds a test of this framework and program, which begins behind the test `after` of its process.
    pub(super) fn add(&mut self, framework: &'static str, program: PathBuf, after: Option<&str>) {
        let of_program = self.0.entry((framework, program));
        let first = || Unreadable { count: 0, after: after.map(str::to_owned) };
        of_program.or_insert_with(first).count += 1;
    }

    pub(super) fn report(&self, diagnostics: &Diagnostics) {
        for ((framework, program), Unreadable { count, after }) in &self.0 {
            let (program, after) = (program.clone(), after.clone());
            diagnostics.report(Diagnostic::UnreadableTests { framework, program, count: *count, after });
        }
    }
}
