//! Every way to start a shell.

use crate::script::Place;

const SCRIPT: &str = "\
echo \"$-\" \"${1:-}\"
if [ -n \"${never:-}\" ]; then
  echo never
fi
f() {
  echo f
}
f
";

fn files() -> Place {
    Place::new(&[
        ("script", SCRIPT),
        ("direct", &format!("#!/bin/bash\n{SCRIPT}")),
        ("by-env", &format!("#!/usr/bin/env -S bash -e\n{SCRIPT}")),
        ("Makefile", "all:\n\t@bash script\n"),
    ])
}

/// Runs a command that leads to one of the files, which must be covered, and no other.
#[track_caller]
fn covers(file: &str, command: &str) {
    let place = files();
    place.same(command);
    let first = u32::from(file != "script");
    let expected = [1, 2, 5, 6, 8].map(|line| line + first).into();
    assert_eq!(place.hit(), [(file.to_owned(), expected)].into(), "{command}");
}

#[test]
fn by_its_name() {
    for options in ["", "-e", "--login", "--posix", "-x", "-v", "--norc", "-O extglob", "--", "+B", "-a -u"] {
        covers("script", &format!("HOME=/nowhere bash {options} script a"));
    }
    covers("script", "bash ./script");
    covers("script", "mkdir -p d; cd d; bash ../script; rmdir $PWD");
    covers("script", "bash $PWD/script");
    covers("script", "PATH=$PATH:.; bash script");
    covers("script", "exec bash script");
    covers("script", "bash -r script");
    covers("direct", "./direct");
    covers("by-env", "./by-env");
    covers("direct", "PATH=.:$PATH direct");
}

/// The kernel refuses a script without `#!`; the shell that has forked runs it itself.
#[test]
fn without_an_interpreter() {
    covers("script", "./script; :");
    covers("script", "./script | cat");
    covers("script", "f() { eval ./script; :; }; f");
    covers("script", "source <(echo ./script); :");
}

#[test]
fn by_another_program() {
    covers("script", "echo script | xargs bash");
    covers("script", "env -i $(command -v bash) script");
    covers("direct", "nice ./direct");
    covers("script", "ln -s $(command -v bash) sh; ./sh script; rm sh");
    covers("script", "bash -c 'bash -c \"bash script\"; :'; :");
    covers("script", "find script -exec bash {} ';'");
    covers("script", "(ulimit -n 20; bash script)");
    covers("script", "sh -c 'exec bash script'");
}

#[test]
fn by_make() {
    forkcov_testing::needs::command("make");
    covers("script", "make -s");
}

#[test]
fn by_a_file_that_is_sourced() {
    covers("script", "source ./script");
    covers("script", ". $PWD/script");
    covers("script", "PATH=$PWD:$PATH; source script");
    covers("direct", "source direct");
    covers("script", "BASH_ENV=./script bash -c :");
    covers("script", "BASH_ENV=$PWD/script bash -c :");
    covers("script", "HOME=/nowhere bash --rcfile ./script -i -c : 2> /dev/null");
}

/// What has no file has no lines. A string of `-c` is not taken for a file of that name, nor is a descriptor.
#[test]
fn without_a_file() {
    for command in [
        "bash -s < script",
        "bash < script",
        "cat script | bash",
        "source <(cat script)",
        ". /dev/stdin < script",
        "bash /dev/stdin < script",
        "bash <(cat script)",
        "bash -c \"$(cat script)\" environment",
        "bash -c \"$(cat script)\" script",
        "eval \"$(cat script)\"",
        "f() { echo exported; }; export -f f; cp script environment; bash -c f; rm environment",
    ] {
        let place = files();
        place.same(command);
        assert!(place.hit().is_empty(), "{command}: {:?}", place.hit());
    }
}
