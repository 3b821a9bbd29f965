//! The effect of a configuration file on a command line.

use super::{ParseError, keys, parse_in};
use crate::cli::{Cli, Command, ReportOptions, RunOptions, TableFormat};
use crate::sources::PathMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory with files.
pub(super) fn place(files: &[(&str, &str)]) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    place
}

pub(super) fn parse(directory: &Path, line: &str) -> Result<Cli, ParseError> {
    let arguments: Vec<OsString> =
        ["forkcov"].into_iter().chain(line.split(' ')).map(OsString::from).collect();
    parse_in(directory, &arguments)
}

fn report(text: &str, line: &str) -> ReportOptions {
    let place = place(&[("forkcov.toml", text)]);
    match parse(place.path(), line).unwrap().command {
        Command::Report(options) => options,
        other => panic!("{other:?}"),
    }
}

fn run(text: &str, line: &str) -> RunOptions {
    let place = place(&[("forkcov.toml", text)]);
    match parse(place.path(), line).unwrap().command {
        Command::Run(options) => options,
        other => panic!("{other:?}"),
    }
}

/// The error about a file, without its directory.
fn wrong(text: &str) -> String {
    let place = place(&[("forkcov.toml", text)]);
    let error = parse(place.path(), "erase").unwrap_err().to_string();
    error.replace(&format!("{}/", place.path().display()), "")
}

#[test]
fn the_file_sets_flags_that_are_not_given() {
    let options = report(
        "[report]\nprecision = 3\nshow_missing = true\nomit = ['a', 'b,c']\n\
         sort = '-miss'\nformat = 'markdown'\nfail_under = 90\n",
        "report",
    );
    assert_eq!((options.precision, options.show_missing, options.format), (3, true, TableFormat::Markdown));
    assert!(options.data.patterns.omit[0].ends_with("/a") && options.data.patterns.omit[1].ends_with("/b,c"));
    assert_eq!((options.data.patterns.omit.len(), options.fail_under), (2, Some(90.0)));
    assert_eq!(options.sort, "-miss".parse().unwrap());
    let options = report("[report]\nfail_under = 87.5\n", "report");
    assert_eq!((options.precision, options.fail_under, options.show_missing), (1, Some(87.5), false));
}

#[test]
fn a_flag_overrides_the_file_key_by_key() {
    let text = "[report]\nprecision = 3\nomit = ['*/a', '*/b']\nshow_missing = true\n";
    let options = report(text, "report --precision 0 --omit */x,*/y");
    assert_eq!((options.precision, options.show_missing), (0, true));
    assert_eq!(options.data.patterns.omit, ["*/x", "*/y"]);
}

#[test]
fn a_switch_has_an_opposite_and_the_last_flag_counts() {
    let text = "[report]\nshow_missing = true\n";
    let shows = |text, line| report(text, line).show_missing;
    assert!(shows(text, "report"));
    assert!(!shows(text, "report --no-show-missing"));
    assert!(shows(text, "report --no-show-missing -m"));
    assert!(!shows("", "report -m --no-show-missing"));
    assert!(!shows("[report]\nshow_missing = false\n", "report"));
    assert!(shows("[report]\nshow_missing = false\n", "report -m"));
}

#[test]
fn a_flag_turns_off_a_setting_that_it_conflicts_with() {
    let of = |line| {
        let options = run("[run]\nparallel_mode = true\nverbose = true\n", line);
        (options.append, options.parallel_mode, options.quiet, options.verbose)
    };
    assert_eq!(of("run true"), (false, true, false, true));
    assert_eq!(of("run -a -q true"), (true, false, true, false));
    assert_eq!(
        wrong("[run]\nappend = true\nparallel_mode = true\n"),
        "forkcov.toml:3: `parallel_mode` cannot be used with `append`"
    );
}

#[test]
fn a_renamed_flag_keeps_its_former_name() {
    let after = |text, line| run(text, line).trampolines_after;
    assert_eq!(after("", "run true"), 16);
    assert_eq!(after("", "run --trampolines-after 3 true"), 3);
    assert_eq!(after("", "run --detours-after 3 true"), 3);
    assert_eq!(after("[run]\ntrampolines_after = 3\n", "run true"), 3);
    assert_eq!(after("[run]\ndetours_after = 3\n", "run true"), 3);
    assert_eq!(after("[run]\ndetours_after = 3\n", "run --trampolines-after 4 true"), 4);
    assert_eq!(
        wrong("[run]\ndetours_after = 3\ntrampolines_after = 3\n"),
        "forkcov.toml:3: `trampolines_after` is set twice, under two names"
    );
}

