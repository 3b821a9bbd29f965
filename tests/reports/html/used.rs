//! What a reader can do with a report: sort, filter, choose processes, see which ones ran a line.

use super::browser::{Browser, NARROW, WIDE};
use super::site::Site;
use crate::branches;
use crate::support;
use forkcov::data::Birth;
use forkcov::data::view::{Process, View};
use forkcov_testing::sandbox::Sandbox;
use std::fs;

/// A line of pool.c by what is in it.
fn line_with(site: &Site, text: &str) -> usize {
    let source = fs::read_to_string(site.directory().join("pool.c")).unwrap();
    source.lines().position(|line| line.contains(text)).unwrap() + 1
}

#[test]
fn a_reader_finds_which_child_ran_a_line_and_how_it_ended() {
    let site = Site::of_pool();
    let browser = Browser::start(WIDE);
    browser.open(&site.page("index.html"), "");
    browser.click(".rows a");
    assert_eq!(browser.text("h1"), "pool.c");
    let kill = line_with(&site, "kill(getpid(), SIGKILL)");
    browser.click(&format!("#L{kill} button"));
    assert_eq!(browser.text("#ran-by h2"), format!("Line {kill} was run by 1 process"));
    let said = browser.text("#ran-by li");
    assert!(said.contains(" fork of pool 5: SIGKILL, child of "), "{said}");
    let pid = said.split(' ').next().unwrap().to_owned();

    browser.click("#ran-by li a");
    let row = browser.text(".row.target");
    assert!(row.contains(&pid) && row.contains("SIGKILL"), "{row}");
    assert!(browser.complaints().is_empty());
}

#[test]
fn the_numbers_are_those_of_the_other_reports_with_and_without_a_choice() {
    let site = Site::of_pool();
    let browser = Browser::start(WIDE);
    // Name, lines, missed, and the percentage.
    let table = |arguments: &[&str]| {
        let report = site.forkcov(arguments);
        let row = report.lines().find(|line| line.starts_with("pool.c")).unwrap();
        row.split_whitespace().map(str::to_owned).collect::<Vec<String>>()
    };
    let shown = |browser: &Browser| browser.texts(".rows .row > *")[..4].to_vec();
    browser.open(&site.page("index.html"), "");
    assert_eq!(shown(&browser), table(&["report"]));
    assert_eq!(browser.texts(".rows .row > *")[4..6], ["3/4", "12"]);

    browser.click("nav a:last-of-type");
    let pids = browser.texts(".what b");
    // The second child and the last one.
    for process in [2, 5] {
        browser.click(&format!("#p{process} input"));
    }
    let chosen = browser.text("#chosen");
    assert!(
        chosen.starts_with(&format!("Only what 2 processes of 6 ran: {}, {}", pids[2], pids[5])),
        "{chosen}"
    );
    browser.click("nav a");
    assert_eq!(shown(&browser), table(&["report", "--pid", &format!("{},{}", pids[2], pids[5])]));

    browser.click(".rows a");
    let hit = |browser: &Browser| browser.texts(".l.h > a");
    let ran = |pids: &[&str]| {
        let mut arguments = vec!["annotate", "pool.c"];
        pids.iter().for_each(|pid| arguments.extend(["--pid", pid]));
        let text = site.forkcov(&arguments);
        let lines = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace().map(str::parse::<u32>);
            let (Some(Ok(count)), Some(Ok(line))) = (words.next(), words.next()) else { return None };
            (count > 0).then(|| line.to_string())
        });
        lines.collect::<Vec<String>>()
    };
    assert_eq!(hit(&browser), ran(&[&pids[2], &pids[5]]));
    browser.click("#all");
    assert_eq!(hit(&browser), ran(&[]));
    assert!(browser.complaints().is_empty());
}

