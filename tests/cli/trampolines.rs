//! The mappings that trampolines add, and the file of counters.

use crate::unprivileged;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

/// Thirty lines that are blocks of their own, what `end` does, and a last line.
fn place(end: &str) -> Sandbox {
    let place = Sandbox::new();
    let mut source =
        "#include <stdio.h>\n#include <unistd.h>\nint volatile n;\nint main(void) {\n".to_owned();
    source.extend((0..30).map(|i| format!("if (n == {i}) n++; if (n < 0) n--;\n")));
    source += end;
    source += "\nreturn 0;\n}\n";
    place.write("counts.c", source, 0o644);
    place.cc(&["-g", "counts.c", "-o", "counts"]);
    place
}

/// What the program says of its mappings: permissions, and the file's extension or what there is in place of
/// a file. A file of counters has no name.
fn mappings(place: &Sandbox, flags: &[&str]) -> Vec<String> {
    let output = place.succeeds(&[&["run", "-q"], flags, &["--", "./counts"]].concat());
    let mapping = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = match words.get(5..).unwrap_or_default() {
            [] => "nothing",
            [path, "(deleted)"] if path.contains("/forkcov-") && path.contains("/#") => "counters",
            ["/memfd:forkcov", "(deleted)"] => "code",
            [path, ..] => path.rsplit('.').next().unwrap_or(path),
        };
        format!("{} {name}", words[1])
    };
    let mut mappings: Vec<String> = text(&output.stdout).lines().map(mapping).collect();
    mappings.sort();
    mappings
}

const SAYS_MAPPINGS: &str = "FILE *maps = fopen(\"/proc/self/maps\", \"r\"); \
    for (int c; (c = fgetc(maps)) != EOF;) putchar(c);";

#[test]
fn a_self_counting_process_has_two_more_mappings_and_any_other_has_none() {
    let place = place(SAYS_MAPPINGS);
    let bare = mappings(&place, &["--trampolines-after", "0"]);
    let mut with_trampolines = mappings(&place, &[]);
    for more in ["rw-s counters", "r-xp code"] {
        let index = with_trampolines.iter().position(|mapping| mapping == more);
        with_trampolines.remove(index.unwrap_or_else(|| panic!("no {more} in {with_trampolines:?}")));
    }
    assert_eq!(with_trampolines, bare);
    assert_eq!(mappings(&place, &["--every-line"]), bare);
    assert_eq!(mappings(&place, &["--trampolines-after", "1000"]), bare, "it does not stop so often");
}

#[test]
fn no_file_of_counters_is_left() {
    let place = place(SAYS_MAPPINGS);
    place.succeeds(&["run", "-q", "--", "./counts"]);
    assert_eq!(place.files("forkcov.data"), ["forkcov.data"]);
    place.succeeds(&["run", "-q", "-p", "--", "./counts"]);
    assert!(place.files("forkcov.data").iter().all(|name| !name.ends_with(".counters")));
}

#[test]
fn a_process_with_a_limit_of_memory_or_a_filter_of_system_calls_has_no_trampolines() {
    let place = place(SAYS_MAPPINGS);
    let limited = place.succeeds(&["run", "-q", "--", "sh", "-c", "ulimit -v 1000000; exec ./counts"]);
    assert!(!text(&limited.stdout).contains("rw-s"), "{limited:?}");
    let source = fs::read_to_string(place.path("counts.c")).unwrap();
    let filter = "#include <sys/prctl.h>\n#include <linux/seccomp.h>\n#include <linux/filter.h>\n\
        __attribute__((constructor)) static void filter(void) {\n\
        struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};\n\
        struct sock_fprog all = {1, allow};\n\
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);\n\
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0);\n}\n";
    place.write("counts.c", format!("{filter}{source}"), 0o644);
    place.cc(&["-g", "counts.c", "-o", "counts"]);
    let filtered = place.succeeds(&["run", "-q", "--", "./counts"]);
    assert!(text(&filtered.stdout).contains("counts") && !text(&filtered.stdout).contains("rw-s"));
}

#[test]
fn a_filter_that_forkcov_has_too_leaves_trampolines() {
    let place = place(SAYS_MAPPINGS);
    place.compile("filtered", &[]);
    let forkcov = [paths::forkcov_text(), "run", "-q", "--"];
    let mappings = |command: &[&str]| {
        let mut filtered = Command::new(place.path("filtered"));
        let output = filtered.args(command).current_dir(place.path("")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout).to_owned()
    };
    assert!(mappings(&[&forkcov[..], &["./counts"]].concat()).contains("rw-s"));
    let with_another = mappings(&[&forkcov[..], &["./filtered", "./counts"]].concat());
    assert!(with_another.contains("counts") && !with_another.contains("rw-s"));
}

