//! `--source`, `--include` and `--omit`: which source files count.

#[macro_use]
extern crate forkcov_testing;

use forkcov::sources::{Here, Selection, SourceFilter, Verdict};
use std::path::Path;

harness!();

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn selection(source: &[&str], include: &[&str], omit: &[&str]) -> Selection {
    let source = source.iter().map(Into::into).collect();
    Selection { source, include: owned(include), omit: owned(omit), ..Selection::default() }
}

/// Asserts which of the files a run's filter wants, be they here or not, for a user in `/home/u/project`.
fn check(selection: &Selection, wanted: &[&str], unwanted: &[&str]) {
    let filter = SourceFilter::for_run(&Here::at("/home/u/project"), selection).unwrap();
    for path in wanted {
        assert_ne!(filter.verdict(Path::new(path)), Verdict::LeftOut, "{path} is wanted by {selection:?}");
    }
    for path in unwanted {
        assert_eq!(
            filter.verdict(Path::new(path)),
            Verdict::LeftOut,
            "{path} is not wanted by {selection:?}"
        );
    }
}

fn check_include(pattern: &str, wanted: &[&str], unwanted: &[&str]) {
    check(&selection(&[], &[pattern], &[]), wanted, unwanted);
}

#[test]
fn without_a_flag_everything_but_the_systems_sources_counts() {
    check(&selection(&[], &[], &[]), &["/home/u/project/a.c", "/srv/lib/b.c"], &["/usr/include/c.h"]);
}

#[test]
fn a_source_that_is_not_here_counts_only_if_it_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let here = Here::at(directory.path());
    let (present, absent) = (directory.path().join("present.c"), directory.path().join("absent.c"));
    std::fs::write(&present, "").unwrap();
    let by_default = SourceFilter::for_run(&here, &selection(&[], &[], &[])).unwrap();
    assert_eq!(by_default.verdict(&present), Verdict::Counts);
    assert_eq!(by_default.verdict(&absent), Verdict::Absent);
    assert!(by_default.wants(&present) && !by_default.wants(&absent));
    for named in [selection(&["."], &[], &[]), selection(&[], &["*.c"], &[])] {
        assert!(SourceFilter::for_run(&here, &named).unwrap().wants(&absent), "{named:?}");
    }
}

#[test]
fn a_source_directory_means_everything_under_it() {
    check(
        &selection(&["src", "/usr/src/lib/"], &[], &[]),
        &["/home/u/project/src/a.c", "/home/u/project/src/deep/b.c", "/usr/src/lib/c.c"],
        &["/home/u/project/a.c", "/home/u/project/src2/a.c", "/usr/src/libc/c.c"],
    );
    check(&selection(&["."], &[], &[]), &["/home/u/project/a.c"], &["/home/u/a.c"]);
    check(&selection(&["../lib/./x/.."], &[], &[]), &["/home/u/lib/a.c"], &["/home/u/a.c"]);
}

#[test]
fn a_source_directory_need_not_exist() {
    check(&selection(&["/no/such/place"], &[], &[]), &["/no/such/place/a.c"], &["/home/u/project/a.c"]);
}

#[test]
fn a_star_stops_at_a_slash_and_two_do_not() {
    check_include(
        "src/*.c",
        &["/home/u/project/src/a.c"],
        &["/home/u/project/src/deep/a.c", "/home/u/project/src/a.h"],
    );
    check_include(
        "src/**/a.c",
        &["/home/u/project/src/a.c", "/home/u/project/src/x/y/a.c"],
        &["/home/u/project/srca.c"],
    );
    check_include("src/?.c", &["/home/u/project/src/a.c"], &["/home/u/project/src/ab.c"]);
    check_include(
        "src/*/a.c",
        &["/home/u/project/src/x/a.c"],
        &["/home/u/project/src/a.c", "/home/u/project/src/x/y/a.c"],
    );
}

#[test]
fn a_leading_star_slash_means_any_directory_and_a_trailing_one_everything_below() {
    check_include(
        "*/vendor/*",
        &["/home/u/project/vendor/x/y.c", "/vendor/z.c"],
        &["/home/u/project/vendored/y.c"],
    );
    check_include(
        "src/*",
        &["/home/u/project/src/a.c", "/home/u/project/src/x/y/a.c"],
        &["/home/u/project/b.c"],
    );
}

