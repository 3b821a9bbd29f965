//! Titles that programs have written over their arguments (setproctitle(3)): shown as ps(1) shows them.

use crate::forkcov;
use crate::target::{self, Target};
use forkcov_testing::needs;
use forkcov_testing::paths;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// What forkcov has recorded as the arguments, what it shows, and what ps(1) shows.
struct Seen {
    arguments: Vec<String>,
    shown: String,
    by_ps: String,
}

fn seen(style: &str, argv: &[&str]) -> Seen {
    let test = format!("titles-{}", style.replace(' ', "-"));
    let built = target::build("titles", &test);
    let mut command = built.command(&built.program);
    command.arg0(argv[0]).args(&argv[1..]).env("STYLE", style);
    let mut target = Target::of(command.spawn().unwrap());
    target.wait_for("ready");
    let mut ps = needs::command("ps");
    let by_ps = ps.args(["-ww", "-o", "args=", "-p", &target.pid.to_string()]).output().unwrap().stdout;
    target.is_traced_by(forkcov::attach(&built.directory, target.pid));
    assert!(target.ends_unharmed().1.success());
    let process = &forkcov::processes(&built.directory)[0];
    let arguments = process["command"].as_array().unwrap().iter();
    Seen {
        arguments: arguments.map(|argument| argument.as_str().unwrap().to_owned()).collect(),
        shown: shown(&built.directory),
        by_ps: String::from_utf8(by_ps).unwrap().trim_end().to_owned(),
    }
}

/// The command in the tree of processes.
fn shown(directory: &Path) -> String {
    let output = Command::new(paths::forkcov()).arg("processes").current_dir(directory).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().next().unwrap();
    let command = line.split_once(' ').unwrap().1;
    command[..command.find("  unknown ").unwrap()].trim_end().to_owned()
}

const ARGUMENTS: [&str; 4] = ["a-server-with-a-long-name", "-p", "5432", "--daemon=off"];

#[test]
fn a_title_is_the_only_argument_and_is_shown_as_ps_shows_it() {
    for (style, title) in [
        ("postgres", "postgres: walwriter"),
        ("nginx", "nginx: worker process"),
        ("sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
        ("spaces", "sendmail: accepting connections"),
        ("spaces in the arguments", "ftpd: idle"),
        ("short", "x: y"),
    ] {
        let Seen { arguments, shown, by_ps } = seen(style, &ARGUMENTS);
        assert_eq!(by_ps, title, "{style}");
        assert_eq!(shown, title, "{style}");
        assert_eq!(arguments, [title], "{style}");
    }
}

#[test]
fn the_length_of_a_title_does_not_matter() {
    let styles = [
        "as many NULs as arguments",
        "the same, and the array ends",
        "exactly as long",
        "one longer, as redis",
        "into the environment",
    ];
    for style in styles {
        let Seen { arguments, shown, by_ps } = seen(style, &ARGUMENTS);
        assert!(by_ps.trim_matches('z').is_empty() && by_ps.len() > 30, "{style}: {by_ps}");
        assert_eq!(shown, by_ps, "{style}");
        assert_eq!(arguments, [by_ps], "{style}");
    }
}

#[test]
fn what_is_left_of_the_arguments_is_shown_as_ps_shows_it() {
    for style in ["not cleared", "a password cleared", "a password masked"] {
        let Seen { arguments, shown, by_ps } = seen(style, &ARGUMENTS);
        assert_eq!(shown, by_ps, "{style}: {arguments:?}");
    }
}

#[test]
fn arguments_that_are_empty_stay() {
    let mut longest = vec!["prog"; 1];
    longest.resize(300, "");
    let lines: [&[&str]; 6] =
        [&["prog", "", ""], &["prog", "a", "", "b", ""], &["", ""], &["prog"], &["prog", "", "b"], &longest];
    for argv in lines {
        assert_eq!(seen("none", argv).arguments, argv);
    }
    assert_eq!(seen("permuted", &["prog", "", "a", ""]).arguments, ["prog", "", "a", ""]);
}

#[test]
fn a_title_does_no_more_than_to_show_itself() {
    let seen = seen("escapes", &ARGUMENTS);
    assert_eq!(seen.shown, r"$'t\u001b[2J\n::error::\u202e\xff'");
    assert_eq!(seen.arguments, [r"$'t\u001b[2J\n::error::\u202e\xff'"]);
}

#[test]
fn without_any_argument_the_program_is_shown() {
    let seen = seen("nothing", &ARGUMENTS);
    assert!(seen.shown.ends_with("/titles"), "{}", seen.shown);
    assert_eq!(seen.arguments, Vec::<String>::new());
}
