//! Names of tests, as runners take them.

use super::python_tests;
use crate::byte_text;
use crate::data::view::View;
use crate::quote;
use crate::sources::Here;
use clap::ValueEnum;
use std::io::{self, Write};

/// How tests are written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// One name per line.
    #[default]
    Lines,
    /// Arguments of pytest in this directory, one per line; directories for all tests, and nothing for none.
    Pytest,
    /// Arguments of `python3 -m unittest` in this directory, one per line; `discover` for all tests, and
    /// nothing for none.
    Unittest,
    /// The regular expression of `ctest -R`.
    Ctest,
    /// The filter expression of `cargo nextest run -E`.
    Nextest,
    /// The filter of `--gtest_filter=`.
    Googletest,
    /// The test specification that is an argument of a program with Catch2.
    Catch2,
    /// The filters of `--test-case=`.
    Doctest,
}

impl TestFormat {
    /// Can the format hold this name?
    pub(super) fn holds(self, name: &[u8]) -> bool {
        let is_text = std::str::from_utf8(name).is_ok_and(|name| !name.contains(char::is_control));
        match self {
            Self::Lines => true,
            // Catch2 has no way to escape that word.
            Self::Catch2 => is_text && !name.starts_with(b"exclude:"),
            _ => is_text,
        }
    }

    /// Writes these tests of the view, or all tests. Gives what the user has to know about them.
    pub(super) fn write(
        self,
        view: &View,
        tests: &[usize],
        is_all: bool,
        here: &Here,
        out: &mut dyn Write,
    ) -> io::Result<Option<String>> {
        let arguments = match self {
            Self::Pytest => python_tests::pytest(view, tests, is_all, here),
            Self::Unittest => python_tests::unittest(view, tests, is_all, here),
            _ => {
                let names: Vec<&str> = tests.iter().map(|test| view.contexts[*test].as_str()).collect();
                return self.write_names(&names, is_all, out).map(|()| None);
            }
        };
        arguments.lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        Ok(arguments.note)
    }

    fn write_names(self, names: &[&str], is_all: bool, out: &mut dyn Write) -> io::Result<()> {
        if self == Self::Lines {
            return names.iter().try_for_each(|name| writeln!(out, "{}", quote::text(name)));
        }
        if is_all {
            return writeln!(out, "{}", self.all());
        }
        let names =
            names.iter().map(|name| self.argument(&String::from_utf8_lossy(&byte_text::decode(name))));
        let names: Vec<String> = names.collect();
        match self.separator() {
            None => names.iter().try_for_each(|name| writeln!(out, "{name}")),
            Some(_) if names.is_empty() => writeln!(out, "{}", self.none()),
            Some(separator) if self == Self::Ctest => writeln!(out, "^({})$", names.join(separator)),
            Some(separator) => writeln!(out, "{}", names.join(separator)),
        }
    }

    /// What stands between names. `None` if each has a line of its own.
    fn separator(self) -> Option<&'static str> {
        match self {
            Self::Lines | Self::Pytest | Self::Unittest => None,
            Self::Ctest => Some("|"),
            Self::Nextest => Some(" | "),
            Self::Googletest => Some(":"),
            Self::Catch2 | Self::Doctest => Some(","),
        }
    }

    fn all(self) -> &'static str {
        match self {
            Self::Lines | Self::Pytest | Self::Unittest | Self::Ctest => ".",
            Self::Nextest => "all()",
            Self::Googletest | Self::Doctest => "*",
            // Hidden tests run only when they are asked for.
            Self::Catch2 => "~[.]",
        }
    }

    fn none(self) -> &'static str {
        match self {
            Self::Lines | Self::Pytest | Self::Unittest => "",
            Self::Ctest => "^$",
            Self::Nextest => "none()",
            Self::Googletest => "-*",
            Self::Catch2 => "~*",
            // A name that no test has: there is no filter for none.
            Self::Doctest => "no test is affected",
        }
    }

    fn argument(self, name: &str) -> String {
        match self {
            Self::Lines | Self::Pytest | Self::Unittest => name.to_owned(),
            Self::Ctest => escaped(name, r"^$.[]-*+?|()\"),
            Self::Nextest => format!("test(={})", escaped(name, r"\),/")),
            // A question mark stands for any character.
            Self::Googletest => name.replace([':', '-', '*'], "?"),
            // A name that begins like an option is one, without the backslash.
            Self::Catch2 if name.starts_with('-') => format!("\\{}", escaped(name, r#"\,["~"#)),
            Self::Catch2 => escaped(name, r#"\,["~"#),
            Self::Doctest => escaped(name, r"\,"),
        }
    }
}

/// A name with a backslash before each of these characters.
fn escaped(name: &str, special: &str) -> String {
    name.chars().flat_map(|c| special.contains(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::TestFormat;

    #[test]
    fn a_name_of_catch2_is_no_option() {
        assert_eq!(TestFormat::Catch2.argument("-h"), "\\-h");
        assert_eq!(TestFormat::Catch2.argument("a-h, ~[b]"), "a-h\\, \\~\\[b]");
    }
}
