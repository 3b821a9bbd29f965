//! Programs that clean up the directory in which they run, or plant links in it, half-way through their work.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use nix::unistd::geteuid;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Output;

/// Functions of the program, and branches of each.
const FUNCTIONS: u64 = 24;
const BRANCHES: u64 = 12;
const USER: u32 = 12345;

/// A program that runs half of its functions, then what stands in `middle`, then the other half, twice: in a
/// child, and by itself. It runs in the directory `here`.
fn program(middle: &str) -> Sandbox {
    let place = Sandbox::new();
    let mut source = "#define _GNU_SOURCE\n#include <dirent.h>\n#include <fcntl.h>\n#include <grp.h>\n\
        #include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/wait.h>\n\
        #include <unistd.h>\nstatic volatile int s;\n"
        .to_owned();
    for function in 0..FUNCTIONS {
        writeln!(source, "static void f{function}(int x) {{").unwrap();
        for branch in 0..BRANCHES {
            writeln!(source, "    if (x == {branch})\n        s += {branch};").unwrap();
        }
        writeln!(source, "}}").unwrap();
    }
    let names: String = (0..FUNCTIONS).map(|function| format!("f{function}, ")).collect();
    write!(
        source,
        "static void (*const all[])(int) = {{{names}}};\n\
         static void half(int from, int to) {{\n    for (int f = from; f < to; f++)\n        \
         for (int x = 0; x < {BRANCHES}; x++)\n            all[f](x);\n}}\n\
         static int middle(char **argv) {{\n    (void)argv;\n{middle}\n    return 0;\n}}\n\
         int main(int argc, char **argv) {{\n    (void)argc;\n    half(0, {FUNCTIONS} / 2);\n    \
         if (middle(argv))\n        return 9;\n    pid_t child = fork();\n    if (child == 0) {{\n        \
         half({FUNCTIONS} / 2, {FUNCTIONS});\n        _exit(0);\n    }}\n    int status;\n    \
         waitpid(child, &status, 0);\n    half({FUNCTIONS} / 2, {FUNCTIONS});\n    puts(\"done\");\n    \
         return status != 0;\n}}\n"
    )
    .unwrap();
    fs::create_dir(place.path("here")).unwrap();
    place.write("p.c", source, 0o644);
    place.cc(&["-g", "-O0", "p.c", "-o", "p"]);
    place
}

/// The lines of the program's functions.
fn lines_of_functions() -> BTreeSet<u64> {
    let first = 11;
    let of_function = |function| {
        let begin = first + function * (2 * BRANCHES + 2);
        begin..begin + 2 * BRANCHES + 2
    };
    (0..FUNCTIONS).flat_map(of_function).collect()
}

fn run_in(place: &Sandbox, directory: &str, arguments: &[&str]) -> Output {
    place.command(arguments).current_dir(place.path(directory)).output().unwrap()
}

fn assert_all_lines(place: &Sandbox, directory: &str, what: &str) {
    let data_file = format!("{directory}/forkcov.data");
    let run = place.executed(&data_file, "p.c");
    let lost: Vec<_> = lines_of_functions().difference(&run).copied().collect();
    assert_eq!(lost, [] as [u64; 0], "{what}");
}

const WAYS: [&str; 15] = [
    "rm -f *",
    "rm -rf ./* .[a-z]*",
    "find . -mindepth 1 -delete",
    "truncate -s 0 * .[a-z]*",
    "find . -type f -exec truncate -s 0 {} +",
    "for i in *; do : > $i; done",
    "for i in *; do cp $i .t; mv .t $i; done",
    "mkdir -p sub; mv * sub/",
    "gzip -f *",
    "sed -i s/a/b/ *",
    "chmod -R 000 .; chmod 755 .",
    "for i in * .[a-z]*; do dd if=/dev/urandom of=$i bs=64k count=1 conv=notrunc; done",
    "mv \"$PWD\" \"$PWD.old\"; mkdir \"$PWD\"; rm -r \"$PWD.old\"",
    "rm -r \"$PWD\"; mkdir \"$PWD\"",
    "git init -q . && git clean -fdxq",
];