#[test]
fn arguments_of_the_program_are_not_flags_of_forkcov() {
    let options = run("[run]\nappend = true\n", "run prog --no-append --config nothing");
    assert!(options.append);
    assert_eq!(options.command, ["prog", "--no-append", "--config", "nothing"]);
}

#[test]
fn every_report_uses_the_table_report_unless_its_own_table_differs() {
    let text = "[report]\nprecision = 3\ninclude = ['*.c']\nexclude_also = ['a,b']\nsort = 'cover'\n\
                [html]\nprecision = 2\ntitle = 'T'\n[run]\ndata_file = 'd'\ninclude = ['*.h']\n";
    let place = place(&[("forkcov.toml", text)]);
    let Command::Html(html) = parse(place.path(), "html").unwrap().command else { panic!() };
    assert_eq!((html.precision, &*html.title), (2, "T"));
    assert_eq!(
        (html.data.patterns.include, html.data.patterns.exclude.exclude_also),
        (vec!["*.c".into()], vec!["a,b".into()])
    );
    assert_eq!(html.data.file.data_file, place.path().join("d"));
    let Command::Json(json) = parse(place.path(), "json").unwrap().command else { panic!() };
    assert_eq!((json.precision, json.data.patterns.include), (3, vec!["*.c".to_owned()]));
    let Command::Annotate(annotate) = parse(place.path(), "annotate a.c").unwrap().command else { panic!() };
    assert_eq!((annotate.precision, annotate.exclude.exclude_also), (3, vec!["a,b".to_owned()]));
    let run = run(text, "run true");
    assert_eq!(
        (run.patterns.include, run.patterns.exclude.exclude_also),
        (vec!["*.h".into()], vec!["a,b".into()])
    );
    let Command::Erase(erase) = parse(place.path(), "erase").unwrap().command else { panic!() };
    assert_eq!(erase.data_file.data_file, place.path().join("d"));
}

#[test]
fn paths_and_patterns_are_relative_to_the_file() {
    let text = "[run]\ndata_file = 'x/d'\nsource = ['src', '/abs']\n\
                omit = ['src/*', '../o', '*/t', '/abs/*']\n[json]\noutput = '-'\n[lcov]\noutput = 'l'\n";
    let place = place(&[("sub[1]/forkcov.toml", text)]);
    let directory = place.path().to_str().unwrap();
    let file = "--config sub[1]/forkcov.toml";
    let Command::Run(run) = parse(place.path(), &format!("{file} run true")).unwrap().command else {
        panic!()
    };
    assert_eq!(run.data_file.data_file, place.path().join("sub[1]/x/d"));
    assert_eq!(run.source, [place.path().join("sub[1]/src"), "/abs".into()]);
    let below = format!("{directory}/sub[[]1]");
    assert_eq!(run.patterns.omit, [&*format!("{below}/src/*"), &*format!("{below}/../o"), "*/t", "/abs/*"]);
    let Command::Json(json) = parse(place.path(), &format!("json {file}")).unwrap().command else { panic!() };
    assert_eq!(json.output, Path::new("-"));
    let Command::Lcov(lcov) = parse(place.path(), &format!("lcov {file}")).unwrap().command else { panic!() };
    assert_eq!(lcov.output, place.path().join("sub[1]/l"));
    let Command::Format(xml) = parse(place.path(), &format!("xml {file}")).unwrap().command else { panic!() };
    assert_eq!((xml.format.name, xml.options.output), ("xml", PathBuf::from("coverage.xml")));
}

#[test]
fn maps_of_the_file_follow_those_of_flags_in_the_order_of_the_file() {
    let text = "[paths]\nzoo = ['src', '*/work/src', 'old']\nall = ['.', '/ci']\n";
    let place = place(&[("forkcov.toml", text)]);
    let Command::Combine(combine) = parse(place.path(), "combine --map /a=b").unwrap().command else {
        panic!()
    };
    let directory = place.path();
    let old = directory.join("old").to_str().unwrap().to_owned();
    let map = |from: &[&str], to: PathBuf, only_existing| PathMap {
        from: from.iter().map(ToString::to_string).collect(),
        to,
        only_existing,
    };
    let expected = [
        map(&["/a"], "b".into(), false),
        map(&["*/work/src", &old], directory.join("src"), true),
        map(&["/ci"], directory.join("."), true),
    ];
    assert_eq!(combine.map, expected);
}

