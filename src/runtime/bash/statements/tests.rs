//! What counts, construct by construct. The lines are those that `bash -n` gives to its commands.

use super::{DEFAULT_EXCLUSIONS, NotBash, read};
use crate::runtime::{Exclusions, Statements};

fn statements(source: &[u8]) -> Statements {
    read(source, &Exclusions::new(DEFAULT_EXCLUSIONS).unwrap(), &[]).unwrap()
}

/// The statements of a script whose lines are marked: `+` begins a statement, `|` continues it, `-` is code
/// at which nothing counts, and a blank is no code. The mark is the first byte of a line.
#[track_caller]
fn check(marked: &str) {
    let marks: String = marked.lines().map(|line| line.chars().next().unwrap_or(' ')).collect();
    let source: String = marked.lines().map(|line| format!("{}\n", line.get(1..).unwrap_or(""))).collect();
    let statements = statements(source.as_bytes());
    let executable: Vec<u32> = statements.executable().collect();
    let mark = |line: u32| match (statements.has_statement(line), statements.counted(line)) {
        (true, Some(first)) if executable.contains(&first) => {
            if first == line {
                '+'
            } else {
                '|'
            }
        }
        (true, _) => '-',
        _ => ' ',
    };
    let found: String = (1..).take(marks.len()).map(mark).collect();
    assert_eq!(found, marks, "\n{source}");
}

#[test]
fn compound_commands_count_by_their_parts() {
    check(
        "+if a; then
+    b
+elif c && d
-then
+    e
-else
+    f
-fi
-{
+    g
-}
-(
+    h
-)
-while
+    i
-do
+    j
-done
-until [ -e x ]; do break
"
        .replace("-until [ -e x ]; do break\n", "+until [ -e x ]; do break; done\n")
        .as_str(),
    );
}

#[test]
fn headers_of_loops_and_cases_count() {
    check(
        "+for x in a \\
|    b c
-do
+    echo $x
-done
+select y in a; do
+    break
-done
+for ((i = 0; i < 3; i++)); do
+    :
-done
+for ((
|    i = 0; i < 3; i++
|)) {
+    :
-}
+case $x in
-    a | b)
+        one
-        ;;
-    (*) 
+        two
-esac
+for z
-do
+    three
-done",
    );
}