/// Children run the same code one after the other, once forkcov runs in a filter as containers have one, and
/// once without: it stops as often. A filter that the program installs itself ends trampolines.
#[test]
fn in_the_filter_of_a_container_children_stop_as_rarely_as_outside() {
    let place = unprivileged::place();
    let lines: String = (0..30).map(|i| format!("if (n == {i}) n++; if (n < 0) n--;\n")).collect();
    let source = format!(
        "#include <stdio.h>\n#include <sys/wait.h>\n#include <unistd.h>\nint volatile n;\n\
         static void role(void) {{\n{lines}}}\n\
         int main(void) {{\nfor (int i = 0; i < 10; i++) {{ if (!fork()) {{ role(); _exit(0); }} wait(0); }}\n\
         puts(\"done\");\nreturn 0;\n}}\n"
    );
    place.write("counts.c", source, 0o644);
    place.cc(&["-g", "counts.c", "-o", "counts"]);
    for name in ["filtered", "filtered_as_docker"] {
        place.compile(name, &[]);
    }
    let forkcov = place.path("forkcov");
    let forkcov = [forkcov.to_str().unwrap(), "run", "-q", "--log-events", "log", "--"];
    let stops = |is_root: bool, before: &[&str], after: &[&str]| {
        let words = [before, &forkcov[..], after, &["./counts"]].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(place.path(""));
        if !is_root {
            unprivileged::drop_privileges(&mut command);
        }
        let output = command.output().unwrap();
        assert_eq!(text(&output.stdout), "done\n", "{output:?}");
        let log = fs::read_to_string(place.path("log")).unwrap();
        for file in ["log", "forkcov.data"] {
            fs::remove_file(place.path(file)).unwrap();
        }
        log.lines().filter(|line| line.contains("\"trap\"")).count()
    };
    let users = if unprivileged::is_root() { &[true, false][..] } else { &[false] };
    for is_root in users {
        let outside = stops(*is_root, &[], &[]);
        for filter in ["./filtered", "./filtered_as_docker"] {
            assert_eq!(stops(*is_root, &[filter], &[]), outside, "root {is_root}, {filter}");
            let by_the_program = stops(*is_root, &[], &[filter]);
            assert!(by_the_program > 5 * outside, "root {is_root}, {filter}: {by_the_program} and {outside}");
        }
    }
}

/// A run that was killed when the program had come to its end.
fn killed() -> Sandbox {
    let place = place("puts(\"there\"); fflush(stdout); pause();");
    let mut command = place.command(&["run", "-q", "--", "./counts"]);
    command.env("FORKCOV_TMPDIR", place.path("."));
    let mut forkcov = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(forkcov.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "there\n");
    forkcov.kill().unwrap();
    forkcov.wait().unwrap();
    place
}

/// The file of counters in the directory of the run, by its path in `place`.
fn counters(place: &Sandbox) -> String {
    let directory = place.files("forkcov-").pop().expect("the directory of a run");
    let entries = fs::read_dir(place.path(&directory)).unwrap();
    let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let name = names.find(|name| name.ends_with(".counters")).expect("a file of counters");
    format!("{directory}/{name}")
}

fn combine(place: &Sandbox) -> Output {
    place.command(&["combine", "-q"]).env("FORKCOV_TMPDIR", place.path(".")).output().unwrap()
}

#[test]
fn what_was_counted_before_a_kill_is_combined_and_the_file_goes() {
    let place = killed();
    counters(&place);
    let output = combine(&place);
    assert!(output.status.success(), "{output:?}");
    // The last of them is that of `pause`, which began.
    assert_eq!(place.executed("forkcov.data", "counts.c"), (4..=35).collect::<BTreeSet<u64>>());
    assert_eq!(place.files("forkcov"), ["forkcov.data"]);
}

#[test]
fn counters_that_are_cut_short_are_named_and_what_the_run_left_stays() {
    let place = killed();
    place.write(&counters(&place), b"nonsense", 0o644);
    let output = combine(&place);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    one_line(&output, &["its counters forkcov.data.", "cut short"]);
    assert_eq!(place.files("forkcov-").len(), 1, "the directory stays");
    assert!(!place.executed("forkcov.data", "counts.c").is_empty(), "what the hit file has is there");
}

/// Short blocks everywhere: returns alone, jumps alone, tests with a jump, `nop`.
#[test]
fn a_child_that_runs_what_others_have_run_does_not_stop_at_short_blocks() {
    let place = Sandbox::new();
    let functions: String = (0..20)
        .map(|i| {
            format!(
                "__attribute__((noinline)) static void g{i}(int i) {{\nn += i;\n}}\n\
                 __attribute__((noinline)) static int f{i}(int i) {{\nif (i > {i}) goto out;\ng{i}(i);\nout:\n\
                 if (i & 1) return i;\ng{i}(1);\nreturn n;\n}}\n"
            )
        })
        .collect();
    let calls: String = (0..20).map(|i| format!("f{i}(k);\n")).collect();
    let source = format!(
        "#include <pthread.h>\n#include <sys/wait.h>\n#include <unistd.h>\nint volatile n;\n{functions}\
         static void *work(void *p) {{\nfor (int k = 0; k < 40; k++) {{\n{calls}}}\nreturn p;\n}}\n\
         int main(void) {{\npthread_t t;\nfor (int child = 0; child < 6; child++) {{\nif (fork() == 0) {{\n\
         if (THREAD) {{\npthread_create(&t, 0, work, 0);\npthread_join(t, 0);\n}} else {{\nwork(0);\n}}\n\
         _exit(0);\n}}\nwait(0);\n}}\nreturn 0;\n}}\n"
    );
    place.write("short.c", source, 0o644);
    for (level, thread) in [("-O0", 0), ("-O2", 0), ("-O0", 1), ("-O2", 1)] {
        let define = format!("-DTHREAD={thread}");
        place.cc(&["-g", "-pthread", level, &define, "short.c", "-o", "short"]);
        let stops = |flags: &[&str]| {
            place.succeeds(&[&["run", "-q", "--log-events", "log"], flags, &["--", "./short"]].concat());
            let log = fs::read_to_string(place.path("log")).unwrap();
            let lines: Vec<serde_json::Value> =
                log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let is_process = |line: &&serde_json::Value| line["kind"] == "birth" && line["thread"] == false;
            let last = lines.iter().rfind(is_process).unwrap()["child"].clone();
            lines.iter().filter(|line| line["kind"] == "trap" && line["pid"] == last).count()
        };
        assert!(stops(&["--trampolines-after", "0"]) > 100, "{level} {thread}");
        assert!(stops(&[]) < 5, "{level} {thread}: {}", stops(&[]));
    }
}
