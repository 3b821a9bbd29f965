//! Exclusion markers of other tools in the comments of a source, in any language: those of lcov (geninfo(1),
//! NOTES) and of gcovr.
//!
//! | marker | excludes |
//! |---|---|
//! | `LCOV_EXCL_LINE` | its line |
//! | `LCOV_EXCL_START` | its line and the following lines |
//! | `LCOV_EXCL_STOP` | ends the section; its line counts |
//!
//! `GCOV_EXCL_…` and `GCOVR_EXCL_…` mean the same. `LCOV_EXCL_BR_LINE` and so on exclude only the branches of
//! the lines.

use crate::numbers::NumberSet;
use crate::source_file;
use regex::bytes::Regex;
use std::path::Path;
use std::sync::LazyLock;

/// What every marker contains.
const COMMON: &[u8] = b"_EXCL_";

static LINES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:LCOV|GCOVR?)_EXCL_(LINE|START|STOP)\b").expect("a regular expression"));
static BRANCHES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:LCOV|GCOVR?)_EXCL_BR_(LINE|START|STOP)\b").expect("a regular expression")
});

/// Can the source file at `path` have a marker?
pub(super) fn may_be_in(path: &Path) -> bool {
    source_file::contains(path, COMMON).unwrap_or(true)
}

/// The lines that `source` excludes. A section without an end extends to the last line.
pub(super) fn excluded(source: &[u8]) -> NumberSet {
    marked(&LINES, source)
}

/// The lines whose branches `source` excludes.
pub(super) fn without_branches(source: &[u8]) -> NumberSet {
    marked(&BRANCHES, source)
}

fn marked(marker: &Regex, source: &[u8]) -> NumberSet {
    let mut lines = NumberSet::default();
    if !marker.is_match(source) {
        return lines;
    }
    let mut is_open = false;
    for (number, line) in (1..).zip(source.split(|byte| *byte == b'\n')) {
        let mut is_line = false;
        for marker in marker.captures_iter(line) {
            match &marker[1] {
                b"START" => is_open = true,
                b"STOP" => is_open = false,
                _ => is_line = true,
            }
        }
        if is_open || is_line {
            lines.insert(number);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{excluded, without_branches};

    fn lines(source: &str) -> Vec<u32> {
        excluded(source.as_bytes()).iter().collect()
    }

    #[test]
    fn a_line_and_a_section_are_excluded() {
        assert_eq!(lines("a\nb // LCOV_EXCL_LINE\nc\n"), [2]);
        assert_eq!(
            lines("a\n/* GCOVR_EXCL_START */\nb\nc\n! GCOVR_EXCL_STOP\nd # GCOV_EXCL_LINE\n"),
            [2, 3, 4, 6]
        );
        assert_eq!(lines("a // LCOV_EXCL_START\nb\n// LCOV_EXCL_STOP LCOV_EXCL_LINE\nc\n"), [1, 2, 3]);
    }

    #[test]
    fn a_section_without_an_end_extends_to_the_last_line_and_one_without_a_start_is_none() {
        assert_eq!(lines("// LCOV_EXCL_STOP\na\n// LCOV_EXCL_START\nb"), [3, 4]);
    }

    #[test]
    fn other_words_are_no_markers() {
        assert_eq!(lines("// LCOV_EXCL_BR_LINE\n// LCOV_EXCL_LINES\n// EXCL_LINE\n// XLCOV_EXCL\n"), [0; 0]);
    }

    #[test]
    fn branches_are_excluded_by_themselves() {
        let source =
            "a // LCOV_EXCL_BR_LINE\nb // GCOVR_EXCL_BR_START\nc\n// GCOVR_EXCL_BR_STOP LCOV_EXCL_LINE\n";
        assert_eq!(without_branches(source.as_bytes()).iter().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(lines(source), [4]);
    }
}
