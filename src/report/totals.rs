//! Numbers of lines and percentages, computed and rounded as in coverage.py.

use std::ops::AddAssign;

/// How many lines there are, and how many of them were run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Executable lines.
    pub lines: usize,
    /// The lines of these that any process ran.
    pub hit: usize,
}

impl Totals {
    /// How many lines no process ran.
    pub fn missing(self) -> usize {
        self.lines - self.hit
    }

    /// The percentage of lines that were run, 0 to 100; 100 if there are no lines.
    pub fn percent(self) -> f64 {
        if self.lines == 0 { 100.0 } else { 100.0 * self.hit as f64 / self.lines as f64 }
    }

    /// [`percent`](Self::percent) with `precision` decimals and no percent sign: 0 and 100 only if exact.
    pub fn percent_text(self, precision: usize) -> String {
        let smallest = 0.1_f64.powi(i32::try_from(precision).unwrap_or(i32::MAX));
        let percent = self.percent();
        let shown = if self.hit == 0 || self.hit == self.lines {
            percent
        } else {
            percent.clamp(smallest, 100.0 - smallest)
        };
        format!("{shown:.precision$}")
    }

    /// The fraction of lines that were run, 0 to 1, with four decimals: 0 and 1 only if exact.
    pub fn rate_text(self) -> String {
        if self.hit == self.lines {
            return "1".to_owned();
        }
        let rate = self.percent() / 100.0;
        if self.hit == 0 { "0".to_owned() } else { format!("{:.4}", rate.clamp(0.0001, 0.9999)) }
    }

    /// Whether the percentage, rounded to `precision` decimals, is below `minimum`.
    /// Only exactly 100 meets a minimum of 100.
    pub fn is_below(self, minimum: f64, precision: usize) -> bool {
        if minimum >= 100.0 {
            return self.hit < self.lines;
        }
        // Formatting rounds the exact binary value, as coverage.py does.
        let rounded = format!("{:.precision$}", self.percent()).parse().unwrap_or(0.0_f64);
        rounded < minimum
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.hit += other.hit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(hit: usize, lines: usize) -> Totals {
        Totals { lines, hit }
    }

    #[test]
    fn a_percentage_is_never_rounded_to_0_or_100() {
        assert_eq!(totals(214, 260).percent_text(1), "82.3");
        assert_eq!(totals(214, 260).percent_text(0), "82");
        assert_eq!(totals(1, 100_000).percent_text(1), "0.1");
        assert_eq!(totals(99_999, 100_000).percent_text(1), "99.9");
        assert_eq!(totals(99_999, 100_000).percent_text(0), "99");
        assert_eq!(totals(99_999, 100_000).percent_text(3), "99.999");
        assert_eq!(totals(0, 7).percent_text(1), "0.0");
        assert_eq!(totals(7, 7).percent_text(2), "100.00");
    }

    #[test]
    fn a_rate_is_never_rounded_to_0_or_1() {
        assert_eq!(totals(214, 260).rate_text(), "0.8231");
        assert_eq!(totals(1, 100_000).rate_text(), "0.0001");
        assert_eq!(totals(99_999, 100_000).rate_text(), "0.9999");
        assert_eq!((totals(0, 7).rate_text(), totals(7, 7).rate_text()), ("0".into(), "1".into()));
    }

    #[test]
    fn no_lines_are_all_hit() {
        assert_eq!(totals(0, 0).percent_text(1), "100.0");
        assert_eq!(totals(0, 0).rate_text(), "1");
        assert!(!totals(0, 0).is_below(100.0, 1));
    }

    #[test]
    fn the_minimum_is_compared_with_the_rounded_percentage() {
        assert!(!totals(8995, 10_000).is_below(90.0, 0), "89.95 rounds to 90");
        assert!(totals(8994, 10_000).is_below(90.0, 1), "89.94 rounds to 89.9");
        assert!(totals(0, 1).is_below(0.1, 1));
        assert!(!totals(0, 1).is_below(0.0, 1));
    }

    #[test]
    fn a_minimum_of_100_is_not_met_by_rounding() {
        assert!(totals(99_999, 100_000).is_below(100.0, 0));
        assert!(!totals(5, 5).is_below(100.0, 0));
    }
}
