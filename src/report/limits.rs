//! The limits of percentages between which colours change.

use super::minimum::percentage;
use super::totals::Part;
use std::fmt;
use std::str::FromStr;

/// Percentages from which coverage is medium, and high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// From here on it is medium.
    pub low: f64,
    /// From here on it is high.
    pub high: f64,
}

/// How much is covered, by its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Less than both limits.
    Low,
    /// Less than the upper limit.
    Medium,
    /// All else.
    High,
}

impl Limits {
    /// How much is covered of `part`. `levelOf` in `html/assets/core.js` does the same.
    pub fn level(self, part: Part) -> Level {
        match part.percent() {
            percent if percent >= self.high => Level::High,
            percent if percent >= self.low => Level::Medium,
            _ => Level::Low,
        }
    }
}

impl Default for Limits {
    /// Those of genhtml(1).
    fn default() -> Self {
        Self { low: 75.0, high: 90.0 }
    }
}

impl FromStr for Limits {
    type Err = String;

    /// Parses `LOW,HIGH`.
    ///
    /// # Errors
    /// When it is not two percentages, or the first is above the second.
    fn from_str(text: &str) -> Result<Self, String> {
        let (low, high) = text.split_once(',').ok_or("expected two percentages, as in 75,90")?;
        let limits = Self { low: percentage(low.trim())?, high: percentage(high.trim())? };
        if limits.low > limits.high {
            return Err("the first percentage is above the second".to_owned());
        }
        Ok(limits)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{},{}", self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_two_percentages_in_order() {
        for text in ["", "75", "75,", "a,b", "90,75", "75,90,95", "-1,50", "50,101", "NaN,NaN"] {
            assert!(text.parse::<Limits>().is_err(), "{text}");
        }
        let limits: Limits = "25, 62.5".parse().unwrap();
        assert_eq!(limits.to_string(), "25,62.5");
        assert_eq!(Limits::default().to_string().parse(), Ok(Limits::default()));
    }

    #[test]
    fn a_limit_belongs_to_what_is_above_it() {
        let level = |hit| Limits { low: 25.0, high: 50.0 }.level(Part { all: 100, hit });
        assert_eq!([24, 25, 49, 50].map(level), [Level::Low, Level::Medium, Level::Medium, Level::High]);
        let always = Limits { low: 0.0, high: 0.0 };
        assert_eq!(always.level(Part { all: 1, hit: 0 }), Level::High);
    }
}
