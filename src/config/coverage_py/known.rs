//! The options that coverage.py knows, and what each of them becomes.

/// How the value of an option becomes that of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Text,
    Path,
    List,
    Patterns,
    /// Regular expressions of contexts, of which one must match.
    Contexts,
    /// `test_function`, or none.
    DynamicContext,
    /// A column, perhaps behind a sign.
    Sort,
}

/// The options that have a key: those of the same section, but for `run:source`, by their names there.
pub(super) const TRANSLATED: [(&str, &str, &str, Kind); 28] = [
    ("run", "branch", "branches", Kind::Switch),
    ("run", "context", "label", Kind::Text),
    ("run", "dynamic_context", "test_framework", Kind::DynamicContext),
    ("run", "include", "include", Kind::List),
    ("run", "omit", "omit", Kind::List),
    ("run", "source_dirs", "source", Kind::List),
    ("run", "source_pkgs", "source_pkgs", Kind::List),
    ("report", "contexts", "test", Kind::Contexts),
    ("report", "exclude_also", "exclude_also", Kind::Patterns),
    ("report", "exclude_lines", "exclude_lines", Kind::Patterns),
    ("report", "fail_under", "fail_under", Kind::Text),
    ("report", "format", "format", Kind::Text),
    ("report", "include", "include", Kind::List),
    ("report", "omit", "omit", Kind::List),
    ("report", "partial_also", "partial_also", Kind::Patterns),
    ("report", "partial_branches", "partial_branches", Kind::Patterns),
    ("report", "precision", "precision", Kind::Text),
    ("report", "show_missing", "show_missing", Kind::Switch),
    ("report", "skip_covered", "skip_covered", Kind::Switch),
    ("report", "skip_empty", "skip_empty", Kind::Switch),
    ("report", "sort", "sort", Kind::Sort),
    ("html", "directory", "directory", Kind::Path),
    ("html", "title", "title", Kind::Text),
    ("json", "output", "output", Kind::Path),
    ("json", "pretty_print", "pretty_print", Kind::Switch),
    ("json", "show_contexts", "show_contexts", Kind::Switch),
    ("lcov", "output", "output", Kind::Path),
    ("xml", "output", "output", Kind::Path),
];

/// The options that say how coverage.py is to see what forkcov sees anyway.
pub(super) const NEEDLESS: [(&str, &str); 10] = [
    ("run", "concurrency"),
    ("run", "core"),
    ("run", "debug"),
    ("run", "debug_file"),
    ("run", "disable_warnings"),
    ("run", "patch"),
    ("run", "sigterm"),
    ("run", "timid"),
    ("html", "show_contexts"),
    ("report", "partial_branches_always"),
];

/// What else coverage.py knows. It has no meaning here.
const UNUSED: [(&str, &str); 15] = [
    ("run", "_crash"),
    ("run", "command_line"),
    ("run", "cover_pylib"),
    ("run", "data_file"),
    ("run", "parallel"),
    ("run", "plugins"),
    ("run", "relative_files"),
    ("run", "source"),
    ("report", "ignore_errors"),
    ("report", "include_namespace_packages"),
    ("html", "extra_css"),
    ("html", "skip_covered"),
    ("html", "skip_empty"),
    ("lcov", "line_checksums"),
    ("xml", "package_depth"),
];

/// Whether coverage.py has such an option.
pub(super) fn is_known(section: &str, name: &str) -> bool {
    TRANSLATED.iter().any(|(of, option, ..)| (*of, *option) == (section, name))
        || [&NEEDLESS[..], &UNUSED].concat().contains(&(section, name))
}
