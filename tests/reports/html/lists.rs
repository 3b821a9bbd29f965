//! The tree of files, and the page of functions.

use super::browser::{Browser, WIDE};
use super::site::Site;
use crate::support;
use forkcov::data::view::{Function, View};
use forkcov::data::{Birth, Exit};
use forkcov_testing::sandbox::Sandbox;
use std::fs;

/// Five files in directories, of which `src/three.c` has the most lines, and `deep/a/b/full.c` is covered.
fn some_files() -> (View, Sandbox) {
    let directory = Sandbox::new();
    let path = |name: &str| directory.path(name).to_str().unwrap().to_owned();
    let processes =
        vec![support::process(100, Birth::Launch), support::child(101, Birth::Fork, 0, Some(Exit::Code(0)))];
    let lines = support::lines;
    let mut files = vec![
        support::file(&path("deep/a/b/full.c"), &lines(&[1..=4]), &[(0, &lines(&[1..=4]))]),
        support::file(&path("src/one.c"), &lines(&[1..=10]), &[(0, &lines(&[1..=9]))]),
        support::file(&path("src/three.c"), &lines(&[1..=30]), &[(1, &lines(&[1..=15]))]),
        support::file(&path("test/two.c"), &lines(&[1..=20]), &[]),
        support::file(&path("top.c"), &lines(&[1..=2]), &[(0, &lines(&[1..=1]))]),
    ];
    files[2].functions = vec![function("used", 1, 15, 0, 1), function("<half>", 14, 17, 1, 1)];
    files[2].entered = vec![(1, lines(&[0..=1]))];
    files[3].functions = vec![function("never", 3, 9, 0, 0)];
    (View { processes, files, programs: 1, ..View::default() }, directory)
}

fn function(name: &str, line: u32, last: u32, ordinal: u32, processes: usize) -> Function {
    Function { name: name.to_owned(), line, last, ordinal, processes }
}

fn site() -> Site {
    let (view, directory) = some_files();
    Site::of(&view, directory)
}

fn names(browser: &Browser) -> Vec<String> {
    browser.texts(".row .name")
}

#[test]
fn folded_directories_are_in_the_address() {
    let (mut view, directory) = some_files();
    let odd = directory.path("odd, %2C/five.c");
    view.files.insert(1, support::file(odd.to_str().unwrap(), &support::lines(&[1..=2]), &[]));
    let site = Site::of(&view, directory);
    let browser = Browser::start(WIDE);
    let address = |browser: &Browser| browser.run("return location.search").as_str().unwrap().to_owned();
    let directories = |browser: &Browser| browser.texts(".row.directory .name");
    let first = site.page("index.html");
    browser.open(&first, "");
    browser.click("[data-id='src/'] button");
    browser.click("[data-id='odd, %2C/'] button");
    assert_eq!(directories(&browser), ["▾ deep/a/b/", "▸ odd, %2C/", "▸ src/", "▾ test/"]);
    let shared = address(&browser);
    assert_eq!(shared, "?folded=src/,odd%252C+%25252C/");
    browser.open(&first, &shared);
    assert_eq!(directories(&browser), ["▾ deep/a/b/", "▸ odd, %2C/", "▸ src/", "▾ test/"]);
    browser.click("#fold");
    browser.click("[data-id='src/'] button");
    assert_eq!(address(&browser), "?fold=all&unfolded=src/");
    browser.open(&first, "?fold=all&unfolded=src/");
    assert_eq!(directories(&browser), ["▸ deep/a/b/", "▸ odd, %2C/", "▾ src/", "▸ test/"]);
    browser.click("[data-id='src/'] button");
    assert_eq!(address(&browser), "?fold=all");
    browser.click("#unfold");
    assert_eq!(address(&browser), "?fold=none");
    assert_eq!(directories(&browser), ["▾ deep/a/b/", "▾ odd, %2C/", "▾ src/", "▾ test/"]);
}

