//! Colours of sources.

use super::browser::{Browser, WIDE};
use super::site::Site;
use crate::support;
use forkcov::data::Birth;
use forkcov::data::view::View;
use forkcov_testing::sandbox::Sandbox;
use std::fs;

/// The page of a source, in a browser.
fn open(browser: &Browser, name: &str, text: &str) -> Site {
    let directory = Sandbox::new();
    let path = directory.path(name);
    fs::write(&path, text).unwrap();
    let lines = support::lines(&[1..=1]);
    let file = support::file(path.to_str().unwrap(), &lines, &[(0, &lines)]);
    let processes = vec![support::process(7, Birth::Launch)];
    let site = Site::of(&View { processes, files: vec![file], ..View::default() }, directory);
    browser.open(&site.source(name), "");
    site
}

#[test]
fn tokens_of_each_language_are_coloured_and_the_text_stays() {
    let browser = Browser::start(WIDE);
    for (name, text, expected) in [
        (
            "a.c",
            "#include <x.h>\nint f(char *s) { /* a\n if */ return 'x' + 0x1f; } // while\nchar *t = \"a\\\"b\";\n",
            "meta:#include <x.h> keyword:int call:f keyword:char comment:/* a comment: if */ keyword:return \
             string:'x' number:0x1f comment:// while keyword:char string:\"a\\\"b\"",
        ),
        (
            "a.rs",
            "#[test]\nfn f<'a>(s: &'a str) { println!(\"a\n b\", 'c', r#\"\"#); }\n",
            "meta:#[test] keyword:fn meta:'a meta:'a meta:println! string:\"a string: b\" string:'c' string:r#\"\"#",
        ),
        (
            "a.go",
            "func f() { return `a\n//b` } // c\n",
            "keyword:func call:f keyword:return string:`a string://b` comment:// c",
        ),
        (
            "a.py",
            "@cached\ndef f(x):\n    '''a\n    if'''\n    return f\"{x}\" # not\n",
            "meta:@cached keyword:def call:f string:'''a string:    if''' keyword:return string:f\"{x}\" comment:# not",
        ),
        (
            "a.sh",
            "if [ $# -gt 1 ]; then echo \"a\n# b\"; fi # c\ncat <<EOF\nfor $x\nEOF\ndone\n",
            "keyword:if meta:$# number:1 keyword:then string:\"a string:# b\" keyword:fi comment:# c string:<<EOF \
             string:for $x string:EOF keyword:done",
        ),
        (
            "a.zig",
            "const x = @import(\"std\"); // y\nconst s =\n    \\\\for\n;\n",
            "keyword:const meta:@import string:\"std\" comment:// y keyword:const string:\\\\for",
        ),
        ("a.f90", "if (x) then ! y\n", ""),
    ] {
        let _site = open(&browser, name, text);
        let spans = "return [...document.querySelectorAll('.l code span')].map(s => s.className.slice(2) + ':' + s.textContent).join(' ')";
        if !expected.is_empty() {
            browser.text(".l code span");
        }
        assert_eq!(browser.run(spans), expected, "{name}");
        let shown = browser.run(
            "return [...document.querySelectorAll('.l code')].map(c => c.textContent).join('\\n') + '\\n'",
        );
        assert_eq!(shown, text, "{name}");
    }
    assert!(browser.complaints().is_empty());
}

#[test]
fn huge_sources_have_no_colours_and_long_lines_none() {
    let browser = Browser::start(WIDE);
    let spans = "return document.querySelectorAll('.l code span').length";
    let _long = open(&browser, "long.c", &format!("int x; //{}\nint y;\n", "x".repeat(3000)));
    browser.text("#L2 code span");
    assert_eq!(browser.run(spans), 1);
    let _huge = open(&browser, "huge.c", &"int x;\n".repeat(20_001));
    assert_eq!((browser.text("#L1 code"), browser.run(spans)), ("int x;".into(), 0.into()));
}