#[test]
fn a_program_that_cleans_its_directory_ends_as_bare_and_has_all_of_its_lines() {
    let clean = "    if (argv[1] && system(argv[1]))\n        s = 0;";
    let place = program(clean);
    for (number, way) in WAYS.iter().enumerate() {
        for trampolines in ["1", "0"] {
            let here = format!("here{number}.{trampolines}");
            fs::create_dir(place.path(&here)).unwrap();
            fs::write(place.path(&format!("{here}/notes")), "a\n").unwrap();
            let arguments = ["run", "-q", "--trampolines-after", trampolines, "--", "../p", way];
            let output = run_in(&place, &here, &arguments);
            assert_eq!(
                (output.status.code(), text(&output.stdout)),
                (Some(0), "done\n"),
                "{way}: {output:?}"
            );
            assert_all_lines(&place, &here, way);
        }
    }
}

const WAYS_OF_TEMPORARY: [&str; 6] = [
    "rm -rf \"$TMPDIR\"/*",
    "find \"$TMPDIR\" -type f -delete",
    "find \"$TMPDIR\" -type f -exec truncate -s 0 {} +",
    "for i in \"$TMPDIR\"/*/*; do [ ! -f $i ] || { cp $i .t; mv .t $i; }; done",
    "mv \"$TMPDIR\" ../moved; mkdir \"$TMPDIR\"",
    "rm -rf \"$TMPDIR\"",
];

#[test]
fn a_program_that_cleans_its_temporary_directory_ends_as_bare_and_has_all_of_its_lines() {
    let place = program("    if (argv[1] && system(argv[1]))\n        s = 0;");
    for (number, way) in WAYS_OF_TEMPORARY.iter().enumerate() {
        for trampolines in ["1", "0"] {
            let here = format!("temporary{number}.{trampolines}");
            fs::create_dir_all(place.path(&format!("{here}/run"))).unwrap();
            fs::create_dir_all(place.path(&format!("{here}/tmp"))).unwrap();
            let run = format!("{here}/run");
            let arguments = ["run", "-q", "--trampolines-after", trampolines, "--", "../../p", way];
            let mut command = place.command(&arguments);
            command.current_dir(place.path(&run)).env("TMPDIR", place.path(&format!("{here}/tmp")));
            let output = command.output().unwrap();
            let seen = (output.status.code(), text(&output.stdout), text(&output.stderr));
            assert_eq!(seen, (Some(0), "done\n", ""), "{way}");
            assert_all_lines(&place, &run, way);
        }
    }
}

#[test]
fn an_old_data_file_that_the_program_has_written_to_is_replaced() {
    let place = program("    if (argv[1] && system(argv[1]))\n        s = 0;");
    for way in ["for i in *; do echo text > $i; done", "truncate -s 10 *", "sed -i s/a/b/ *"] {
        let _ = fs::remove_file(place.path("here/forkcov.data"));
        assert!(run_in(&place, "here", &["run", "-q", "--", "../p", "true"]).status.success());
        let output = run_in(&place, "here", &["run", "-q", "--", "../p", way]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "done\n"), "{way}: {output:?}");
        assert_all_lines(&place, "here", way);
    }
}

#[test]
fn hit_files_that_are_asked_for_come_at_the_end() {
    let place = program("    if (system(\"rm -f *\"))\n        s = 0;");
    let output = run_in(&place, "here", &["run", "-q", "-p", "--", "../p"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "done\n"), "{output:?}");
    assert!(run_in(&place, "here", &["combine", "-q"]).status.success());
    assert_all_lines(&place, "here", "run -p");
}

