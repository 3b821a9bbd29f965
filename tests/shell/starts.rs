//! Every way to start a shell.

use crate::script::Place;
use forkcov_testing::needs::{self, Lack};
use nix::unistd::{AccessFlags, access};
use std::path::Path;

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

/// `/dev` also has names of descriptors, which are those of no script.
#[test]
fn in_the_shared_memory_below_dev() {
    const SHARED: &str = "/dev/shm";
    if access(SHARED, AccessFlags::W_OK | AccessFlags::X_OK).is_err() {
        needs::require(Lack::machine("shared-memory", "/dev/shm cannot be written"));
    }
    let place = Place::below(Path::new(SHARED), &[("script", SCRIPT), ("functions", "g() {\n  echo g\n}\n")]);
    place.same("bash script; . $PWD/functions; g; bash < script; . /dev/stdin < script");
    let script = [1, 2, 5, 6, 8].into();
    assert_eq!(place.hit(), [("functions".to_owned(), [1, 2].into()), ("script".to_owned(), script)].into());
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

/// Programs that change what a process may do, or is, and execute another one.
#[test]
fn by_a_wrapper() {
    for wrapper in [
        "setsid -w",
        "timeout 100",
        "nohup",
        "stdbuf -o0",
        "env -u HOME -C .",
        "nice ionice -c 3",
        "flock lock",
        "setpriv --no-new-privs",
        "env -S 'nice -n 1'",
    ] {
        covers("script", &format!("{wrapper} bash script"));
        covers("direct", &format!("{wrapper} ./direct"));
    }
    covers("script", "cd /; exec env -i PATH=$PATH OLD=$OLDPWD bash -c 'cd $OLD; bash script'");
}

/// As sudo(8) and su(1) do.
#[test]
fn by_a_wrapper_that_changes_the_user() {
    needs::require(needs::right("root"));
    covers(
        "script",
        "chmod a+rx .; setpriv --reuid 65534 --regid 65534 --clear-groups env -i $(command -v bash) script",
    );
    covers("script", "setpriv --bounding-set -all --inh-caps -all bash script");
    covers("script", "unshare --fork --pid bash script");
}

/// A shell looks at its name.
#[test]
fn by_another_name() {
    for name in ["-bash", "rbash", "sh", "-sh", "anything", ""] {
        covers("script", &format!("export HOME=/nowhere; exec -a '{name}' bash script"));
    }
    covers("script", "export HOME=/nowhere; exec -l bash script");
    covers("script", "ln -s $(command -v bash) rbash; ./rbash script; rm rbash");
    covers("script", "POSIXLY_CORRECT=1 bash script");
}

/// `docs/shell.md` says how `#!/bin/sh` is made to mean bash.
#[test]
fn by_a_name_that_is_mounted_over() {
    needs::require(needs::right("root"));
    let script = format!("#!/bin/sh\n{SCRIPT}");
    let place = Place::new(&[("direct", &script)]);
    let command = r#"mount --bind "$(command -v bash)" /bin/sh && exec ./direct"#;
    place.same_of(&["unshare", "--mount", "bash", "-c", command]);
    assert_eq!(place.hit(), [("direct".to_owned(), [2, 3, 6, 7, 9].into())].into());
}

#[test]
fn by_make() {
    needs::command("make");
    covers("script", "make -s");
    covers("script", "make -s SHELL=$(command -v bash) .SHELLFLAGS=-ec");
    covers("script", "printf 'all:\\n\\t. ./script\\n' | make -s -f - SHELL=$(command -v bash)");
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
        "bash -s a < script",
        "exec bash -s <<< \"$(cat script)\"",
        "bash -i --norc < script 2> /dev/null",
        "exec 7< script; bash /dev/fd/7",
        "exec 7< script; source /proc/self/fd/7",
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