#[test]
fn bars_have_the_colours_of_the_limits() {
    let site = Site::of_tests();
    let browser = Browser::start(WIDE);
    for (limits, level, legend) in [
        ("0,0.5", "high", ["0.5% or more", "0% or more", "less"]),
        ("0,100", "medium", ["100% or more", "0% or more", "less"]),
        ("99.5,100", "low", ["100% or more", "99.5% or more", "less"]),
    ] {
        site.forkcov(&["html", "--test", "one", "--limits", limits]);
        browser.open(&site.page("index.html"), "");
        assert_eq!(browser.texts(".legend .key"), legend);
        let bars = browser.texts(".row .bar").len();
        assert!(bars > 0 && browser.texts(&format!(".row .bar.{level}")).len() == bars, "{limits}");
        let plain = fs::read_to_string(site.page("plain.html")).unwrap();
        assert_eq!(plain.matches("\"bar ").count(), plain.matches(&format!("\"bar {level}\"")).count());
    }
}

#[test]
fn directories_have_the_sums_of_what_is_below_and_can_be_folded() {
    let site = site();
    let browser = Browser::start(WIDE);
    browser.open(&site.page("index.html"), "");
    let all = ["▾ deep/a/b/", "full.c", "▾ src/", "one.c", "three.c", "▾ test/", "two.c", "top.c"];
    assert_eq!(names(&browser), all);
    assert_eq!(browser.texts("[data-id='src/'] > *")[1..], ["40", "16", "60.0%", "2/2", "15", ""]);
    browser.click("[data-id='src/'] button");
    assert_eq!(names(&browser)[2..4], ["▸ src/", "▾ test/"]);
    let (left, right) = ("\u{e012}", "\u{e014}");
    browser.keys(right);
    assert_eq!(names(&browser), all);
    browser.keys(left);
    assert_eq!(names(&browser).len(), 6);
    browser.click("#fold");
    assert_eq!(names(&browser), ["▸ deep/a/b/", "▸ src/", "▸ test/", "top.c"]);
    browser.click("#unfold");
    assert_eq!(names(&browser), all);
    // Levels by the thresholds of lcov.
    assert_eq!(
        browser.run("return [...document.querySelectorAll('.row .bar')].map(b => b.classList[1]).join(' ')"),
        "high high low high low low low low"
    );
    assert!(browser.complaints().is_empty());
}

#[test]
fn what_is_sorted_filtered_and_hidden_is_in_the_address() {
    let site = site();
    let browser = Browser::start(WIDE);
    let address = |browser: &Browser| browser.run("return location.search").as_str().unwrap().to_owned();
    browser.open(&site.page("index.html"), "");
    browser.click("#flat");
    let (full, one, three, two, top) = ("deep/a/b/full.c", "src/one.c", "src/three.c", "test/two.c", "top.c");
    assert_eq!(names(&browser), [full, one, three, two, top]);
    for (key, expected, sort) in [
        ("lines", [three, two, one, full, top], "&sort=-lines"),
        ("lines", [top, full, one, two, three], "&sort=lines"),
        ("missed", [two, three, one, top, full], "&sort=-missed"),
        ("cover", [two, three, top, one, full], "&sort=cover"),
        ("children", [three, full, one, two, top], "&sort=-children"),
        ("name", [full, one, three, two, top], ""),
    ] {
        browser.click(&format!("[data-key={key}]"));
        assert_eq!(
            (names(&browser), address(&browser)),
            (expected.map(str::to_owned).to_vec(), format!("?flat=1{sort}"))
        );
    }
    browser.click("[data-key=missed]");
    assert_eq!(browser.texts("[aria-sort=descending]"), ["Missed"]);
    browser.click("#hide");
    assert_eq!(names(&browser), [two, three, one, top]);
    assert_eq!(browser.text("h1"), "43.9% of 5 files", "what is hidden counts");
    browser.keys("/");
    browser.keys("src cover:>40");
    assert_eq!(names(&browser), [three, one]);
    assert_eq!(browser.text("h1"), "60.0% of 2 files (all: 5)", "what is filtered out does not");
    assert_eq!(browser.texts(".foot > *")[1..3], ["40", "16"]);

    let shared = address(&browser);
    assert_eq!(shared, "?flat=1&sort=-missed&hide=1&filter=src+cover:%3E40");
    browser.open(&site.page("functions.html"), "");
    browser.open(&site.page("index.html"), &shared);
    assert_eq!(
        (names(&browser), browser.text("h1").len()),
        (vec![three.into(), one.into()], "60.0% of 2 files (all: 5)".len())
    );
    let (down, up, enter, escape) = ("\u{e015}", "\u{e013}", "\u{e007}", "\u{e00c}");
    browser.click("#filter");
    browser.keys(escape);
    assert_eq!(names(&browser).len(), 4);
    for key in [down, down, down, up] {
        browser.keys(key);
    }
    browser.keys(enter);
    assert_eq!(browser.text("h1"), three);
    assert!(browser.complaints().is_empty());
}

