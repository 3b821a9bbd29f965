//! Contexts: what processes run for. A process whose command line matches a pattern begins one, as a test
//! that its runner starts does, and the processes that it creates have it too.

use crate::data::ContextStart;
use regex::Regex;
use std::rc::Rc;

/// The context of a process.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Context(Rc<str>);

impl Context {
    /// The context that a process with these arguments begins by its exec, if it begins one: named by what
    /// the first group of the pattern matches, or by the whole command line if the pattern has no group.
    pub(super) fn of(argv: &[String], pattern: &Regex) -> Option<Self> {
        let command = argv.join(" ");
        let found = pattern.captures(&command)?;
        let name = if pattern.captures_len() > 1 { found.get(1)?.as_str() } else { &command };
        (!name.is_empty()).then(|| Self(name.into()))
    }

    /// It begins in a process at this time.
    pub(super) fn start(&self, started: f64) -> ContextStart {
        ContextStart { name: self.0.to_string(), started }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_named_by_the_group_or_by_the_command_line() {
        let argv = ["./test_login", "--fast"].map(str::to_owned);
        let name = |pattern| Context::of(&argv, &Regex::new(pattern).unwrap()).map(|it| it.start(0.0).name);
        assert_eq!(name("test_"), Some("./test_login --fast".to_owned()));
        assert_eq!(name(r"/test_(\w+)"), Some("login".to_owned()));
        assert_eq!(name("(--slow)|test_"), None);
        assert_eq!(name("test_(x*)"), None);
        assert_eq!(name("^test_"), None);
    }
}
