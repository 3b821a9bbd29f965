//! The least coverage that the user asks for, by source.

use crate::sources::{Here, PatternError, Selection, SourceFilter};
use std::path::Path;

/// What the sources that match a pattern must reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// A pattern as of `--include`.
    pub pattern: String,
    /// The least percentage.
    pub percent: f64,
}

impl Minimum {
    /// Parses `--minimum GLOB=MIN`. The last `=` separates the two.
    ///
    /// # Errors
    /// When there is no `=`, no pattern, or no percentage.
    pub fn from_flag(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            Some((pattern, percent)) if !pattern.is_empty() => {
                Ok(Self { pattern: pattern.to_owned(), percent: percentage(percent)? })
            }
            _ => Err("expected GLOB=MIN, a pattern and a percentage".to_owned()),
        }
    }
}

/// Parses a percentage.
///
/// # Errors
/// When it is no number from 0 to 100.
pub fn percentage(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("expected a percentage from 0 to 100".to_owned()),
    }
}

/// Finds the minimum of a source.
#[derive(Debug)]
pub struct Minimums {
    patterns: Vec<(SourceFilter, f64)>,
    otherwise: Option<f64>,
}

impl Minimums {
    /// Of `minimums`, the first that matches a source is its own; that of all other sources is `otherwise`.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn new(here: &Here, minimums: &[Minimum], otherwise: Option<f64>) -> Result<Self, PatternError> {
        let patterns = minimums.iter().map(|Minimum { pattern, percent }| {
            let selection = Selection { include: vec![pattern.clone()], ..Selection::default() };
            Ok((SourceFilter::for_report(here, &selection)?, *percent))
        });
        Ok(Self { patterns: patterns.collect::<Result<_, _>>()?, otherwise })
    }

    /// What the source file `path` must reach, if anything.
    pub fn of(&self, path: &Path) -> Option<f64> {
        let own = self.patterns.iter().find(|(filter, _)| filter.wants(path));
        own.map(|(_, percent)| *percent).or(self.otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pattern_that_matches_decides() {
        let minimums: Vec<Minimum> =
            ["src/core/*=95", "*.c=0", "src/*=80.5"].map(|text| Minimum::from_flag(text).unwrap()).into();
        let minimums = Minimums::new(&Here::at("/p"), &minimums, Some(70.0)).unwrap();
        let of = |path: &str| minimums.of(Path::new(path)).unwrap();
        assert_eq!((of("/p/src/core/a.c"), of("/p/src/a.c")), (95.0, 0.0));
        assert_eq!((of("/p/src/a/b.py"), of("/p/b.py")), (80.5, 70.0));
    }

    #[test]
    fn what_has_no_pattern_or_no_percentage_is_refused() {
        for text in ["", "a", "=9", "a=", "a=x", "a=101", "a=-1", "a=nan"] {
            assert!(Minimum::from_flag(text).is_err(), "{text}");
        }
    }
}
