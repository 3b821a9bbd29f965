//! The page of the processes: the tree, the time line, the filter and the choice.

use super::browser::{Browser, WIDE};
use super::site::Site;
use crate::support::{child, image, process};
use forkcov::data::view::{Process, View};
use forkcov::data::{Birth, ContextStart, Exit};
use forkcov_testing::sandbox::Sandbox;
use std::fs;

#[test]
fn processes_are_chosen_by_family_end_range_and_filter() {
    let site = Site::of_pool();
    let browser = Browser::start(WIDE);
    browser.open(&site.page("processes.html"), "");
    let query = |browser: &Browser| browser.run("return location.search").as_str().unwrap().to_owned();
    for (selector, expected) in [
        ("[data-choose=parents]", "?p=0"),
        ("[data-choose=children]", "?p=1-5"),
        ("[data-choose=failed]", "?p=2-4"),
        ("[data-choose=none]", ""),
        ("#p3 input", "?p=3"),
    ] {
        browser.click(selector);
        assert_eq!(query(&browser), expected, "{selector}");
    }
    for (process, button, expected) in [(0, ".family", ""), (5, ".family", "?p=5"), (2, ".alone", "?p=2")] {
        browser.click(&format!("#p{process} .what"));
        browser.click(&format!("#details {button}"));
        browser.click("#details .close");
        assert_eq!(query(&browser), expected, "{process} {button}");
    }
    browser.click(".choose-run");
    assert_eq!(query(&browser), "", "all of the only run");
    browser.run("document.querySelector('#p1 input').click()");
    browser.run("document.querySelector('#p4 input').dispatchEvent(new MouseEvent('click', { shiftKey: true, cancelable: true }))");
    assert_eq!(query(&browser), "?p=1-4", "with Shift");
    browser.click("[data-choose=none]");
    browser.click("#filter");
    browser.keys("sig fork");
    assert_eq!(endings(&browser), ["exit 0", "SIGKILL", "SIGABRT"], "with the parent");
    browser.click("[data-choose=shown]");
    assert_eq!(query(&browser), "?filter=sig+fork&p=3-4");
    assert_eq!(browser.run("return document.querySelectorAll('.on input:checked').length"), 2);
    assert!(browser.complaints().is_empty());
}

fn endings(browser: &Browser) -> Vec<String> {
    browser.texts(".row .key")
}

/// A run of a shell: two tests, each with a child, at different times.
fn shell() -> View {
    let at = |process: Process, from: f64, to: f64, images: &[&[&str]]| Process {
        started: 1_700_000_000.0 + from,
        ended: Some(1_700_000_000.0 + to),
        images: images.iter().map(|argv| image(argv)).collect(),
        ..process
    };
    let context = |name: &str| vec![ContextStart { name: name.to_owned(), started: 1_700_000_000.0 }];
    let code = |code| Some(Exit::Code(code));
    let mut processes = vec![
        at(process(1300, Birth::Launch), 0.0, 10.0, &[&["/bin/bash", "-e", "/srv/t/run.sh", "--all"]]),
        at(
            child(1303, Birth::Fork, 0, code(3)),
            1.0,
            2.0,
            &[&["/usr/bin/python3.11", "-I", "/srv/t/one.py", "-x"]],
        ),
        at(child(1313, Birth::Fork, 1, Some(Exit::Signal(9))), 1.5, 1.6, &[]),
        at(child(1333, Birth::Fork, 0, code(0)), 8.0, 9.0, &[&["/usr/lib/git-core/git", "log", "-3"]]),
        at(child(1363, Birth::Fork, 3, code(13)), 8.5, 8.6, &[]),
    ];
    processes[1].contexts = context("first");
    processes[2].contexts = context("first");
    processes.iter_mut().for_each(|process| process.label = Some("nightly".to_owned()));
    View { processes, contexts: vec!["first".to_owned()], ..View::default() }
}

#[test]
fn a_filter_matches_columns() {
    let site = Site::of(&shell(), Sandbox::new());
    let browser = Browser::start(WIDE);
    for (filter, pids) in [
        ("exit 3", &[1303][..]),
        ("exit:3", &[1303]),
        ("exit:0", &[1300, 1333]),
        ("3", &[1303, 1333]),
        ("1303", &[1303]),
        ("pid:1313", &[1313]),
        ("pid:>1330", &[1333, 1363]),
        ("parent:1303", &[1313]),
        ("signal:kill", &[1313]),
        ("sigkill", &[1313]),
        ("command:git", &[1333]),
        ("\"one.py -x\"", &[1303]),
        ("label:nightly !pid:>1300", &[1300]),
        ("!exit:0 !signal:", &[1303, 1313, 1363]),
        ("lived:<0.2", &[1313, 1363]),
        ("test:first", &[1303, 1313]),
        ("nothing", &[]),
    ] {
        let words: String = filter.bytes().map(|byte| format!("%{byte:02x}")).collect();
        browser.open(&site.page("processes.html"), &format!("?filter={words}"));
        let shown = browser.texts(".row:not(.ancestor) .what b");
        assert_eq!(shown, pids.iter().map(ToString::to_string).collect::<Vec<_>>(), "{filter}");
    }
    assert!(browser.complaints().is_empty());
}

