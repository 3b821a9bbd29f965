//! What coverage.py would count of a Python source: text in, line numbers out. It uses nothing else of forkcov, and
//! imports and runs nothing.
//!
//! | file | tells |
//! |---|---|
//! | `text.rs` | the text, in whatever encoding |
//! | `tree.rs` | its syntax, by [tree-sitter](https://tree-sitter.github.io)'s grammar; `reindent.rs` helps where that fails |
//! | `parse.rs`, `effect.rs` | its statements, as `syntax.rs` has them |
//! | `logical_lines.rs` | which lines belong together |
//! | `executable.rs`, `constant.rs` | which statements the compiler makes code of |
//! | `exclusion.rs`, `pattern.rs` | which lines the source asks not to count |
//!
//! Lines are numbered from 1 and end as Python ends them: with `\n`, `\r\n` or `\r`.

mod constant;
mod effect;
mod exclusion;
mod executable;
mod logical_lines;
mod parse;
mod pattern;
mod reindent;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub use exclusion::{DEFAULT_EXCLUSIONS, Exclusions};

use logical_lines::LogicalLines;
use std::collections::BTreeSet;
use syntax::{Effect, Module, Statement};

/// Why a file has no statements of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPython {
    /// It cannot be decoded.
    #[error("line {line} is not in the encoding of the file")]
    Encoding {
        /// The first such line.
        line: u32,
    },
    /// It has a byte that no source may have.
    #[error("line {line} has a null byte")]
    Null {
        /// The first such line.
        line: u32,
    },
    /// It cannot be parsed.
    #[error("line {line} is not Python")]
    Syntax {
        /// Where the parser gave up.
        line: u32,
    },
    /// It is Python 2.
    #[error("line {line} is Python 2")]
    Python2 {
        /// The first statement that only Python 2 has.
        line: u32,
    },
    /// Its suites are nested as CPython would not take them.
    #[error("line {line} is nested too deeply")]
    TooDeep {
        /// The first such line.
        line: u32,
    },
}

/// The statements of a source as coverage.py 7.17 counts them on CPython 3.13.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statements {
    lines: LogicalLines,
    executable: BTreeSet<u32>,
    excluded: BTreeSet<u32>,
    docstrings: BTreeSet<u32>,
}

impl Statements {
    /// Reads `source`, the bytes of a file.
    ///
    /// # Errors
    /// When it is not Python 3.
    pub fn of(source: &[u8], exclusions: &Exclusions) -> Result<Self, NotPython> {
        Self::without(&[], source, exclusions)
    }

    /// As [`Statements::of`], but the statements at `lines` are excluded, too, as if a pattern matched there.
    ///
    /// # Errors
    /// When it is not Python 3.
    pub fn without(lines: &[u32], source: &[u8], exclusions: &Exclusions) -> Result<Self, NotPython> {
        let also = lines;
        let text = text::decode(source)?;
        let module = parse::parse(&text)?;
        let mut docstrings = BTreeSet::new();
        add_docstrings(&module, &mut docstrings);
        let code = executable::executable(&module);
        let lines = LogicalLines::new(module.lines);
        let module = Module { lines: Vec::new(), ..module };
        let code: BTreeSet<u32> = code.into_iter().map(|line| lines.first_line(line)).collect();
        let excluded =
            exclusion::excluded(&module, [exclusions.matching(&text), also.to_vec()].concat(), &lines, &code);
        let counts = |line: &u32| !excluded.contains(line) && !docstrings.contains(line);
        let executable = code.into_iter().filter(counts).collect();
        Ok(Self { lines, executable, excluded, docstrings })
    }

    /// The first line of the statement that `line` is part of; `line` itself if it is part of none.
    ///
    /// A header, up to its colon, is a statement of its own, as is a decorator. Statements that share a line are one.
    pub fn first_line(&self, line: u32) -> u32 {
        self.lines.first_line(line)
    }

    /// Whether `line` is part of a statement, and not blank or a comment between statements.
    pub fn has_statement(&self, line: u32) -> bool {
        self.lines.containing(line).is_some()
    }

    /// The line at which what ran on `line` counts: the first one of its statement. `None` for what does not count:
    /// docstrings and excluded lines.
    pub fn counted(&self, line: u32) -> Option<u32> {
        let first = self.first_line(line);
        let counts = |line| !self.excluded.contains(&line) && !self.docstrings.contains(&line);
        (counts(line) && counts(first)).then_some(first)
    }

    /// Whether `line` is excluded.
    pub fn is_excluded(&self, line: u32) -> bool {
        self.excluded.contains(&line)
    }

    /// The first lines of the statements that count, ascending, by the text alone.
    pub fn executable(&self) -> impl Iterator<Item = u32> + '_ {
        self.executable.iter().copied()
    }

    /// The lines that are excluded, ascending.
    pub fn excluded(&self) -> impl Iterator<Item = u32> + '_ {
        self.excluded.iter().copied()
    }
}

fn add_docstrings(module: &Module, lines: &mut BTreeSet<u32>) {
    let mut suites = vec![(true, &module.body)];
    while let Some((is_definition, suite)) = suites.pop() {
        if let (true, Some(Statement::Simple { span, effect: Effect::String })) =
            (is_definition, suite.first())
        {
            lines.extend(span.first..=span.last);
        }
        for statement in suite {
            if let Statement::Compound(compound) = statement {
                let is_definition = compound.kind.is_definition();
                suites.extend(compound.clauses.iter().map(|clause| (is_definition, &clause.body)));
            }
        }
    }
}
