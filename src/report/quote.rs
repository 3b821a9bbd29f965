//! Command lines in shell syntax, and text that is safe for a terminal.

use std::borrow::Cow;

/// An argument vector as one line of bash.
pub(super) fn command(argv: &[String]) -> String {
    argv.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ")
}

fn quoted(argument: &str) -> Cow<'_, str> {
    if argument.chars().any(char::is_control) {
        // bash(1), QUOTING: only this syntax keeps a line break out of the report's line.
        return Cow::Owned(format!("$'{}'", argument.chars().flat_map(escaped).collect::<String>()));
    }
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return Cow::Borrowed(argument);
    }
    Cow::Owned(format!("'{}'", argument.replace('\'', r"'\''")))
}

/// A line of text for a terminal, with control characters except tabs replaced, so that it contains no escape
/// sequences.
pub(super) fn printable(line: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && c != '\t';
    if line.contains(is_control) {
        Cow::Owned(line.replace(is_control, "\u{fffd}"))
    } else {
        Cow::Borrowed(line)
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "%+,-./:=@_^".contains(c)
}

fn escaped(c: char) -> Vec<char> {
    match c {
        '\n' => vec!['\\', 'n'],
        '\t' => vec!['\\', 't'],
        '\r' => vec!['\\', 'r'],
        '\\' | '\'' => vec!['\\', c],
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)).chars().collect(),
        c => vec![c],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_terminal_has_no_escape_sequences() {
        assert_eq!(printable("\tint n; // naïve"), "\tint n; // naïve");
        assert_eq!(printable("\u{1b}[2J\u{7}x\r\u{9b}1m"), "\u{fffd}[2J\u{fffd}x\u{fffd}\u{fffd}1m");
    }

    #[test]
    fn arguments_are_quoted_only_when_needed() {
        let line = |argv: &[&str]| command(&argv.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(line(&["./server", "--workers=4", "a/b.c"]), "./server --workers=4 a/b.c");
        assert_eq!(line(&["sh", "-c", "echo $HOME; exit 3"]), "sh -c 'echo $HOME; exit 3'");
        assert_eq!(line(&["echo", "", "it's", "naïve", "~"]), r"echo '' 'it'\''s' naïve '~'");
        assert_eq!(line(&["sh", "-c", "a\nb\t'c'\\ \u{1b}"]), r"sh -c $'a\nb\t\'c\'\\ \u001b'");
    }
}