#[test]
fn a_directory_that_is_gone_is_named_and_the_data_is_kept() {
    let place = program("    if (system(\"rm -r \\\"$PWD\\\"\"))\n        s = 0;");
    let output = run_in(&place, "here", &["run", "-q", "--", "../p"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(125), "done\n"), "{output:?}");
    one_line(&output, &["failed to write forkcov.data", "here is gone", "forkcov combine"]);
    fs::create_dir(place.path("here")).unwrap();
    assert!(run_in(&place, "here", &["combine", "-q"]).status.success());
    assert_all_lines(&place, "here", "combine");
}

#[test]
fn a_directory_that_is_moved_takes_a_relative_data_file_along_and_leaves_the_name_of_an_absolute_one() {
    let place = program(
        "    if (system(\"mv \\\"$PWD\\\" \\\"$PWD.old\\\" && mkdir \\\"$PWD\\\"\"))\n        s = 0;",
    );
    let absolute = place.path("here/forkcov.data");
    for (data_file, directory) in [(absolute.to_str().unwrap(), "here"), ("forkcov.data", "here.old")] {
        let output = run_in(&place, "here", &["run", "--data-file", data_file, "--", "../p"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "done\n"), "{output:?}");
        one_line(&output, &["lines", data_file]);
        assert_all_lines(&place, directory, data_file);
        fs::remove_dir_all(place.path("here.old")).unwrap();
    }
    let place = program("    if (system(\"mv \\\"$PWD\\\" \\\"$PWD.old\\\"\"))\n        s = 0;");
    let path = place.path("here/forkcov.data");
    let output = run_in(&place, "here", &["run", "--data-file", path.to_str().unwrap(), "--", "../p"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(125), "done\n"), "{output:?}");
    one_line(&output, &["here is gone", "forkcov combine"]);
    fs::create_dir(place.path("here")).unwrap();
    assert!(run_in(&place, "here", &["combine", "-q"]).status.success());
    assert_all_lines(&place, "here", "combine");
}

#[test]
fn when_the_private_directory_is_gone_the_run_says_that_its_data_is_lost() {
    for way in ["rm -r", "mv -t .."] {
        let middle = format!("    if (system(\"{way} \\\"$FORKCOV_TMPDIR\\\"/forkcov-*\"))\n        s = 0;");
        let place = program(&middle);
        fs::create_dir(place.path("private")).unwrap();
        let mut command = place.command(&["run", "--", "../p"]);
        command.current_dir(place.path("here")).env("FORKCOV_TMPDIR", place.path("private"));
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(125), "done\n"), "{output:?}");
        let stderr = text(&output.stderr);
        let is_said = stderr.contains("the data of the run is lost, because its directory");
        assert!(is_said && !stderr.contains("is kept for"), "{way}: {stderr}");
    }
}

fn need_root() {
    if !geteuid().is_root() {
        needs::give_up(Lack::machine("root", "this test gives up rights".to_owned()));
    }
}

/// Before the second half the program becomes another user, whose directory it runs in. That user puts
/// symbolic links to `victim` in the place of whatever is there, also of what comes later.
const PLANTS_LINKS: &str = r#"    setgroups(0, 0);
    if (setgid(12345) || setuid(12345))
        return 1;
    for (int round = 0; round < 3; round++) {
        DIR *directory = opendir(".");
        struct dirent *entry;
        while ((entry = readdir(directory)))
            if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
                unlink("link");
                if (!symlink(argv[1], "link"))
                    rename("link", entry->d_name);
            }
        closedir(directory);
    }
    if (symlink(argv[1], "forkcov.data"))
        s = 0;"#;

#[test]
fn a_user_who_plants_links_gets_at_no_file_of_root() {
    need_root();
    for trampolines in ["1", "0"] {
        for old in [false, true] {
            let place = program(PLANTS_LINKS);
            open_to_all(&place);
            chown(place.path("here"), Some(USER), Some(USER)).unwrap();
            let victim = place.path("victim");
            fs::write(&victim, [b'A'; 70_000]).unwrap();
            fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
            if old {
                assert!(run_in(&place, "here", &["run", "-q", "--", "true"]).status.code().is_some());
            }
            let path = victim.to_str().unwrap();
            let arguments = ["run", "-q", "--trampolines-after", trampolines, "--", "../p", path];
            let output = run_in(&place, "here", &arguments);
            assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "done\n"), "{output:?}");
            assert!(fs::read(&victim).unwrap().iter().all(|byte| *byte == b'A'));
            assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o600);
            assert!(fs::symlink_metadata(place.path("here/forkcov.data")).unwrap().is_file());
            assert_all_lines(&place, "here", "links");
        }
    }
}