#[test]
fn the_first_file_with_a_table_for_forkcov_is_used() {
    let precision = |files: &[(&str, &str)]| {
        let place = place(files);
        let Command::Report(report) = parse(place.path(), "report").unwrap().command else { panic!() };
        report.precision
    };
    let own = ("forkcov.toml", "[report]\nprecision = 2\n");
    let python = ("pyproject.toml", "[tool.forkcov.report]\nprecision = 3\n");
    let cargo = ("Cargo.toml", "[package]\nname = 'a'\n[package.metadata.forkcov]\nreport.precision = 4\n");
    assert_eq!(precision(&[]), 1);
    assert_eq!(precision(&[own, python, cargo]), 2);
    assert_eq!(precision(&[python, cargo]), 3);
    assert_eq!(precision(&[cargo]), 4);
    assert_eq!(precision(&[("pyproject.toml", "[tool.x]\nforkcov = 1\n"), cargo]), 4);
    assert_eq!(
        precision(&[("pyproject.toml", "not TOML"), ("Cargo.toml", "[package]\nname = 'forkcov'\n")]),
        1
    );
    assert_eq!(precision(&[("forkcov.toml", ""), python]), 1, "an empty file is one");
}

#[test]
fn a_named_file_must_exist_and_have_a_table_for_forkcov() {
    let place = place(&[
        ("pyproject.toml", "[tool.x]\n"),
        ("other", "[report]\nprecision = 5\n"),
        ("forkcov.toml", "[report]\nprecision = 2\n"),
        ("latin.toml", "# forkcov"),
    ]);
    fs::write(place.path().join("latin.toml"), b"# \xe9\n").unwrap();
    let Command::Report(report) = parse(place.path(), "report --config other").unwrap().command else {
        panic!()
    };
    assert_eq!(report.precision, 5);
    let Command::Report(report) = parse(place.path(), "--config /dev/null report").unwrap().command else {
        panic!()
    };
    assert_eq!(report.precision, 1, "/dev/null sets nothing");
    let fails = |name: &str| {
        let error = parse(place.path(), &format!("report --config {name}")).unwrap_err().to_string();
        error.replace(&format!("{}/", place.path().display()), "")
    };
    assert_eq!(fails("none"), "failed to read none: No such file or directory (os error 2)");
    assert_eq!(fails("pyproject.toml"), "failed to read pyproject.toml: it has no [tool.forkcov]");
    assert!(fails("latin.toml").starts_with("failed to read latin.toml: "), "{}", fails("latin.toml"));
}

#[test]
fn an_unknown_name_is_an_error_with_a_suggestion() {
    for (text, message) in [
        ("\n[report]\nprecison = 1\n", "3: no key `precison` in [report]: did you mean `precision`?"),
        ("[run]\nparallel = true\n", "2: no key `parallel` in [run]: did you mean `parallel_mode`?"),
        ("[run]\nfail_under = 1\n", "2: no key `fail_under` in [run]: it is a key of [report]"),
        ("[report]\ndata_file = 'd'\n", "2: no key `data_file` in [report]: it is a key of [run]"),
        ("[run]\nexclude_also = []\n", "2: no key `exclude_also` in [run]: it is a key of [report]"),
        ("[run]\nshow-missing = true\n", "2: no key `show-missing` in [run]: expected one of "),
        ("[run]\nconfig = 1\n", "2: no key `config` in [run]: expected one of "),
        ("[reports]\n", "1: no table [reports]: did you mean `report`?"),
        ("[q]\n", "1: no table [q]: expected one of run, combine, report, "),
        ("precision = 1\n", "1: `precision` is a key of [report]"),
        ("pretty_print = true\n", "1: `pretty_print` is a key of [json]"),
        ("run = true\n", "1: `run` must be a table"),
        ("[report]\nx = \n", "2: "),
    ] {
        let wrong = wrong(text);
        assert!(wrong.starts_with(&format!("forkcov.toml:{message}")), "{text:?}: {wrong}");
    }
    let place = place(&[("pyproject.toml", "[tool.forkcov.report]\nprecison = 1\n")]);
    let error = parse(place.path(), "report").unwrap_err().to_string();
    assert!(error.ends_with(
        "pyproject.toml:2: no key `precison` in [tool.forkcov.report]: did you mean `precision`?"
    ));
    fs::write(place.path().join("pyproject.toml"), "[tool]\nforkcov = 1\n").unwrap();
    let error = parse(place.path(), "report").unwrap_err().to_string();
    assert!(error.ends_with("pyproject.toml:2: `tool.forkcov` must be a table"), "{error}");
}

#[test]
fn a_malformed_pattern_is_an_error_of_its_line() {
    let minimum = wrong("[minimum]\n\"a/*\" = 1\n\"b/**c\" = 1\n");
    assert!(minimum.starts_with("forkcov.toml:3: malformed pattern"), "{minimum}");
    let paths = wrong("[paths]\na = ['.',\n  '/x']\nb = ['.', '/y/*']\n");
    assert!(paths.starts_with("forkcov.toml:4: `b`: malformed pattern"), "{paths}");
}