#[test]
fn a_pattern_without_a_leading_wildcard_is_relative_to_the_current_directory() {
    check_include("a.c", &["/home/u/project/a.c"], &["/home/u/project/src/a.c", "/a.c"]);
    check_include("./src/../lib/*.c", &["/home/u/project/lib/a.c"], &["/home/u/project/src/a.c"]);
    check_include("../other/*.c", &["/home/u/other/a.c"], &["/home/u/project/other/a.c"]);
    check_include("/srv/*.c", &["/srv/a.c"], &["/home/u/project/srv/a.c"]);
    check_include("[ab].c", &["/home/u/project/a.c"], &["/home/u/project/c.c", "/a.c"]);
}

#[test]
fn a_bare_wildcard_name_matches_at_any_depth() {
    check_include("*.c", &["/a.c", "/home/u/project/src/a.c"], &["/home/u/project/a.h"]);
    check_include("**", &["/a.c", "/usr/include/a.h"], &[]);
}

#[test]
fn braces_mean_themselves() {
    check_include("{a}.c", &["/home/u/project/{a}.c"], &["/home/u/project/a.c"]);
}

#[test]
fn a_current_directory_with_glob_characters_is_taken_literally() {
    let here = Here::at("/home/u/[x]*");
    let filter = SourceFilter::for_run(&here, &selection(&[], &["*.h", "src/*.c"], &[])).unwrap();
    assert!(filter.wants(Path::new("/home/u/[x]*/src/a.c")));
    assert!(!filter.wants(Path::new("/home/u/xy/src/a.c")));
}

#[test]
fn omit_takes_away_from_source_include_and_the_default() {
    check(&selection(&[], &[], &["*/gen/*"]), &["/home/u/project/a.c"], &["/home/u/project/gen/a.c"]);
    check(
        &selection(&["src"], &[], &["src/gen_*"]),
        &["/home/u/project/src/a.c"],
        &["/home/u/project/src/gen_a.c"],
    );
    check(&selection(&[], &["*.c"], &["b.c"]), &["/home/u/project/a.c"], &["/home/u/project/b.c"]);
}

#[test]
fn include_takes_in_what_the_default_leaves_out() {
    check_include("/usr/src/*", &["/usr/src/a.c"], &["/home/u/project/a.c"]);
}

#[test]
fn include_has_no_effect_beside_source() {
    let both = selection(&["src"], &["*.c"], &[]);
    check(&both, &["/home/u/project/src/a.h"], &["/home/u/project/lib/a.c"]);
    let here = Here::at("/home/u/project");
    assert!(SourceFilter::for_run(&here, &both).unwrap().ignores_include());
    assert!(!SourceFilter::for_run(&here, &selection(&["src"], &[], &[])).unwrap().ignores_include());
}

#[test]
fn a_report_without_a_flag_takes_all_that_was_recorded() {
    let here = Here::at("/home/u/project");
    let filter = SourceFilter::for_report(&here, &selection(&[], &[], &["*/x/*"])).unwrap();
    assert!(filter.wants(Path::new("/usr/src/a.c")));
    assert!(!filter.wants(Path::new("/usr/x/a.c")));
}

#[test]
fn empty_values_ask_for_nothing() {
    check(&selection(&[""], &[""], &[""]), &["/home/u/project/a.c"], &["/usr/include/c.h"]);
}

#[test]
fn a_malformed_pattern_is_named_with_the_reason() {
    let here = Here::at("/home/u/project");
    let message = |pattern: &str| {
        SourceFilter::for_run(&here, &selection(&[], &[], &[pattern])).unwrap_err().to_string()
    };
    assert_eq!(message("src/[a"), r#"malformed pattern "src/[a": unclosed character class; missing ']'"#);
    assert_eq!(
        message("src/x**"),
        r#"malformed pattern "src/x**": `**` must stand alone between slashes, not as `x**`"#
    );
    assert_eq!(
        message("***"),
        r#"malformed pattern "***": `**` must stand alone between slashes, not as `***`"#
    );
}
