//! Patterns of lines that are judged otherwise than other lines.

use fancy_regex::{Regex, RegexBuilder};

/// What of a source does not count.
#[derive(Debug, Clone, Default)]
pub struct LinePatterns {
    /// A statement on a line where one of these matches is excluded, with the statements inside it.
    pub excluded: Exclusions,
    /// A branch on a line where one of these matches need not be taken in each direction.
    pub partial: Exclusions,
}

/// Regular expressions for lines.
#[derive(Debug, Clone, Default)]
pub struct Exclusions(Option<Regex>);

/// A regular expression that is not valid.
#[derive(Debug, thiserror::Error)]
#[error("malformed regular expression {pattern:?}: {reason}")]
pub struct MalformedPattern {
    /// The expression.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: Box<fancy_regex::Error>,
}

impl Exclusions {
    /// Finds what one of `patterns` matches, which may have look-around and back-references, as in Python.
    /// `^` and `$` match at each line, and a match may span lines.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn new<P: AsRef<str>>(patterns: &[P]) -> Result<Self, MalformedPattern> {
        // Each alone first, so that an error names the malformed pattern.
        patterns.iter().try_for_each(|pattern| compile(pattern.as_ref()).map(drop))?;
        let groups: Vec<String> =
            patterns.iter().map(|pattern| format!("(?:{})", pattern.as_ref())).collect();
        let joined = (!groups.is_empty()).then(|| compile(&format!("(?m){}", groups.join("|"))));
        Ok(Self(joined.transpose()?))
    }

    /// Whether a pattern matches anywhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The lines of `text`, from 1, that matches touch, ascending; a line ends with `\n`.
    pub fn matching(&self, text: &str) -> Vec<u32> {
        let mut lines = Vec::new();
        let (mut line, mut at) = (1, 0);
        for found in self.0.iter().flat_map(|regex| regex.find_iter(text).flatten()) {
            line += breaks(&text[at..found.start()]);
            at = found.start();
            lines.extend(line..=line + breaks(found.as_str()));
        }
        lines
    }
}

/// A pattern may take as long as it takes in Python: a limit would let lines count that are excluded.
fn compile(pattern: &str) -> Result<Regex, MalformedPattern> {
    let built = RegexBuilder::new(pattern).backtrack_limit(usize::MAX).build();
    built.map_err(|reason| MalformedPattern { pattern: pattern.to_owned(), reason: Box::new(reason) })
}

fn breaks(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}
