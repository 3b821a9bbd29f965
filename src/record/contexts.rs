//! Contexts: what processes run for. A process whose command line matches a pattern begins one, or one whose
//! environment has a variable, as a test that its runner starts does; and the processes that it creates have
//! it too.

use super::frameworks::Framework;
use super::process_info;
use crate::byte_text;
use crate::data::ContextStart;
use crate::ptrace::Tid;
use regex::Regex;
use std::rc::Rc;

/// What begins a context.
#[derive(Debug, Clone, Default)]
pub struct ContextRules {
    /// Those whose command line matches.
    pub command: Option<Regex>,
    /// Those whose environment has this variable.
    pub variable: Option<String>,
    /// Processes that run tests of these frameworks begin a context for each.
    pub frameworks: Vec<Framework>,
}

impl ContextRules {
    /// Whether a process can begin a context by the program that it executes.
    pub(super) fn has_rules_of_images(&self) -> bool {
        self.command.is_some() || self.variable.is_some()
    }

    /// The context that the process `pid` begins, which has just executed a program with these arguments.
    pub(super) fn of_image(&self, pid: Tid, argv: &[String]) -> Option<Context> {
        let by_command = self.command.as_ref().and_then(|pattern| Context::of(argv, pattern));
        by_command.or_else(|| {
            let value = process_info::variable(pid, self.variable.as_ref()?.as_bytes())?;
            Context::named(&byte_text::encode(&value))
        })
    }
}

/// The context of a process.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Context(Rc<str>);

impl Context {
    /// The context that a process with these arguments begins by its exec, if it begins one: named by what
    /// the groups of the pattern match, or by the whole command line if they match nothing. Of an
    /// alternation, some groups match; a name that several make distinguishes tests by each of them.
    fn of(argv: &[String], pattern: &Regex) -> Option<Self> {
        let command = argv.join(" ");
        let found = pattern.captures(&command)?;
        let groups = found.iter().skip(1).flatten().map(|group| group.as_str());
        let groups: Vec<&str> = groups.filter(|group| !group.is_empty()).collect();
        if groups.is_empty() { Self::named(&command) } else { Self::named(&groups.join(" ")) }
    }

    /// The context of this name; none if that is empty.
    pub(super) fn named(name: &str) -> Option<Self> {
        (!name.is_empty()).then(|| Self(name.into()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// The end of a context, after which there is none.
    pub(super) fn end(started: f64) -> ContextStart {
        ContextStart { name: String::new(), started }
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
    fn a_context_is_named_by_the_groups_or_by_the_command_line() {
        let argv = ["./test_login", "--fast"].map(str::to_owned);
        let name = |pattern| Context::of(&argv, &Regex::new(pattern).unwrap()).map(|it| it.start(0.0).name);
        assert_eq!(name("test_"), Some("./test_login --fast".to_owned()));
        assert_eq!(name(r"/test_(\w+)"), Some("login".to_owned()));
        let whole = Some("./test_login --fast".to_owned());
        assert_eq!(name("(--slow)|test_"), whole, "the alternative that matches has no group");
        assert_eq!(name("test_(x*)"), whole, "the group is empty");
        assert_eq!(name("^test_"), None);
        let either = "--case=(x)|/test_(.*) --(.*)|(y)";
        assert_eq!(name(either), Some("login fast".to_owned()), "the groups that match, without the others");
    }
}
