//! What all pages share.

use super::super::limits::{Level, Limits};
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
    /// Where the colours of percentages change.
    pub limits: Limits,
}

/// Covered lines and branches, for a bar.
pub(super) struct Measure {
    pub totals: Totals,
    pub percent: String,
    level: Level,
}

impl Measure {
    pub fn of(totals: Totals, page: &Page) -> Self {
        let part = totals.together();
        Self { totals, percent: part.percent_text(page.precision), level: page.limits.level(part) }
    }

    /// The class of its bar.
    pub fn level(&self) -> &'static str {
        match self.level {
            Level::High => "high",
            Level::Medium => "medium",
            Level::Low => "low",
        }
    }
}