#[test]
fn a_row_shows_the_script_before_its_interpreter_and_all_of_it_on_demand() {
    let site = Site::of(&shell(), Sandbox::new());
    let browser = Browser::start(WIDE);
    browser.open(&site.page("processes.html"), "");
    let shown = browser.texts(".row .what");
    assert_eq!(
        shown,
        [
            "1300 run.sh --all /bin/bash -e /srv/t/",
            "1303 one.py -x /usr/bin/python3.11 -I /srv/t/",
            "1313 fork of one.py -x",
            "1333 git log -3 /usr/lib/git-core/",
            "1363 fork of git log -3",
        ]
    );
    assert_eq!(browser.texts(".row .label"), ["nightly", "first", "first"]);
    let title = browser.run("return document.querySelector('#p1 .what').title");
    assert_eq!(title, "/usr/bin/python3.11 -I /srv/t/one.py -x");
    browser.click("#p1 .what");
    assert_eq!(browser.text("#details code"), "/usr/bin/python3.11 -I /srv/t/one.py -x");
    let told = browser.texts("#details dd")[1..].join("; ");
    assert_eq!(
        told,
        "fork, child of 1300 run.sh --all, 1.00 s into its run; exit 3 after 1.00 s; 0, 0 only here; first; 1"
    );
    browser.click("#details .link");
    assert_eq!(browser.text(".target b"), "1300");
}

#[test]
fn subtrees_are_folded_and_the_time_line_is_zoomed() {
    let site = Site::of(&shell(), Sandbox::new());
    let browser = Browser::start(WIDE);
    let pids = |browser: &Browser| browser.texts(".row .what b").join(" ");
    browser.open(&site.page("processes.html"), "");
    browser.click("#p1 .twist");
    assert_eq!(
        (pids(&browser), browser.texts(".folded")),
        ("1300 1303 1333 1363".into(), vec!["+1".to_owned()])
    );
    browser.keys("\u{e014}");
    assert_eq!(pids(&browser), "1300 1303 1313 1333 1363", "by the key");
    browser.click("#fold");
    assert_eq!((pids(&browser), browser.texts(".folded")), ("1300".into(), vec!["+4".to_owned()]));
    browser.open(&site.page("functions.html"), "");
    browser.open(&site.page("processes.html"), "#p2");
    assert_eq!(browser.text(".target b"), "1313");

    // The last quarter of ten seconds.
    browser.drag("#axis", 75, 99);
    assert_eq!((pids(&browser), browser.text("h1")), ("1300 1333 1363".into(), "3 of 5 processes".into()));
    let zoom = browser.run("return location.search").as_str().unwrap().to_owned();
    assert!(zoom.starts_with("?zoom=0.7"), "{zoom}");
    let bars = "return [...document.querySelectorAll('.lifetime i')].map(i => Math.round(100 * i.offsetWidth / i.parentElement.offsetWidth / 10))";
    assert_eq!(browser.run(bars).to_string(), "[10,4,0]");
    browser.open(&site.page("functions.html"), "");
    browser.open(&site.page("processes.html"), &zoom);
    assert_eq!(pids(&browser), "1300 1333 1363", "a link has it");
    browser.keys("0");
    assert_eq!(
        (pids(&browser), browser.text("h1")),
        ("1300 1303 1313 1333 1363".into(), "5 processes".into())
    );
    assert!(browser.complaints().is_empty());
}

#[test]
fn twenty_thousand_processes_are_few_bytes_and_few_rows() {
    let mut processes = vec![process(1, Birth::Launch)];
    for index in 1..20_000_i32 {
        let (parent, exit) =
            (if index % 10 == 1 { 0 } else { (index - 1) as usize / 10 * 10 + 1 }, Exit::Code(index % 7 / 6));
        let number = index.to_string();
        let argv = ["/usr/bin/git", "-C", "trash directory", "commit", "-m", &number];
        processes.push(Process {
            images: vec![image(&argv)],
            ..child(index + 1, Birth::Fork, parent, Some(exit))
        });
    }
    let site = Site::of(&View { processes, ..View::default() }, Sandbox::new());
    let bytes: u64 =
        fs::read_dir(site.page("")).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes < 4_000_000, "{bytes}");
    let browser = Browser::start(WIDE);
    browser.open(&site.page("processes.html"), "");
    let rows = || browser.run("return document.querySelectorAll('.row').length").as_u64().unwrap();
    assert!(rows() < 200, "{}", rows());
    browser.open(&site.page("index.html"), "");
    browser.open(&site.page("processes.html"), "#p19999");
    assert_eq!(browser.text(".target b"), "20000");
    assert!(rows() < 200, "{}", rows());
    browser.keys("/");
    browser.keys("pid:777");
    assert_eq!(browser.texts(".row:not(.ancestor) .what b"), ["777"]);
    browser.click("[data-choose=shown]");
    assert!(browser.text("#chosen").starts_with("Only what 1 process of 20000 ran: 777"));
    assert!(browser.complaints().is_empty());
}