#[test]
fn a_switch_that_is_on_by_default_is_turned_off_by_its_key_and_by_its_flag() {
    for (text, flags, expected) in [
        ("", &[][..], true),
        ("", &["--no-cache"], false),
        ("", &["--no-cache", "--cache"], true),
        ("[run]\ncache = false\n", &[], false),
        ("[run]\ncache = true\n", &[], true),
        ("[run]\ncache = false\n", &["--cache"], true),
        ("[run]\ncache = true\n", &["--no-cache"], false),
    ] {
        let place = place(&[("forkcov.toml", text)]);
        let command = parse(place.path(), &format!("run {} true", flags.join(" "))).unwrap().command;
        let Command::Run(options) = command else { panic!("{command:?}") };
        assert_eq!(options.cache, expected, "{text:?} {flags:?}");
    }
    assert!(wrong("[run]\nno_cache = true\n").contains("no key `no_cache` in [run]: did you mean `cache`?"));
}

#[test]
fn a_value_of_the_wrong_type_or_out_of_range_is_an_error() {
    for (text, message) in [
        ("[report]\nprecision = '1'", "2: `precision` must be a number, not a string"),
        ("[report]\nprecision = 16", "2: `precision` cannot be \"16\": 16 is not in 0..=15"),
        ("[report]\nprecision = 1.5", "2: `precision` cannot be \"1.5\": invalid digit"),
        ("[report]\nprecision = -1", "2: `precision` cannot be \"-1\": -1 is not in 0..=15"),
        (
            "[report]\nfail_under = 101",
            "2: `fail_under` cannot be \"101\": expected a percentage from 0 to 100",
        ),
        (
            "[report]\nfail_under = nan",
            "2: `fail_under` cannot be \"nan\": expected a percentage from 0 to 100",
        ),
        ("[report]\nshow_missing = 1", "2: `show_missing` must be true or false, not an integer"),
        ("[report]\nshow_missing = 'yes'", "2: `show_missing` must be true or false, not a string"),
        ("[report]\nomit = 'a'", "2: `omit` must be a list, not a string"),
        ("[report]\nomit = [\n'a',\n1]", "4: `omit` must be a string, not an integer"),
        (
            "[report]\nformat = 'html'",
            "2: `format` cannot be \"html\": expected one of text, markdown, total",
        ),
        ("[report]\nsort = 'size'", "2: `sort` cannot be \"size\": "),
        (
            "[report]\nexclude_also = ['a', '(']",
            "2: `exclude_also` cannot be \"(\": malformed regular expression",
        ),
        ("[run]\ndata_file = ['a']", "2: `data_file` must be a string, not an array"),
        ("[run]\ndata_file = \"a\\u0000\"", "2: `data_file` has a null character"),
        ("[html]\ntitle = 1979-05-27", "2: `title` must be a string, not a datetime"),
        ("[paths]\nsrc = 'a'", "2: `src` must be a list of directories"),
        ("[paths]\nsrc = ['a',\n3]", "3: `src` must be a list of directories"),
        ("[paths]\nsrc = ['']", "2: `src` must be a list of directories"),
        ("[paths]\nsrc = []", "2: `src` must be a list of directories"),
    ] {
        let wrong = wrong(text);
        assert!(wrong.starts_with(&format!("forkcov.toml:{message}")), "{text:?}: {wrong}");
    }
}

/// The block of TOML in docs/configuration.md.
fn example() -> &'static str {
    let text = include_str!("../../docs/configuration.md");
    text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0
}

#[test]
fn the_example_in_the_documentation_is_valid_and_has_every_key() {
    let place = place(&[("forkcov.toml", example())]);
    let Command::Report(report) = parse(place.path(), "report").unwrap().command else { panic!() };
    assert_eq!((report.skip_empty, report.fail_under_file), (true, Some(75.0)));
    let example = toml::de::DeTable::parse(example()).unwrap();
    let has = |table: &str, key: &str| {
        let table = example.get_ref().get(table).and_then(|table| table.get_ref().as_table());
        table.is_some_and(|table| table.contains_key(key))
    };
    for command in keys::command().get_subcommands() {
        let table = keys::table(command);
        for key in keys::of_table(command).map(keys::key) {
            let is_there =
                has(&table, &key) || keys::tables(command, &key).iter().any(|table| has(table, &key));
            assert!(is_there, "docs/configuration.md has no `{key}` in [{table}]");
        }
    }
}