/// Another user may look into the sandbox.
fn open_to_all(place: &Sandbox) {
    fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_data_file_that_is_a_link_is_refused_before_the_program_begins() {
    let place = program("");
    for (target, content) in [("empty", Some("")), ("foreign", Some("text")), ("missing", None)] {
        let path = place.path(target);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let link = place.path("here/forkcov.data");
        symlink(&path, &link).unwrap();
        for arguments in [&["run", "--", "../p"][..], &["run", "-a", "--", "../p"]] {
            let output = run_in(&place, "here", arguments);
            assert_eq!((output.status.code(), text(&output.stdout)), (Some(125), ""), "{output:?}");
            one_line(&output, &["forkcov.data", "symbolic link"]);
        }
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), content);
        fs::remove_file(link).unwrap();
    }
}

#[test]
fn what_is_internal_is_private_and_what_was_asked_for_follows_the_umask() {
    let place = program(
        "    if (system(\"for d in \\\"$FORKCOV_TMPDIR\\\"/forkcov-*; do stat -c '%a %F' $d $d/*; done > ../modes\"))\n\
                 s = 0;",
    );
    let line = format!("umask 027; FORKCOV_TMPDIR={} \"$FORKCOV\" run -q -- ../p", place.path(".").display());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &line]).env("FORKCOV", forkcov_testing::paths::forkcov());
    let output = shell.current_dir(place.path("here")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let modes = fs::read_to_string(place.path("modes")).unwrap();
    let mut modes: Vec<_> = modes.lines().collect();
    assert_eq!(modes.remove(0), "700 directory");
    assert!(modes.len() > 2 && modes.iter().all(|mode| mode.starts_with("600 ")), "{modes:?}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path("here/forkcov.data")), 0o640);
    assert_eq!(place.files("forkcov-"), [] as [&str; 0], "the directory of the run is gone");
}

#[test]
fn reports_follow_no_link_that_another_user_has_planted() {
    need_root();
    let place = program("");
    assert!(run_in(&place, "here", &["run", "-q", "--", "../p"]).status.success());
    open_to_all(&place);
    let (here, victim) = (place.path("here"), place.path("victim"));
    chown(&here, Some(USER), Some(USER)).unwrap();
    fs::create_dir(here.join("htmlcov")).unwrap();
    fs::write(&victim, "of root").unwrap();
    let reports: [(&[&str], &str); 5] = [
        (&["lcov", "-o", "lcov.info"], "lcov.info"),
        (&["xml", "-o", "coverage.xml"], "coverage.xml"),
        (&["json", "-o", "coverage.json"], "coverage.json"),
        (&["html", "-d", "htmlcov"], "htmlcov/index.html"),
        (&["run", "--log-events", "events", "--", "../p"], "events"),
    ];
    for (report, name) in reports {
        let path = here.join(name);
        symlink(&victim, &path).unwrap();
        let output = run_in(&place, "here", report);
        assert_eq!(fs::read(&victim).unwrap(), b"of root", "{report:?}");
        let is_replaced = !fs::symlink_metadata(&path).unwrap().is_symlink();
        assert!(is_replaced || text(&output.stderr).contains("a symbolic link"), "{report:?}: {output:?}");
    }
    fs::remove_dir_all(here.join("htmlcov")).unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), here.join("htmlcov")).unwrap();
    assert!(!run_in(&place, "here", &["html", "-d", "htmlcov"]).status.success());
    assert_eq!(fs::read_dir(place.path("elsewhere")).unwrap().count(), 0);
}
