//! A limit of forkcov is reported once, in one line; and the program runs as without forkcov.

use crate::unprivileged;
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// How the processes of a data file ended, sorted.
fn exits(place: &Sandbox) -> Vec<i64> {
    let json = place.json("forkcov.data");
    let processes = json["processes"].as_array().unwrap();
    let mut exits: Vec<i64> =
        processes.iter().map(|process| process["exit"]["code"].as_i64().unwrap()).collect();
    exits.sort_unstable();
    exits
}

#[test]
fn a_32_bit_program_is_followed_and_said_not_to_be_covered() {
    let place = Sandbox::new();
    place.compile_source("i386.s", "i386.o", &["-c", "-Wa,--32", "-g"]);
    let mut linker = needs::command("ld");
    let linked = linker.args(["-m", "elf_i386", "i386.o", "-o", "i386"]).current_dir(place.path("")).status();
    assert!(linked.unwrap().success());
    if let Err(why) = Command::new(place.path("i386")).status() {
        needs::give_up(Lack::machine("i386", format!("this kernel runs no 32-bit program: {why}")));
    }
    let output = place.forkcov(&["run", "-q", "--", "./i386"]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    one_line(&output, &["i386", "32-bit x86", "cannot be covered"]);
    assert_eq!(exits(&place), [5, 7], "the thread is no process");
}

#[test]
fn a_program_that_may_not_be_read_is_followed_and_said_not_to_be_covered() {
    let place = unprivileged::place();
    place.compile("orders", &["-g", "-pthread"]);
    fs::set_permissions(place.path("orders"), fs::Permissions::from_mode(0o111)).unwrap();
    let output = unprivileged::forkcov(&place, &["run", "-q", "--", "./orders", "fork"]);
    assert!(output.status.success(), "{output:?}");
    one_line(&output, &["cannot cover orders", "chmod a+r"]);
    assert_eq!(exits(&place), [0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
}

#[test]
fn a_set_user_id_program_is_said_to_lack_its_owners_privileges() {
    needs::require(needs::tool("su"));
    let place = unprivileged::place();
    let output =
        unprivileged::forkcov(&place, &["run", "-q", "--", "sh", "-c", "su --version; su --version"]);
    assert!(output.status.success() && text(&output.stdout).contains("su from"), "{output:?}");
    let lines: Vec<&str> = text(&output.stderr).lines().filter(|line| line.contains("privileges")).collect();
    assert_eq!(lines.len(), 1, "{output:?}");
    assert!(lines[0].contains("/su runs without the privileges of its owner"), "{output:?}");
}

#[test]
fn a_program_with_file_capabilities_is_said_to_lack_them() {
    let place = unprivileged::place();
    place.compile("forks", &["-g"]);
    // struct vfs_cap_data, version 2, effective: CAP_NET_RAW (capabilities(7)).
    let set = "import os; os.setxattr('forks', 'security.capability', bytes.fromhex('0100000200200000' + '00' * 12))";
    let output = needs::command("python3").args(["-c", set]).current_dir(place.path("")).output().unwrap();
    if !output.status.success() {
        let reason = format!("no file capabilities can be set: {}", text(&output.stderr).trim());
        needs::give_up(Lack::machine("file-capabilities", reason));
    }
    let output = unprivileged::forkcov(&place, &["run", "-q", "--", "./forks", "3"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    one_line(&output, &["forks runs without the capabilities of its file", "root"]);
    assert_eq!(place.processes("forkcov.data"), 2);
}

#[test]
fn leak_sanitizer_is_said_not_to_work_unless_it_is_off() {
    let place = Sandbox::new();
    place.compile("leaks", &["-g", "-fsanitize=address"]);
    let said = |output: &Output| {
        let lines = text(&output.stderr).lines().filter(|line| line.starts_with("forkcov: LeakSanitizer"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", "./leaks; ./leaks"]);
    assert_eq!(said(&output).len(), 1, "{output:?}");
    assert!(said(&output)[0].contains("ASAN_OPTIONS=detect_leaks=0"), "{output:?}");
    let mut command = place.command(&["run", "-q", "--", "./leaks"]);
    let output = command.env("ASAN_OPTIONS", "detect_leaks=0").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_library_that_was_removed_is_covered_by_root_and_named_otherwise() {
    let place = unprivileged::place();
    place.compile("opens", &["-g"]);
    for how in ["here", "gone"] {
        place.compile_source("plugin.c", "plugin.so", &["-g", "-shared", "-fPIC"]);
        let output = unprivileged::forkcov(&place, &["run", "-q", "--", "./opens", "./plugin.so", how]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "42\n"), "{output:?}");
        let covered = !place.executed("forkcov.data", "plugin.c").is_empty();
        assert_eq!(covered, how == "here");
        match how {
            "here" => assert_eq!(text(&output.stderr), ""),
            _ => drop(one_line(&output, &["cannot cover", "plugin.so", "removed", "root"])),
        }
        fs::remove_file(place.path("forkcov.data")).unwrap();
    }
    if !unprivileged::is_root() {
        needs::note(Lack::machine("root", "what root sees is not tested without root"));
    } else {
        place.compile_source("plugin.c", "plugin.so", &["-g", "-shared", "-fPIC"]);
        place.succeeds(&["run", "-q", "--", "./opens", "./plugin.so", "gone"]);
        assert!(!place.executed("forkcov.data", "plugin.c").is_empty());
    }
}

#[test]
fn a_damaged_library_is_named() {
    let place = Sandbox::new();
    place.compile("opens", &["-g"]);
    place.compile_source("plugin.c", "plugin.so", &["-g", "-shared", "-fPIC"]);
    // The section headers are last; the dynamic linker needs none.
    let library = fs::read(place.path("plugin.so")).unwrap();
    fs::write(place.path("plugin.so"), &library[..library.len() - 1000]).unwrap();
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", "./opens ./plugin.so; ./opens ./plugin.so"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "42\n42\n"), "{output:?}");
    one_line(&output, &["failed to parse", "plugin.so"]);
    assert!(!place.executed("forkcov.data", "opens.c").is_empty());
}

#[test]
fn a_dynamic_linker_that_cannot_be_watched_is_named() {
    let place = Sandbox::with("forks");
    let bare = ["-nostdlib", "-static-pie"];
    place.compile_source("loader.s", "loader", &bare);
    let linker = format!("-Wl,--dynamic-linker={}", place.path("loader").display());
    place.compile("leaks", &["-g", &linker]);
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", "./forks; ./leaks"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    one_line(&output, &["libraries of", "leaks", "loader"]);
}

#[test]
fn a_program_whose_filesystem_has_vanished_is_covered() {
    let place = Sandbox::with("forks");
    let script = "mkdir disk && mount -t tmpfs tmpfs disk && cp forks disk && cd disk || exit 77
        umount -l . && exec ./forks 3";
    let output = place.forkcov(&["run", "-q", "--data-file", "data", "--", "sh", "-c", script]);
    if output.status.code() == Some(77) {
        needs::give_up(Lack::machine("mount", format!("mount failed: {}", text(&output.stderr).trim())));
    }
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    assert!(place.executed("data", "forks.c").is_superset(&[8, 16].into()));
}
