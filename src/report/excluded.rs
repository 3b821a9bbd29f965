//! Lines that are excluded in any source: by the user, by the defaults of a runtime, and by markers in the
//! source.

use super::markers;
use crate::data::view::Function;
use crate::numbers::NumberSet;
use crate::runtime::{self, Exclusions, LinePatterns, MalformedPattern, Runtime};

/// The user's regular expressions. In those for lines, `^` and `$` match at each line, and a match may span
/// lines.
#[derive(Debug, Default, Clone, Copy)]
pub struct ExclusionRules<'a> {
    /// Lines to exclude, in place of the defaults of a runtime; with none, the defaults hold.
    pub lines: &'a [String],
    /// Lines to exclude, too.
    pub also: &'a [String],
    /// Names of functions to exclude. A function is also excluded if its first line is.
    pub functions: &'a [String],
    /// Lines whose branches need not be taken in each direction, in place of the defaults of a runtime; with
    /// none, the defaults hold.
    pub partial_branches: &'a [String],
    /// Further such lines.
    pub partial_also: &'a [String],
}

/// What is not to be counted.
#[derive(Debug, Clone)]
pub struct Excluded {
    /// For each of [`runtime::ALL`]: its default patterns, and those of the user.
    by_runtime: Vec<LinePatterns>,
    /// The patterns of the user.
    of_user: LinePatterns,
    /// The names of functions that the user excludes.
    functions: Exclusions,
}

impl Excluded {
    /// Excludes what `rules` ask for, beside the defaults that they leave.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn new(rules: &ExclusionRules) -> Result<Self, MalformedPattern> {
        let of_runtime = |runtime: &dyn Runtime| {
            patterns(rules, runtime.default_exclusions(), runtime.default_partial_branches())
        };
        Ok(Self {
            by_runtime: runtime::ALL.into_iter().map(of_runtime).collect::<Result<_, _>>()?,
            of_user: patterns(rules, &[], &[])?,
            functions: Exclusions::new(rules.functions)?,
        })
    }

    /// Does the user give patterns that lines of native sources can match?
    pub(super) fn has_patterns(&self) -> bool {
        !self.of_user.excluded.is_empty() || !self.of_user.partial.is_empty()
    }

    /// What does not count in sources of `runtime`.
    pub(super) fn of_runtime(&self, runtime: &dyn Runtime) -> &LinePatterns {
        let index = runtime::ALL.iter().position(|known| known.name() == runtime.name());
        index.and_then(|index| self.by_runtime.get(index)).unwrap_or(&self.of_user)
    }

    /// The lines of a native source that are marked or match, or belong to such a function.
    pub(super) fn lines_of(&self, source: &[u8], functions: &[Function]) -> NumberSet {
        let matching = matching(&self.of_user.excluded, source);
        let mut lines = markers::excluded(source);
        for function in functions {
            if matching.contains(function.line) || self.functions.is_match(&function.name) {
                lines.extend(function.line..=function.last);
            }
        }
        lines.union_with(&matching);
        lines
    }

    /// The lines of a native source whose branches need not be taken in each direction.
    pub(super) fn partial_lines_of(&self, source: &[u8]) -> NumberSet {
        matching(&self.of_user.partial, source)
    }

    /// Where the functions begin that are excluded by name.
    pub(super) fn definitions(&self, functions: &[Function]) -> Vec<u32> {
        let named = functions.iter().filter(|function| self.functions.is_match(&function.name));
        named.map(|function| function.line).collect()
    }
}

/// The patterns of `rules`, with the defaults that they leave.
fn patterns(
    rules: &ExclusionRules,
    exclude: &[&str],
    partial: &[&str],
) -> Result<LinePatterns, MalformedPattern> {
    let join = |default: &[&str], instead: &[String], also: &[String]| {
        let base = if instead.is_empty() { default } else { &[] };
        let of_user = instead.iter().chain(also).map(String::as_str);
        Exclusions::new(&base.iter().copied().chain(of_user).collect::<Vec<_>>())
    };
    Ok(LinePatterns {
        excluded: join(exclude, rules.lines, rules.also)?,
        partial: join(partial, rules.partial_branches, rules.partial_also)?,
    })
}

/// The lines of a native source that `patterns` match, with the ends of lines that they know.
fn matching(patterns: &Exclusions, source: &[u8]) -> NumberSet {
    if patterns.is_empty() {
        return NumberSet::default();
    }
    let text = String::from_utf8_lossy(source).replace("\r\n", "\n");
    patterns.matching(&text).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Excluded, ExclusionRules, Function};

    fn lines(also: &[&str], source: &[u8]) -> Vec<u32> {
        let also: Vec<String> = also.iter().map(ToString::to_string).collect();
        let rules = ExclusionRules { also: &also, ..ExclusionRules::default() };
        Excluded::new(&rules).unwrap().lines_of(source, &[]).iter().collect()
    }

    #[test]
    fn lines_that_match_are_excluded_as_marked_ones_are() {
        let source = b"a();\nunreachable();\n  assert(0);\nb(); // LCOV_EXCL_LINE\nc();\n";
        assert_eq!(lines(&[], source), [4]);
        assert_eq!(lines(&["unreachable\\(", r"^\s*assert\b"], source), [2, 3, 4]);
        assert_eq!(lines(&["^a.*$", r"(?s)b\(.*c"], source), [1, 4, 5]);
    }

    #[test]
    fn a_line_ends_as_the_source_has_it_and_may_hold_any_byte() {
        assert_eq!(lines(&["x$"], b"x\r\ny\r\n\xff x\r\nx y\r\n"), [1, 3]);
    }

    #[test]
    fn what_only_a_runtime_excludes_counts_elsewhere() {
        assert_eq!(lines(&["nothing"], b"int a; # pragma: no cover\n...\n"), [0; 0]);
    }

    #[test]
    fn functions_are_excluded_as_a_whole_by_their_names_or_first_lines() {
        let function = |name: &str, line, last| Function {
            name: name.to_owned(),
            line,
            last,
            ordinal: line,
            processes: 0,
        };
        let functions = [function("dump(int)", 2, 4), function("Pool::dump()", 6, 7), function("main", 9, 9)];
        let source = b"\nvoid dump(int)\n{\n}\n\nvoid Pool::dump()\n{}\n\nint main() { dump(1); }\n";
        let lines = |also: &[&str], named: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
            let (also, named) = (owned(also), owned(named));
            let rules = ExclusionRules { also: &also, functions: &named, ..ExclusionRules::default() };
            let excluded = Excluded::new(&rules).unwrap();
            let definitions = excluded.definitions(&functions);
            (excluded.lines_of(source, &functions).iter().collect::<Vec<_>>(), definitions)
        };
        assert_eq!(lines(&[], &["^dump"]), (vec![2, 3, 4], vec![2]));
        assert_eq!(lines(&[], &["dump", "nothing"]), (vec![2, 3, 4, 6, 7], vec![2, 6]));
        assert_eq!(lines(&["^void dump"], &[]), (vec![2, 3, 4], vec![]));
        assert_eq!(lines(&["dump\\("], &["^main$"]), (vec![2, 3, 4, 6, 7, 9], vec![9]));
    }

    #[test]
    fn a_malformed_pattern_is_named() {
        let also = ["fine".to_owned(), "a(".to_owned()];
        let error = Excluded::new(&ExclusionRules { also: &also, ..ExclusionRules::default() });
        let error = error.unwrap_err().to_string();
        assert!(error.contains("a("), "{error}");
    }
}
