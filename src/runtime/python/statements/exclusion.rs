//! Lines that are excluded because a pattern matches them, or a line that they belong to.

use super::syntax::{Clause, Compound, Kind, Module, Role, Span, Statement};
use crate::runtime::statements::LogicalLines;
use std::collections::BTreeSet;

/// The default patterns of coverage.py 7.17.
pub const DEFAULT_EXCLUSIONS: &[&str] = &[
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
];

/// The lines of `module` that are excluded because of the lines `matching`, as in coverage.py: all lines of a
/// match or a definition, also blank ones. `code` has the first lines of the statements with code.
pub(super) fn excluded(
    module: &Module,
    matching: Vec<u32>,
    lines: &LogicalLines,
    code: &BTreeSet<u32>,
) -> BTreeSet<u32> {
    if matching.is_empty() {
        return BTreeSet::new();
    }
    let excluded = matching.into_iter().map(|line| lines.first_line(line)).collect();
    let mut excluder = Excluder { lines, code, excluded };
    excluder.suites(&module.body, false);
    excluder.whole(&module.body);
    excluder.excluded
}

struct Excluder<'a> {
    lines: &'a LogicalLines,
    code: &'a BTreeSet<u32>,
    excluded: BTreeSet<u32>,
}

impl Excluder<'_> {
    /// An excluded header excludes its suite.
    fn suites(&mut self, suite: &[Statement], is_excluded: bool) {
        for statement in suite {
            match statement {
                Statement::Simple { span, .. } => self.line(*span, is_excluded),
                Statement::Compound(compound) => {
                    compound.decorators.iter().for_each(|decorator| self.line(*decorator, is_excluded));
                    let mut around = is_excluded;
                    for clause in &compound.clauses {
                        self.line(clause.header, around);
                        let is_excluded =
                            around || self.excluded.contains(&self.lines.first_line(clause.header.first));
                        // The cases are the suite of `match`.
                        around |= is_excluded && compound.kind == Kind::Match && clause.role == Role::Head;
                        self.suites(&clause.body, is_excluded);
                    }
                }
            }
        }
    }

    fn line(&mut self, span: Span, is_excluded: bool) {
        if is_excluded {
            self.excluded.insert(self.lines.first_line(span.first));
        }
    }

    /// If a decorator or the header of a definition is excluded, all of it is. If the suite of a `case` that
    /// matches anything is excluded, its header is, too: it is the `else` of `match`.
    fn whole(&mut self, suite: &[Statement]) {
        for statement in suite {
            let Statement::Compound(compound) = statement else { continue };
            if compound.kind.is_definition() {
                self.definition(compound);
            }
            for clause in &compound.clauses {
                if matches!(clause.role, Role::Case { is_irrefutable: true, has_guard: false, .. }) {
                    self.last_case(clause);
                }
                self.whole(&clause.body);
            }
        }
    }

    fn definition(&mut self, compound: &Compound) {
        let Some(head) = compound.clauses.first() else { return };
        let first = compound.decorators.first().map_or(head.header.first, |decorator| decorator.first);
        if self.excluded.range(first..=head.header.first).next().is_some() {
            self.excluded.extend(first..=compound.last());
        }
    }

    fn last_case(&mut self, case: &Clause) {
        let Some(first) = case.body.first().map(Statement::first) else { return };
        let mut code = self.code.range(self.lines.first_line(first)..=case.last()).peekable();
        if code.peek().is_some() && code.all(|line| self.excluded.contains(line)) {
            self.excluded.insert(case.header.first);
        }
    }
}
