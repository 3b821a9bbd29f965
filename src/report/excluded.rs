//! Lines that do not count in any source: what the user asks for, beside what sources say themselves.

use super::markers;
use crate::data::numbers::NumberSet;
use crate::python_source::{DEFAULT_EXCLUSIONS, Exclusions};

/// What does not count.
#[derive(Debug, Clone)]
pub struct Excluded {
    /// In Python, what coverage.py leaves out, and what the user does.
    pub(super) python: Exclusions,
    /// What the user leaves out.
    also: Exclusions,
}

impl Excluded {
    /// Excludes what one of the regular expressions `also` matches, beside what is always excluded. `^` and `$` match at each
    /// line, and a match may span lines.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn new(also: &[String]) -> Result<Self, regex::Error> {
        let of_users = also.iter().map(String::as_str);
        let all: Vec<&str> = DEFAULT_EXCLUSIONS.iter().copied().chain(of_users).collect();
        Ok(Self { python: Exclusions::new(&all)?, also: Exclusions::new(also)? })
    }

    /// The lines of `source`, of any language, that are marked or match.
    pub(super) fn lines_of(&self, source: &[u8]) -> NumberSet {
        let mut lines = markers::excluded(source);
        if !self.also.is_empty() {
            lines.extend(self.also.matching(&String::from_utf8_lossy(source).replace("\r\n", "\n")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::Excluded;

    fn lines(also: &[&str], source: &[u8]) -> Vec<u32> {
        let also: Vec<String> = also.iter().map(ToString::to_string).collect();
        Excluded::new(&also).unwrap().lines_of(source).iter().collect()
    }

    #[test]
    fn lines_that_match_are_excluded_as_marked_ones_are() {
        let source = b"a();\nunreachable();\n  assert(0);\nb(); // LCOV_EXCL_LINE\nc();\n";
        assert_eq!(lines(&[], source), [4]);
        assert_eq!(lines(&["unreachable\\(", r"^\s*assert\b"], source), [2, 3, 4]);
        assert_eq!(lines(&["^a.*$", r"(?s)b\(.*c"], source), [1, 4, 5]);
    }

    #[test]
    fn a_line_ends_as_the_source_has_it_and_may_hold_any_byte() {
        assert_eq!(lines(&["x$"], b"x\r\ny\r\n\xff x\r\nx y\r\n"), [1, 3]);
    }

    #[test]
    fn what_only_python_leaves_out_counts_elsewhere() {
        assert_eq!(lines(&["nothing"], b"int a; # pragma: no cover\n...\n"), [0; 0]);
    }

    #[test]
    fn a_malformed_pattern_is_named() {
        let error = Excluded::new(&["fine".to_owned(), "a(".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("a("), "{error}");
    }
}
