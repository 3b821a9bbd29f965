//! Construct by construct; tests/python_statements.rs compares with coverage.py.

use super::{DEFAULT_EXCLUSIONS, NotPython, branches, read};
use crate::runtime::{Exclusions, LinePatterns, Statements};
use proptest::prelude::*;

fn statements(source: &str) -> Statements {
    read(source.as_bytes(), &Exclusions::new(DEFAULT_EXCLUSIONS).unwrap(), &[]).unwrap()
}

fn executable(source: &str) -> Vec<u32> {
    statements(source).executable().collect()
}

fn excluded(source: &str) -> Vec<u32> {
    statements(source).excluded().collect()
}

fn refused(source: &[u8]) -> NotPython {
    read(source, &Exclusions::new(DEFAULT_EXCLUSIONS).unwrap(), &[]).unwrap_err()
}

#[test]
fn a_statement_of_several_lines_counts_at_its_first() {
    let source = statements("x = (1 +\n     2)\n\ny = '''a\nb'''; z = [\n]\nif (a and\n    b): c\n");
    let firsts: Vec<u32> = (1..=8).map(|line| source.first_line(line)).collect();
    assert_eq!(firsts, [1, 1, 3, 4, 4, 4, 7, 7]);
    assert_eq!(source.executable().collect::<Vec<_>>(), [1, 4, 7]);
    assert_eq!((source.counted(2), source.counted(3)), (Some(1), Some(3)));
    assert!(source.has_statement(2) && !source.has_statement(3));
}

#[test]
fn decorators_and_the_header_they_stand_before_count_apart() {
    assert_eq!(executable("@a(\n  1)\n@b\ndef f(x,\n      y=1):\n    return x\n"), [1, 3, 4, 6]);
    assert_eq!(executable("@a\nclass A(\n    B):\n    x = 1\n"), [1, 2, 4]);
}

#[test]
fn docstrings_declarations_and_bare_annotations_of_functions_have_no_code() {
    assert_eq!(executable("'''a\nb'''\n'c'\ndef f():\n    'd'\n    'e'\n"), [3, 4, 6]);
    assert_eq!(executable("def f():\n    global a\n    x: int\n    y: int = 1\n    z.a: int\n"), [1, 4, 5]);
    assert_eq!(executable("x: int\nclass A:\n    x: int\n"), [1, 2, 3]);
}

#[test]
fn imports_can_be_lazy() {
    let source = "lazy import a\nlazy  from b import (c,\n  d)\nx = 1; lazy import e\nlazy = 2\n";
    assert_eq!(executable(source), [1, 2, 4, 5]);
    assert_eq!(refused(b"x = 1\nlazy x\n"), NotPython::Syntax { line: 2 });
}

#[test]
fn words_that_only_lead_to_a_suite_have_no_code() {
    let source = "try:\n    a\nexcept E:\n    b\nexcept:\n    c\nelse:\n    d\nfinally:\n    e\n";
    assert_eq!(executable(source), [1, 2, 3, 4, 5, 6, 8, 10]);
    assert_eq!(executable("if a:\n    b\nelif c:\n    d\nelse:\n    pass\n"), [1, 2, 3, 4, 6]);
    assert_eq!(executable("match a:\n    case 1:\n        b\n    case _:\n        c\n"), [1, 2, 3, 4, 5]);
}

#[test]
fn what_can_never_be_reached_has_no_code() {
    assert_eq!(executable("if 0:\n    a\nelif 1:\n    b\nelse:\n    c\n"), [1, 3, 4]);
    assert_eq!(executable("while True:\n    a\nb\n"), [1, 2]);
    assert_eq!(executable("while True:\n    if a: break\nb\n"), [1, 2, 3]);
    assert_eq!(
        executable("def f():\n    with a:\n        return\n    b\n    raise E\n    c\n"),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        executable("def f():\n    try:\n        return\n    finally:\n        a\n    b\n"),
        [1, 2, 3, 5]
    );
    assert_eq!(
        executable("for a in b:\n    try:\n        break\n    finally:\n        raise E\nc\n"),
        [1, 2, 3, 5, 6]
    );
    assert_eq!(executable("assert not 1 and a, b\nc\n"), [1]);
}