#[test]
fn lines_that_children_alone_ran_are_marked_and_can_be_gone_to() {
    let site = Site::of_pool();
    let browser = Browser::start(WIDE);
    browser.open(&site.source("pool.c"), "");
    let child = site.forkcov(&["diff", "children", "parents"]);
    assert!(child.contains("12 lines"), "{child}");
    assert_eq!(browser.texts(".l.c").len(), 12);
    assert_eq!(browser.text("[data-jump=c]"), "12 only in children");
    for (key, place) in [
        ("c", line_with(&site, "static int square") + 1),
        ("c", line_with(&site, "static void work") + 1),
        ("j", line_with(&site, "break;")),
        ("k", line_with(&site, "return -number") + 1),
    ] {
        browser.keys(key);
        assert_eq!(browser.run("return location.hash"), format!("#L{place}"), "{key}");
    }
    // A line that no other process ran belongs to no family.
    browser.click("nav a:last-of-type");
    browser.click("[data-choose=children]");
    browser.open(&site.source("pool.c"), "?p=1-5");
    assert_eq!(browser.texts(".l.c").len(), 0);
    assert_eq!(browser.text("[data-jump=h]"), "13 hit");
}

#[test]
fn branches_say_how_many_ways_they_went_and_by_which_process() {
    let (directory, mut view) = (Sandbox::new(), branches::view());
    for file in &mut view.files {
        file.path = directory.path(file.path.file_name().unwrap().to_str().unwrap());
        fs::write(&file.path, "x\n".repeat(9)).unwrap();
    }
    let site = Site::of(&view, directory);
    let browser = Browser::start(WIDE);
    browser.open(&site.page("index.html"), "");
    let row = |browser: &Browser| browser.texts(".row:first-child > *");
    assert_eq!(row(&browser), ["a.c", "9", "2", "65.0%", "0/2", "6/11", "0", "2"]);
    assert_eq!(browser.texts(".foot > *")[3..6], ["69.7%", "0/3", "10/17"]);
    browser.open(&site.page("index.html"), "?p=0");
    assert_eq!(row(&browser), ["a.c", "9", "4", "40.0%", "0/2", "3/11", "0", "1"]);
    assert_eq!(browser.texts(".foot > *")[3..6], ["24.2%", "0/3", "3/17"]);

    let partial = |browser: &Browser| browser.texts(".l.b > a");
    browser.open(&site.source("a.c"), "");
    assert_eq!(browser.text(".measure"), "65.0% of 9 lines and 11 branches");
    assert_eq!(
        (partial(&browser), browser.text("#L2 .ways")),
        (vec!["2".into(), "4".into()], "3/4 never: branch 1, jump".into())
    );
    assert_eq!(browser.text("[data-jump=b]"), "2 partial");
    browser.keys("b");
    assert_eq!(browser.run("return location.hash"), "#L2");
    browser.click("#L2 .ways");
    assert_eq!(browser.text("#ran-by h2"), "Ways of line 2");
    let headings = ["no jump: 2 processes", "jump: never", "no jump: 1 process", "jump: 1 process"];
    let numbered = [1, 1, 2, 2].into_iter().zip(headings);
    let expected: Vec<String> = numbered.map(|(jump, text)| format!("Branch {jump}, {text}")).collect();
    assert_eq!(browser.texts("#ran-by h3"), expected);
    browser.click("#L4 .ways");
    assert_eq!(browser.texts("#ran-by h3")[1], "Case 2 of 3: 1 process");
    browser.open(&site.source("a.c"), "?p=0");
    assert_eq!(partial(&browser), ["2", "8"], "each of the two went one way at line 8");
    assert_eq!(browser.text("#percent"), "40.0");
    assert_eq!(browser.texts("#L8 .missing"), ["never: jump"]);

    browser.open(&site.source("b.py"), "");
    browser.click("#L5 .ways");
    assert_eq!(browser.text("#ran-by h2"), "Ways of line 5");
    assert_eq!(browser.texts("#ran-by h3"), ["Exit: never", "To line 6: 1 process"]);
    assert!(browser.complaints().is_empty());
}

