//! Patterns of lines that are judged otherwise than other lines.

use regex::Regex;

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

impl Exclusions {
    /// Finds what one of `patterns` matches. `^` and `$` match at each line, and a match may span lines.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn new<P: AsRef<str>>(patterns: &[P]) -> Result<Self, regex::Error> {
        // Each alone first, so that an error names the malformed pattern.
        patterns.iter().try_for_each(|pattern| Regex::new(pattern.as_ref()).map(drop))?;
        let groups: Vec<String> =
            patterns.iter().map(|pattern| format!("(?:{})", pattern.as_ref())).collect();
        let joined = (!groups.is_empty()).then(|| Regex::new(&format!("(?m){}", groups.join("|"))));
        Ok(Self(joined.transpose()?))
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The lines of `text`, from 1, that matches touch, ascending; a line ends with `\n`.
    pub fn matching(&self, text: &str) -> Vec<u32> {
        let mut lines = Vec::new();
        let (mut line, mut at) = (1, 0);
        for found in self.0.iter().flat_map(|regex| regex.find_iter(text)) {
            line += breaks(&text[at..found.start()]);
            at = found.start();
            lines.extend(line..=line + breaks(found.as_str()));
        }
        lines
    }
}

fn breaks(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}
