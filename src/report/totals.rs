//! Numbers of lines and branches, and percentages, computed and rounded as in coverage.py.

use std::ops::AddAssign;

/// How many lines and branches there are, and how many of them were run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Executable lines, and those that any process ran.
    pub lines: Part,
    /// The directions of branches, and those that any process took.
    pub branches: Part,
    /// The directions that no process took, of lines that a process ran.
    pub partial: usize,
}

/// How many there are of something, and how many of these are covered.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// All.
    pub all: usize,
    /// The covered ones.
    pub hit: usize,
}

impl Totals {
    /// Counts a line, and whether any process ran it.
    pub fn add_line(&mut self, is_hit: bool) {
        self.lines += Part { all: 1, hit: usize::from(is_hit) };
    }

    /// Counts a direction of a branch, and whether any process took it, or ran its line.
    pub fn add_branch(&mut self, is_taken: bool, is_line_hit: bool) {
        self.branches += Part { all: 1, hit: usize::from(is_taken) };
        self.partial += usize::from(!is_taken && is_line_hit);
    }

    /// Counts a direction that counts as covered, though no process took it.
    pub fn add_waived(&mut self) {
        self.branches += Part { all: 1, hit: 1 };
    }

    /// Lines and branches together: what percentages are of.
    pub fn together(self) -> Part {
        let mut together = self.lines;
        together += self.branches;
        together
    }
}

impl Part {
    /// How many are not covered.
    pub fn missing(self) -> usize {
        self.all - self.hit
    }

    /// The percentage that is covered, 0 to 100; 100 if there are none.
    pub fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { 100.0 * self.hit as f64 / self.all as f64 }
    }

    /// [`percent`](Self::percent) with `precision` decimals and no percent sign: 0 and 100 only if exact.
    pub fn percent_text(self, precision: usize) -> String {
        let smallest = 0.1_f64.powi(i32::try_from(precision).unwrap_or(i32::MAX));
        let percent = self.percent();
        let shown = if self.hit == 0 || self.hit == self.all {
            percent
        } else {
            percent.clamp(smallest, 100.0 - smallest)
        };
        format!("{shown:.precision$}")
    }

    /// The fraction that is covered, 0 to 1, with four decimals: 0 and 1 only if exact.
    pub fn rate_text(self) -> String {
        if self.hit == self.all {
            return "1".to_owned();
        }
        let rate = self.percent() / 100.0;
        if self.hit == 0 { "0".to_owned() } else { format!("{:.4}", rate.clamp(0.0001, 0.9999)) }
    }

    /// Whether the percentage, rounded to `precision` decimals, is below `minimum`.
    /// Only exactly 100 meets a minimum of 100.
    pub fn is_below(self, minimum: f64, precision: usize) -> bool {
        if minimum >= 100.0 {
            return self.hit < self.all;
        }
        // Formatting rounds the exact binary value, as coverage.py does.
        let rounded = format!("{:.precision$}", self.percent()).parse().unwrap_or(0.0_f64);
        rounded < minimum
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.branches += other.branches;
        self.partial += other.partial;
    }
}

impl AddAssign for Part {
    fn add_assign(&mut self, other: Self) {
        self.all += other.all;
        self.hit += other.hit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(hit: usize, all: usize) -> Part {
        Part { all, hit }
    }

    #[test]
    fn a_percentage_is_never_rounded_to_0_or_100() {
        assert_eq!(part(214, 260).percent_text(1), "82.3");
        assert_eq!(part(214, 260).percent_text(0), "82");
        assert_eq!(part(1, 100_000).percent_text(1), "0.1");
        assert_eq!(part(99_999, 100_000).percent_text(1), "99.9");
        assert_eq!(part(99_999, 100_000).percent_text(0), "99");
        assert_eq!(part(99_999, 100_000).percent_text(3), "99.999");
        assert_eq!(part(0, 7).percent_text(1), "0.0");
        assert_eq!(part(7, 7).percent_text(2), "100.00");
    }

    #[test]
    fn a_rate_is_never_rounded_to_0_or_1() {
        assert_eq!(part(214, 260).rate_text(), "0.8231");
        assert_eq!(part(1, 100_000).rate_text(), "0.0001");
        assert_eq!(part(99_999, 100_000).rate_text(), "0.9999");
        assert_eq!((part(0, 7).rate_text(), part(7, 7).rate_text()), ("0".into(), "1".into()));
    }

    #[test]
    fn no_lines_are_all_hit() {
        assert_eq!(part(0, 0).percent_text(1), "100.0");
        assert_eq!(part(0, 0).rate_text(), "1");
        assert!(!part(0, 0).is_below(100.0, 1));
    }

    #[test]
    fn the_minimum_is_compared_with_the_rounded_percentage() {
        assert!(!part(8995, 10_000).is_below(90.0, 0), "89.95 rounds to 90");
        assert!(part(8994, 10_000).is_below(90.0, 1), "89.94 rounds to 89.9");
        assert!(part(0, 1).is_below(0.1, 1));
        assert!(!part(0, 1).is_below(0.0, 1));
    }

    #[test]
    fn a_minimum_of_100_is_not_met_by_rounding() {
        assert!(part(99_999, 100_000).is_below(100.0, 0));
        assert!(!part(5, 5).is_below(100.0, 0));
    }

    #[test]
    fn branches_count_as_much_as_lines() {
        let totals = Totals { lines: part(9, 10), branches: part(3, 6), partial: 3 };
        assert_eq!(totals.together(), part(12, 16));
        assert_eq!(totals.together().percent_text(1), "75.0");
    }
}