#[test]
fn a_reader_finds_which_test_ran_a_line() {
    let site = Site::of_tests();
    let browser = Browser::start(WIDE);
    browser.open(&site.page("index.html"), "");
    browser.click("nav a:last-of-type");
    assert_eq!(browser.text("h1"), "2 tests");
    assert_eq!(browser.texts("tbody th"), ["one", "two"]);
    assert_eq!(browser.texts("tbody tr:first-child td"), ["2", "exit 0", "7", "1"]);
    browser.click("#filter");
    browser.keys("tw");
    assert_eq!(browser.texts("tbody tr:not([hidden]) th"), ["two"]);

    browser.open(&site.source("tested.c"), "");
    let tests = |line: u32| {
        browser.click(&format!("#L{line} button"));
        assert!(browser.text("#ran-by h2").starts_with(&format!("Line {line} ")));
        let names = browser.texts("#ran-by .tests li");
        browser.click("#ran-by .close");
        names
    };
    assert_eq!((tests(4), tests(5)), (vec!["one".into()], vec!["two".to_owned()]));
    assert_eq!(tests(9), ["one", "two"]);
    // Each went another way.
    browser.click("#L8 .ways");
    assert_eq!(browser.text("#ran-by h2"), "Ways of line 8");
    let headings = browser.texts("#ran-by h3");
    assert_eq!(headings, ["No jump: 1 process", "1 test", "Jump: 1 process", "1 test"]);
    let mut names = browser.texts("#ran-by .tests li");
    assert_ne!(names[0], names[1]);
    names.sort();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(browser.texts("#ran-by .label"), browser.texts("#ran-by .tests li"), "beside each process");
    browser.click("#ran-by .close");
    browser.click("#L9 button");
    assert_eq!(browser.text("#ran-by h3"), "2 tests");
    browser.click("#ran-by .tests a");
    assert_eq!(browser.text("tr:target th"), "one");
    assert!(browser.complaints().is_empty());
}

#[test]
fn nothing_is_wider_than_a_telephone() {
    let site = Site::of_pool();
    let browser = Browser::start(NARROW);
    for page in ["index.html", "functions.html", "processes.html", "plain.html"]
        .map(|name| site.page(name))
        .into_iter()
        .chain([site.source("pool.c")])
    {
        browser.open(&page, "?p=1-3");
        assert_eq!(browser.run("return innerWidth"), NARROW);
        let width = browser.run("return document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(width <= u64::from(NARROW), "{} is {width} wide", page.display());
    }
    // What is wider scrolls by itself. (What is out of sight has no width yet.)
    browser
        .run("document.querySelectorAll('.part').forEach(part => part.style.contentVisibility = 'visible')");
    assert_eq!(browser.run("return document.querySelector('#source').scrollWidth > innerWidth"), true);
}

#[test]
fn names_commands_and_sources_run_nothing() {
    let directory = Sandbox::new();
    let evil = "</script></code><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&amp;";
    let name = format!("{}.c", evil.replace('/', "\u{2215}"));
    fs::write(directory.path(&name), format!("{evil}\n\u{202e}{evil}\n-->\u{0}\r<!--\n")).unwrap();
    let image = support::image(&["./x", evil]);
    let process =
        Process { images: vec![image], host: evil.to_owned(), ..support::process(7, Birth::Launch) };
    let path = directory.path(&name);
    let lines = support::lines(&[1..=3]);
    let mut file = support::file(path.to_str().unwrap(), &lines, &[(0, &lines)]);
    file.functions = vec![forkcov::data::view::Function {
        name: evil.to_owned(),
        line: 1,
        last: 1,
        ordinal: 0,
        processes: 1,
    }];
    let view = View { processes: vec![process], files: vec![file], programs: 1, ..View::default() };
    let site = Site::of(&view, directory);
    let browser = Browser::start(WIDE);
    let names = ["index.html", "functions.html", "processes.html", "plain.html"];
    for page in names.map(|name| site.page(name)).into_iter().chain([site.source("_")]) {
        browser.open(&page, "?p=<script>document.title='owned'</script>#<img src=x onerror=1>");
        assert_eq!(browser.run("return document.querySelectorAll('img, main script:not([type])').length"), 0);
        let handlers = "return [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on')).length";
        assert_eq!(browser.run(handlers), 0);
        let title = browser.run("return document.title");
        assert!(title.as_str().unwrap().ends_with("By hand"), "{title}");
    }
    assert_eq!(browser.text("#L1 code"), evil);
    assert!(!browser.text("#L1 span").is_empty(), "coloured");
    browser.click("#L1 button");
    assert!(browser.text("#ran-by li").contains("document.title="), "the command is told as it is");
    assert_eq!(browser.run("return document.querySelectorAll('img').length"), 0);
}