#[test]
fn a_statement_has_all_lines_of_its_words() {
    check(
        "+echo 'a
|b' \"c
|$(
|    d
|    e
|)\" f
+array=(
|    one # a comment
|
|    two
|)
+x=1 y='
|' \\
|    command with \\
|    arguments >out \\
|    2>&1
+echo $'a\\'
|b' ${x:-\"}
|\"} `c
|d`
+[[ a == b &&
|    c =~ (x|y)
|]] 
+((
|    i++
|))
+diff <(
|    one
|) <(two)",
    );
}

#[test]
fn commands_on_the_lines_of_another_count_at_theirs_only_if_bash_can_give_them_its_line() {
    // bash gives a command the line at which its second word ends.
    check(
        "+one two \\
+    three || four
+one \\
|    two || three
+one 'two
|' || three
+one |
+    two &&
+    three
+one; two 'three
|' ; four",
    );
}

#[test]
fn here_documents_belong_to_their_statement() {
    check(
        "+cat <<E
|if a; then $(b
|)
|E
+cat <<'A B' <<-\\C; two
|$( ' \"
|A B
|\tfi
|\tC
+while read x; do
+    echo
-done <<E
-text
-E
+x=$(cat <<E
|)
|E
|)
+cat <<< 'a
|b'
+cat <<E
|a\\
|E
|E",
    );
}

#[test]
fn comments_and_blank_lines_are_no_code() {
    check(
        " #!/bin/bash
 
 # a ' comment
+a # b \"
+a#b 'c
|#d'
 \t# e
+f \\
|
 # g",
    );
}

#[test]
fn definitions_count_where_they_begin() {
    check(
        "+f() {
+    a
-}
+function g {
+    a
-}
+function h ()
-(
+    a
-)
+i ()
-if a; then b; fi >out"
            .replace("-if", "+if")
            .as_str(),
    );
}

#[test]
fn what_bash_confuses_does_not_count() {
    // Up to 5.2, bash gives the line of `g` to `f`; up to 5.1, none to the outer loop; in 5.3, that of `h`
    // to the redirection.
    check(
        "-f() {
-    g() {
+        a
-    }
-}
-for x in a; do
+    for ((i = 0; i < 3; i++)); do
+        a
-    done
-done
+h() {
-    >out
+    >out
-}
-for ((i = 0; i < 3; i++)); do
-    for ((j = 0; j < 3; j++)); do
+        a
-    done
-done",
    );
}

#[test]
fn two_parentheses_begin_subshells_if_they_are_no_arithmetic() {
    // bash has read all of it before it makes the first command, and so gives all the line where the first
    // ends.
    check(
        "-((
+    a
|    b
|) | c
-)
+((a) || (b))",
    );
}

#[test]
fn a_negation_or_time_alone_is_a_command() {
    check(
        "+!\n+time\n+! ! a\n+time -p -- b | c\n+a | time b\n+coproc NAME { a; }\n+coproc a b\n-coproc NAME (\n+    a\n-)",
    );
}

#[test]
fn extended_patterns_can_stand_wherever_they_are_no_error() {
    check("+echo !(a|b;c) @(d\n|)\n+case x in !(a)) b ;; esac\n+!(a)\n+a+() {\n+    b\n-}");
    check("+shopt -s extglob\n+!(a\n|)");
}

#[test]
fn nothing_counts_behind_a_syntax_error() {
    check("+a\n+b; c\n d; }\n e");
    check("+a\n f() {\n     b\n }}\n c");
    check("+a\n if b; then\n     c\n     echo 'd\n fi");
    check("+exit\n <binary>(\n a");
    // After an error in an array, bash continues.
    check("+a\n x=(a & b); c\n+d");
}

#[test]
fn lines_end_with_newlines_and_nothing_else() {
    let lines = |source: &[u8]| statements(source).executable().collect::<Vec<_>>();
    assert_eq!(lines(b"a\nb"), [1, 2]);
    assert_eq!(lines(b"a\r\nb\r\n\r\n"), [1, 2, 3]);
    assert_eq!(lines(b"if a\r\nthen\r\nfi\r\n"), [0; 0]);
    assert_eq!(lines(b"a \0\nb\0c\n\0#\n"), [1, 2]);
    assert_eq!(lines(b"echo \xff\xfe 'a\n\xc3'\nb\xe9\n"), [1, 3]);
    assert_eq!(lines(b"a\\\n"), [1]);
    assert_eq!(lines(b""), [0; 0]);
    assert_eq!(lines(b"\n\n#"), [0; 0]);
}

#[test]
fn a_header_excludes_what_it_is_the_header_of() {
    let excluded = |source: &str| {
        let statements = statements(source.as_bytes());
        (statements.excluded().collect::<Vec<_>>(), statements.executable().collect::<Vec<_>>())
    };
    let source = "f() { # pragma: no cover\n a\n b\n}\nc\nif d; then # pragma: no cover\n e\nelse\n g\nfi\n";
    assert_eq!(excluded(source), (vec![1, 2, 3, 6, 7], vec![5, 9]));
    let source = "if d; then\n e\nelse # pragma: no cover\n g\nfi\ncase x in # a\n a) # pragma: no cover\n b\n ;;\n c) d;;\nesac\n";
    assert_eq!(excluded(source), (vec![4, 8], vec![1, 2, 6, 10]));
    let source = "a 'b\nc # pragma: no cover\n'\n# pragma: no cover\nd\n{ # pragma: no cover\n e\n}\n";
    assert_eq!(excluded(source), (vec![1, 7], vec![5]));
    let also = read(b"f() {\n a\n}\nb\n", &Exclusions::new::<&str>(&[]).unwrap(), &[1]).unwrap();
    assert_eq!(also.excluded().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_marked_line_excludes_its_statement_alone() {
    let mut found = statements(b"if a; then\n b\n c 'd\n'\nfi\n");
    found.exclude([1, 4, 5].into_iter());
    assert_eq!(found.excluded().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(found.executable().collect::<Vec<_>>(), [2]);
    assert_eq!([found.counted(1), found.counted(2), found.counted(4)], [None, Some(2), None]);
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    for opening in ["( ", "$(", "\"$(", "$(( $(", "(( $( ", "{ ", "if ", "f() { ", "${", "case x in a) "] {
        let source = opening.repeat(100_000);
        let result = read(source.as_bytes(), &Exclusions::new::<&str>(&[]).unwrap(), &[]);
        assert_eq!(result.err(), Some(NotBash { line: 1 }), "{opening}");
    }
}

/// Each takes seconds if the time grows with the square of the length.
#[test]
fn the_time_grows_with_the_length() {
    let many = 100_000;
    let sources = [
        format!("{}a{}", "(( $( ".repeat(24), " ) ) ) ".repeat(24)),
        "((a) | (b))\n".repeat(many / 10),
        format!("{}{}", "a".repeat(many), "=".repeat(many)),
        "a[".repeat(many),
        "declare a[1".repeat(many),
        "\\\n".repeat(many),
        format!("cat <<E\n{}E\n", "\\\n".repeat(many)),
        "f() { g() { :; }; }\n".repeat(many / 10),
        "if a; then b; # pragma: no cover\nfi\n".repeat(many / 10),
    ];
    for source in sources {
        statements(source.as_bytes());
    }
}