#[test]
fn functions_of_all_sources_are_listed_sorted_and_filtered() {
    let site = site();
    let browser = Browser::start(WIDE);
    browser.open(&site.page("functions.html"), "");
    assert_eq!(browser.text("h1"), "2 of 3 functions entered");
    let row = |place: usize| browser.texts(&format!(".row:nth-child({place}) > *"));
    assert_eq!(row(1), ["used", "src/three.c:1", "13/13", "1"]);
    assert_eq!(row(2), ["<half>", "src/three.c:14", "2/4", "1"]);
    assert_eq!(row(3), ["never", "test/two.c:3", "0/7", "0"]);
    for (key, expected) in [
        ("name", ["<half>", "never", "used"]),
        ("cover", ["never", "<half>", "used"]),
        ("processes", ["used", "<half>", "never"]),
    ] {
        browser.click(&format!("[data-key={key}]"));
        assert_eq!(names(&browser), expected);
    }
    browser.keys("/");
    browser.keys("three !name:us");
    assert_eq!(
        (names(&browser), browser.text("h1")),
        (vec!["<half>".into()], "1 of 1 function entered (all: 3)".into())
    );
    browser.click(".row a");
    assert_eq!(browser.run("return location.hash"), "#L14");
    browser.open(&site.page("functions.html"), "?hide=1");
    assert_eq!(names(&browser), ["never"]);
    // The parent entered none.
    browser.open(&site.page("functions.html"), "?p=0");
    assert_eq!(browser.text("h1"), "0 of 3 functions entered");
    assert!(browser.complaints().is_empty());
}

#[test]
fn keys_are_explained() {
    let site = site();
    let browser = Browser::start(WIDE);
    browser.open(&site.page("index.html"), "");
    browser.keys("?");
    assert_eq!(browser.text("#help h2"), "Keys");
    assert!(browser.texts("#help td").contains(&"fold and unfold a directory".to_owned()));
    browser.keys("\u{e00c}");
    assert_eq!(browser.run("return document.querySelector('#help[open]')"), serde_json::Value::Null);
    browser.click("#keys");
    browser.click("#help button");
    assert_eq!(browser.run("return document.querySelector('#help[open]')"), serde_json::Value::Null);
}

#[test]
fn the_first_page_of_2000_sources_is_small_and_has_few_rows() {
    let (directory, mut view) = (Sandbox::new(), support::server());
    let lines = support::lines;
    view.files = (0..2000)
        .map(|file| {
            let name = format!("lib/directory_{:02}/source_file_{:02}.c", file / 40, file % 40);
            let path = directory.path(&name);
            support::file(path.to_str().unwrap(), &lines(&[1..=99]), &[(file % 4, &lines(&[1..=50]))])
        })
        .collect();
    let site = Site::of(&view, directory);
    let parts = ["index.html", "files.js", "forkcov.js", "forkcov-lists.js", "forkcov.css"];
    let bytes: u64 = parts.iter().map(|part| fs::metadata(site.page(part)).unwrap().len()).sum();
    assert!(bytes < 200_000, "{bytes}");
    let browser = Browser::start(WIDE);
    browser.open(&site.page("index.html"), "");
    assert_eq!(names(&browser).len(), 51, "directories, of which the inner ones are folded");
    browser.click("#flat");
    let rows = browser.run("return document.querySelectorAll('.row').length").as_u64().unwrap();
    assert!(rows < 200, "{rows}");
    browser.run("scrollTo(0, document.body.scrollHeight)");
    browser.run("document.dispatchEvent(new Event('scroll'))");
    assert_eq!(names(&browser).last().unwrap(), "lib/directory_49/source_file_39.c");
}
