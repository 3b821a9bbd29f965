//! The pages as files. Those of sources, and the plain table of files, are complete without a script.

use super::site::Site;
use crate::support::{self, check};
use forkcov_testing::paths;
use forkcov_testing::sandbox::Sandbox;
use std::fs;

/// The server of the other reports' golden files, whose sources are not there.
fn server() -> Site {
    Site::of(&support::server(), Sandbox::new())
}

#[test]
fn the_pages_are_those_of_the_golden_files() {
    let site = server();
    for page in ["index.html", "functions.html", "plain.html", "processes.html"] {
        check(&format!("html-{page}"), &fs::read(site.page(page)).unwrap());
    }
    for data in ["files.js", "functions.js", "processes.js", "sets.js"] {
        check(&format!("html-{data}"), &fs::read(site.page(data)).unwrap());
    }
    check("html-source.html", &fs::read(site.source("list.c")).unwrap());
}

#[test]
fn a_source_that_is_not_there_has_the_lines_that_are_known() {
    let page = fs::read_to_string(server().source("list.c")).unwrap();
    assert!(
        page.contains("<p class=\"warning\">It cannot be read: No such file or directory (os error 2)."),
        "{page}"
    );
    let lines: Vec<&str> = page.split("id=\"L").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(lines, ["10", "11", "20", "21", "30", "31"]);
}

#[test]
fn a_source_that_has_changed_says_so_above_its_lines() {
    let site = Site::of_pool();
    let warns = || fs::read_to_string(site.source("pool.c")).unwrap().contains("It has changed since it ran");
    assert!(!warns());
    let path = site.directory().join("pool.c");
    let source = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\n{source}")).unwrap();
    site.forkcov(&["html"]);
    assert!(warns());
}

#[test]
fn pages_of_an_earlier_report_go_and_what_is_not_ours_stays() {
    let site = Site::of_pool();
    let (former, other) = (site.page("source/old.c.0123456789abcdef.html"), site.page("source/notes.html"));
    fs::write(&former, "former").unwrap();
    fs::write(&other, "other").unwrap();
    site.forkcov(&["html"]);
    assert!(!former.exists() && other.exists() && site.source("pool.c").exists());
    assert_eq!(fs::read_to_string(site.page(".gitignore")).unwrap(), "# Created by forkcov\n*\n");
}

#[test]
fn what_cannot_be_written_is_said_in_one_line() {
    let site = Site::of_pool();
    fs::write(site.directory().join("taken"), "").unwrap();
    let mut command = std::process::Command::new(paths::forkcov());
    let output = command.current_dir(site.directory()).args(["html", "-d", "taken"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said, "forkcov: failed to create taken/source: Not a directory (os error 20)\n");
}
