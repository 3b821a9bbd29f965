//! Command lines.

use super::{QUOTE, is_command, is_hidden, is_invisible, quoted};
use crate::byte_text;
use std::borrow::Cow;

/// An argument vector as one line of bash; the arguments hold bytes (see [`byte_text`]).
///
/// A single argument with blanks is mostly a title that a program has given itself (setproctitle(3)). It is
/// shown without quotes, as ps(1) shows it.
pub fn command(argv: &[String]) -> String {
    if let [title] = argv
        && title.contains(' ')
        && !needs_escapes(title)
    {
        return title.clone();
    }
    argv.iter().map(|argument| argument_of_bash(argument)).collect::<Vec<_>>().join(" ")
}

fn argument_of_bash(argument: &str) -> Cow<'_, str> {
    if needs_escapes(argument) {
        return quoted(&byte_text::decode(argument)).into();
    }
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''")).into()
}

/// Whether only `$'…'` shows the argument.
fn needs_escapes(argument: &str) -> bool {
    let holds_bytes = matches!(byte_text::decode(argument), Cow::Owned(_));
    holds_bytes
        || argument.contains(|c| is_hidden(c) || is_invisible(c))
        || is_command(argument)
        || argument.starts_with(QUOTE)
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "%+,-./:=@_^".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(argv: &[&str]) -> String {
        command(&argv.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_quoted_only_when_needed() {
        assert_eq!(line(&["./server", "--workers=4", "a/b.c"]), "./server --workers=4 a/b.c");
        assert_eq!(line(&["sh", "-c", "echo $HOME; exit 3"]), "sh -c 'echo $HOME; exit 3'");
        assert_eq!(line(&["echo", "", "it's", "naïve", "~"]), r"echo '' 'it'\''s' naïve '~'");
        assert_eq!(line(&["sh", "-c", "a\nb\t'c'\\ \u{1b}"]), r"sh -c $'a\nb\t\'c\'\\ \u001b'");
        assert_eq!(line(&["echo", &byte_text::encode(b"\xff"), "\u{202e}"]), r"echo $'\xff' $'\u202e'");
        assert_eq!(line(&["echo", "##[group]x", "::x"]), r"echo $'#\x23[group]x' $'::x'");
        assert_eq!(line(&["", ""]), "'' ''");
    }

    #[test]
    fn a_title_is_shown_without_quotes() {
        assert_eq!(line(&["postgres: checkpointer"]), "postgres: checkpointer");
        assert_eq!(line(&["sshd: u [priv]"]), "sshd: u [priv]");
        assert_eq!(line(&["a b\u{1b}[2J"]), r"$'a b\u001b[2J'");
        assert_eq!(line(&["sh", "a b"]), "sh 'a b'");
    }
}
