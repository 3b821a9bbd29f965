//! What all pages share.

use super::super::totals::Totals;

/// The frame of every page.
pub(super) struct Page<'a> {
    pub title: &'a str,
    pub version: &'static str,
    /// The time of the report.
    pub made: String,
    /// Whether branches were measured.
    pub has_branches: bool,
    /// Whether there is a page of tests.
    pub has_tests: bool,
    /// How many processes there are.
    pub processes: usize,
    /// Decimals of percentages.
    pub precision: usize,
}

/// Covered lines and branches, for a bar.
pub(super) struct Measure {
    pub totals: Totals,
    pub percent: String,
}

impl Measure {
    pub fn of(totals: Totals, precision: usize) -> Self {
        Self { totals, percent: totals.together().percent_text(precision) }
    }

    /// How well it is covered, as `levelOf` in core.js.
    pub fn level(&self) -> &'static str {
        match self.totals.together().percent() {
            percent if percent >= 90.0 => "high",
            percent if percent >= 75.0 => "medium",
            _ => "low",
        }
    }
}
