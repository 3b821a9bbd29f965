//! What coverage.py would count of a Python source: bytes in, line numbers out. Nothing is imported or run.
//!
//! | file | what it finds out |
//! |---|---|
//! | `text.rs` | the text, by its encoding |
//! | `tree.rs` | its syntax, by the grammar of tree-sitter; `reindent.rs` helps where that fails |
//! | `parse.rs`, `effect.rs` | its statements, as `syntax.rs` has them |
//! | `executable.rs`, `constant.rs` | for which statements the compiler makes code |
//! | `arcs.rs` | which line can follow which |
//! | `definitions.rs` | which lines are those of a function or class |
//! | `exclusion.rs`, `pattern.rs` | which lines are excluded |
//!
//! Lines are numbered from 1 and end as Python ends them: with `\n`, `\r\n` or `\r`.

mod arcs;
mod constant;
mod definitions;
mod effect;
mod exclusion;
mod executable;
mod parse;
mod pattern;
mod reindent;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub use exclusion::DEFAULT_EXCLUSIONS;

use crate::runtime::branches::{BranchParts, Branches};
use crate::runtime::statements::{LogicalLines, StatementLines, Statements};
use crate::runtime::{Exclusions, LinePatterns, SourceUnits};
use arcs::PossibleArcs;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use syntax::{Effect, Module, Statement};

/// Why a file is not Python 3.
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

/// The statements of `source`, the bytes of a file, as coverage.py 7.17 counts them on CPython 3.13. A
/// header, up to its colon, is a statement of its own, as is a decorator. Statements that share a line are
/// one.
///
/// What `exclusions` match is excluded, and so are the statements at the lines `also_excluded`, as if a
/// pattern matched there.
///
/// # Errors
/// When it is not Python 3.
pub fn read(source: &[u8], exclusions: &Exclusions, also_excluded: &[u32]) -> Result<Statements, NotPython> {
    Ok(Analysis::of(source, exclusions, also_excluded)?.into_statements())
}

/// The branches of `source`, as coverage.py 7.17 has them on CPython 3.13, with the same exclusions as
/// [`read`].
///
/// # Errors
/// When it is not Python 3.
pub fn branches(
    source: &[u8],
    patterns: &LinePatterns,
    also_excluded: &[u32],
) -> Result<Branches, NotPython> {
    Ok(Analysis::of(source, &patterns.excluded, also_excluded)?.branches(&patterns.partial))
}

/// What [`read`] gives, and the definitions; and what [`branches`] gives if that is wanted.
///
/// # Errors
/// When it is not Python 3.
pub fn read_units(
    source: &[u8],
    patterns: &LinePatterns,
    also_excluded: &[u32],
    with_branches: bool,
) -> Result<SourceUnits, NotPython> {
    let analysis = Analysis::of(source, &patterns.excluded, also_excluded)?;
    let branches = with_branches.then(|| analysis.branches(&patterns.partial));
    let definitions = definitions::definitions(&analysis.module);
    Ok(SourceUnits { statements: analysis.into_statements(), branches, definitions })
}

/// Patterns of lines of which not every exit need be taken by default: that of coverage.py 7.17.
pub const DEFAULT_PARTIAL_BRANCHES: &[&str] = &[r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)"];

/// Patterns of statements of which no program can take every exit: those of coverage.py 7.17.
static CONSTANT: LazyLock<Option<Exclusions>> =
    LazyLock::new(|| Exclusions::new(&[r"^\s*while (True|1|False|0):", r"^\s*if (True|1|False|0):"]).ok());

/// What both need of a source.
struct Analysis {
    text: String,
    module: Module,
    lines: LogicalLines,
    /// The first lines of the statements with code.
    with_code: BTreeSet<u32>,
    excluded: BTreeSet<u32>,
}

impl Analysis {
    fn of(source: &[u8], exclusions: &Exclusions, also_excluded: &[u32]) -> Result<Self, NotPython> {
        let text = text::decode(source)?;
        let module = parse::parse(&text)?;
        let code = executable::executable(&module);
        let lines = LogicalLines::new(module.lines);
        let module = Module { lines: Vec::new(), ..module };
        let with_code: BTreeSet<u32> = code.into_iter().map(|line| lines.first_line(line)).collect();
        let matching = [exclusions.matching(&text), also_excluded.to_vec()].concat();
        let excluded = exclusion::excluded(&module, matching, &lines, &with_code);
        Ok(Self { text, module, lines, with_code, excluded })
    }

    fn into_statements(self) -> Statements {
        let Self { module, lines: logical, with_code, excluded, .. } = self;
        let mut docstrings = BTreeSet::new();
        add_docstrings(&module, &mut docstrings);
        Statements::new(StatementLines { logical, with_code, excluded, without_code: docstrings })
    }

    fn branches(&self, partial: &Exclusions) -> Branches {
        let Self { text, module, lines, with_code, excluded } = self;
        let PossibleArcs { arcs: possible, jumps, endless } = arcs::possible(module, lines, with_code);
        let partial = CONSTANT.iter().chain([partial]).flat_map(|patterns| patterns.matching(text));
        let partial = partial.map(|line| lines.first_line(line)).collect();
        let (lines, excluded) = (lines.clone(), excluded.clone());
        Branches::new(BranchParts { lines, possible, jumps, endless, excluded, partial })
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