#[test]
fn a_pragma_excludes_the_suite_of_its_line() {
    assert_eq!(excluded("if a:  # pragma: no cover\n    b\n    c\nelse:\n    d\n"), [1, 2, 3]);
    assert_eq!(excluded("if a:\n    b\nelse:  # pragma: no cover\n    c\nd\n"), [3, 4]);
    assert_eq!(
        excluded("for a in b:  #PRAGMA:NO COVER\n    if c:\n        d\n    else:\n        e\nf\n"),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(excluded("a(  # pragma: no cover\n  1)\n"), [1]);
    assert_eq!(excluded("match a:  # pragma: no cover\n    case 1:\n        b\nc\n"), [1, 2, 3]);
    assert_eq!(executable("a  # pragma: no cover\nb\n"), [2]);
}

#[test]
fn a_definition_is_excluded_by_its_decorator_or_header_as_a_whole() {
    let all = (1..=5).collect::<Vec<u32>>();
    assert_eq!(excluded("@a  # pragma: no cover\ndef f():\n    b\n\n    c\nd\n"), all);
    assert_eq!(excluded("@a\nclass A:  # pragma: no cover\n    b\n\n    c\nd\n"), all);
    assert_eq!(statements("def f(  # pragma: no cover\n  x): pass\n").counted(2), None);
}

#[test]
fn a_case_that_catches_all_is_excluded_with_its_suite() {
    assert_eq!(excluded("match a:\n    case _:\n        b  # pragma: no cover\n"), [2, 3]);
    assert_eq!(excluded("match a:\n    case 1:\n        b  # pragma: no cover\n"), [3]);
    assert_eq!(excluded("match a:\n    case _ if c:\n        b  # pragma: no cover\n"), [3]);
}

#[test]
fn placeholders_and_code_for_type_checkers_are_excluded_unless_patterns_say_otherwise() {
    let source = "if TYPE_CHECKING:\n    import a\ndef f(): ...\nclass A:\n    ...\nb\n";
    assert_eq!(excluded(source), [1, 2, 3, 5]);
    let exclusions = Exclusions::new(&["^class", r"(?m)import a\ndef"]).unwrap();
    let excluded = read(source.as_bytes(), &exclusions, &[]).unwrap();
    assert_eq!(excluded.excluded().collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(
        read(source.as_bytes(), &Exclusions::new::<&str>(&[]).unwrap(), &[]).unwrap().excluded().count(),
        0
    );
    assert!(Exclusions::new(&["("]).is_err());
}

#[test]
fn what_is_not_python_3_is_refused_with_its_line() {
    assert_eq!(refused(b"a\n{% if x %}\nb = {{ c }}\n{% endif %}\n"), NotPython::Syntax { line: 2 });
    assert_eq!(refused(b"x = 1\nprint 'a'\n"), NotPython::Python2 { line: 2 });
    assert_eq!(refused(b"x = 1\nexec 'a' in b\n"), NotPython::Python2 { line: 2 });
    assert!(matches!(refused(b"def f(:\n    pass\n"), NotPython::Syntax { .. }));
    assert!(matches!(refused(b"if a:\n# nothing\n"), NotPython::Syntax { line: 1 }));
    assert!(matches!(refused(b"match a:\n    # nothing\n"), NotPython::Syntax { .. }));
    assert_eq!(executable("print\nprint(a)\nprint >> b, c\nexec(a)\nmatch = type = 1\n"), [1, 2, 3, 4, 5]);
}

#[test]
fn continuation_lines_and_comments_may_stand_left_of_their_suite() {
    assert_eq!(executable("if a:\n    x = (1 +\n2)\n    @b\n# c\n    def f(): pass\n"), [1, 2, 4, 6]);
}

#[test]
fn an_empty_source_has_no_statements() {
    for source in ["", "\n", "# a", "\u{feff}", "\x0c\n\t\n", "'doc'"] {
        assert!(executable(source).is_empty(), "{source:?}");
    }
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    assert_eq!(executable("a\r\nb\rc\n\x0cd\u{2028}\n"[..9].trim_end_matches('\u{2028}')), [1, 2, 3, 4]);
    assert_eq!(executable("if a:\n\tb\n        c\n"), [1, 2, 3]);
}

#[test]
fn sources_nested_without_end_cost_no_stack() {
    let many = 100_000;
    let exclusions = Exclusions::new(DEFAULT_EXCLUSIONS).unwrap();
    let of = |source: String| read(source.as_bytes(), &exclusions, &[]);
    assert_eq!(of(format!("x = {}{}", "(".repeat(many), ")".repeat(many))).unwrap().executable().count(), 1);
    assert_eq!(of(format!("if {}1: a\n", "not ".repeat(many))).unwrap().executable().count(), 1);
    assert_eq!(of(format!("if a{}: b\n", " or a".repeat(many))).unwrap().executable().count(), 1);
    assert!(of(format!("match a:\n case {}_{}: b\n", "(".repeat(many), ")".repeat(many))).is_ok());
    let suites: String = (0..200).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect();
    assert_eq!(of(suites + &" ".repeat(200) + "b\n").unwrap_err(), NotPython::TooDeep { line: 102 });
    assert_eq!(
        of(format!("if a: b\n{}", "elif a: b\n".repeat(many))).unwrap().executable().count(),
        many + 1
    );
    assert_eq!(exits(&format!("if a: b\n{}c\n", "elif a: b\n".repeat(many))).len(), many);
}

/// What does not count by default.
fn patterns() -> LinePatterns {
    LinePatterns { excluded: Exclusions::new(DEFAULT_EXCLUSIONS).unwrap(), ..LinePatterns::default() }
}

/// The lines that have more than one exit, with these.
fn exits(source: &str) -> Vec<(u32, Vec<i64>)> {
    let branches = branches(source.as_bytes(), &patterns(), &[]).unwrap();
    branches.exits().map(|(line, ways)| (line, ways.iter().copied().collect())).collect()
}

#[test]
fn a_test_leads_to_its_suite_and_past_it() {
    let source = "if a:\n    b\nelif c:\n    d\nelse:\n    e\nf\n";
    assert_eq!(exits(source), [(1, vec![2, 3]), (3, vec![4, 6])]);
    assert_eq!(exits("def f():\n    if a:\n        b\n"), [(2, vec![-1, 3])]);
    assert_eq!(exits("if a and \\\n        b:\n    c\nd\n"), [(1, vec![3, 4])]);
    assert_eq!(exits("if a: b\nc\n"), [], "both lead to the next line");
    assert_eq!(exits("x = a if b else c\nassert x\n[y for y in x if y]\n"), []);
}

#[test]
fn a_loop_leads_to_its_suite_and_to_what_follows() {
    let source = "for a in b:\n    if c:\n        continue\n    break\nelse:\n    d\ne\n";
    assert_eq!(exits(source), [(1, vec![2, 6]), (2, vec![3, 4])]);
    assert_eq!(exits("while a:\n    b\nc\n"), [(1, vec![2, 3])]);
    assert_eq!(exits("while True:\n    if a:\n        break\nb\n"), [(2, vec![1, 3])]);
}

#[test]
fn what_is_constant_or_excluded_is_no_branch() {
    assert_eq!(exits("if __debug__:\n    a\nelse:\n    b\nif not (0 or 'a'):\n    c\nd\n"), []);
    assert_eq!(exits("if a:\n    b  # pragma: no cover\nc\n"), []);
    assert_eq!(exits("if a:  # pragma: no cover\n    b\nc\n"), []);
}

#[test]
fn a_definition_of_one_line_is_passed_and_entered() {
    assert_eq!(exits("def f(): pass\nclass A: b\nc\n"), [(1, vec![-1, 2]), (2, vec![-2, 3])]);
    assert_eq!(exits("def f():\n    pass\na\n"), []);
}

#[test]
fn the_end_of_a_with_statement_leads_to_what_follows_it() {
    let source = "with a:\n    if b:\n        c\nd\n";
    assert_eq!(exits(source), [(2, vec![3, 4])]);
    let branches = branches(source.as_bytes(), &patterns(), &[]).unwrap();
    assert_eq!(branches.taken(2, 1), Some((2, 4)), "the interpreter runs line 1 again");
    assert_eq!(branches.taken(2, 3), Some((2, 3)));
    assert_eq!(branches.taken(1, 4), None);
}

#[test]
fn each_case_leads_to_its_suite_and_to_the_next() {
    let source = "match a:\n    case 1:\n        b\n    case _:\n        c\nd\n";
    assert_eq!(exits(source), [(2, vec![3, 4])]);
    assert_eq!(exits("match a:\n    case 1:\n        b\nc\n"), [(2, vec![3, 4])]);
}

#[test]
fn a_raise_leads_to_the_handler_around_it_or_out() {
    let source = "def f():\n    try:\n        if a: raise b\n        c\n    except d:\n        e\n    g\n";
    assert_eq!(exits(source), [(3, vec![4, 5])]);
    assert_eq!(exits("def f():\n    if a: raise b\n    c\n"), [(2, vec![-1, 3])]);
}

#[test]
fn an_endless_loop_may_go_on_at_its_first_line_or_at_its_suite() {
    let source = "while True:\n    if a:\n        break\nb\n";
    let branches = branches(source.as_bytes(), &patterns(), &[]).unwrap();
    assert_eq!((branches.taken(2, 1), branches.taken(2, 3)), (Some((2, 1)), Some((2, 3))));
    let source = "while 1:\n    a\n    if b:\n        break\nc\n";
    let branches = super::branches(source.as_bytes(), &patterns(), &[]).unwrap();
    assert_eq!(branches.taken(3, 2), Some((3, 1)));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(source in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&source, &Exclusions::new(DEFAULT_EXCLUSIONS).unwrap(), &[]);
        let _ = branches(&source, &patterns(), &[]);
    }

    #[test]
    fn any_mixture_of_words_is_answered_and_every_statement_is_a_first_line(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..60)
    ) {
        if let Ok(statements) = read(words.concat().as_bytes(), &Exclusions::new(DEFAULT_EXCLUSIONS).unwrap(), &[]) {
            prop_assert!(branches(words.concat().as_bytes(), &patterns(), &[]).is_ok());
            for line in statements.executable() {
                prop_assert_eq!(statements.counted(line), Some(line));
                prop_assert!(statements.has_statement(line));
            }
        }
    }
}

const WORDS: &[&str] = &[
    "a ",
    "1 ",
    "'b' ",
    "'''",
    "\n",
    "\n ",
    "\n  ",
    ":",
    ": ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "=",
    "\\\n",
    ";",
    "if ",
    "else",
    "elif ",
    "while ",
    "for a in ",
    "try",
    "except ",
    "finally",
    "with ",
    "def f()",
    "class A",
    "match ",
    "case ",
    "return ",
    "break",
    "pass",
    "lambda ",
    "@",
    "# pragma: no cover",
    "async ",
    "not ",
    "f'{",
    "\t",
    "\r",
    "\x0c",
    "é",
    "*",
];
