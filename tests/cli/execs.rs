//! What one image has made of an object, the next images begin with.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Sixty functions of several blocks each, which are called when the program has an argument; `last` is
/// behind them.
fn program(place: &Sandbox, name: &str, last: &str, flags: &[&str]) {
    let mut source = "#include <stdio.h>\n#include <unistd.h>\nint volatile n = 1;\n".to_owned();
    for i in 0..60 {
        source += &format!(
            "static void f{i}(int x) {{\n    if (x > {i})\n        n += x * {i};\n    else\n        n -= x;\n    \
             if (n == 7)\n        n = n * 3 + x;\n    n ^= {i};\n}}\n"
        );
    }
    source += "int main(int argc, char **argv) {\n    for (int i = 0; i < 3; i++) {\n";
    (0..60).for_each(|i| source += &format!("        f{i}(i);\n"));
    source += &format!("    }}\n    {last}\n    return argc > 5;\n}}\n");
    place.write("program.c", source, 0o644);
    place.cc(&[&["-g", "-O0", "program.c", "-o", name], flags].concat());
}

/// How often each process stopped at a breakpoint of a line, in the order of their ends.
fn stops(place: &Sandbox, flags: &[&str], script: &str) -> Vec<usize> {
    let run = ["run", "-q", "--log-events", "log"];
    place.succeeds(&[&run[..], flags, &["--", "sh", "-c", script]].concat());
    let log = fs::read_to_string(place.path("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mapped = lines.iter().filter(|line| line["kind"] == "map");
    let mut stops: BTreeMap<u64, usize> = mapped.map(|line| (line["pid"].as_u64().unwrap(), 0)).collect();
    for line in lines.iter().filter(|line| line["kind"] == "trap" && line.get("site").is_some()) {
        *stops.entry(line["pid"].as_u64().unwrap()).or_default() += 1;
    }
    let ended = lines.iter().filter(|line| line["kind"] == "exit");
    ended.filter_map(|line| stops.remove(&line["pid"].as_u64().unwrap())).collect()
}

/// The lines that each process has run, without its PID.
fn lines(place: &Sandbox) -> Vec<Value> {
    let json = place.json("forkcov.data");
    let mut processes = json["processes"].as_array().unwrap().clone();
    processes.sort_by_key(|process| process["pid"].as_u64());
    processes
        .into_iter()
        .map(|mut process| process["files"].take())
        .filter(|files| files != &Value::Object(Default::default()))
        .collect()
}

#[test]
fn an_image_begins_with_what_the_one_before_has_learnt() {
    for flags in [&["-pie", "-fpie"][..], &["-no-pie", "-fno-pie"], &["-static-pie"]] {
        let place = Sandbox::new();
        program(&place, "program", "", flags);
        let script = "./program; ./program; setarch -R ./program; setarch -R ./program; ./program";
        let with_breakpoints = stops(&place, &["--trampolines-after", "0"], script);
        let expected = lines(&place);
        let with_trampolines = stops(&place, &[], script);
        assert!(with_breakpoints.iter().all(|&stops| stops > 300), "{with_breakpoints:?}");
        let (first, others) = with_trampolines.split_first().unwrap();
        assert!(others.len() == 4 && others.iter().all(|&stops| stops < first - 10), "{with_trampolines:?}");
        assert_eq!(lines(&place), expected, "{flags:?}");
    }
}

#[test]
fn a_program_that_is_replaced_between_two_execs_runs_as_it_is() {
    let place = Sandbox::new();
    program(&place, "old", "puts(\"old\");", &[]);
    program(&place, "new", "puts(\"new\");", &[]);
    let script = "for i in 1 2 3; do for name in old new; do cp $name program; ./program; done; done";
    let run = |trampolines: &str| {
        let run = ["run", "-q", "--trampolines-after", trampolines, "--", "sh", "-c", script];
        let output = place.succeeds(&run);
        assert_eq!(text(&output.stdout), "old\nnew\n".repeat(3));
        lines(&place)
    };
    assert_eq!(run("16"), run("0"));
}

#[test]
fn an_image_that_may_not_map_memory_has_breakpoints() {
    let place = Sandbox::new();
    program(&place, "program", "", &[]);
    let script = "./program; ./program; (ulimit -v 1000000; exec ./program)";
    let with_breakpoints = stops(&place, &["--trampolines-after", "0"], script);
    let expected = lines(&place);
    let with_trampolines = stops(&place, &[], script);
    assert_eq!(with_trampolines[2], with_breakpoints[2]);
    assert!(with_trampolines[1] < with_breakpoints[1], "{with_trampolines:?}");
    assert_eq!(lines(&place), expected);
}

/// What the executable `program` has mapped in each of its images, by what it prints: protection, offset and
/// path, and the device and inode.
fn mappings(output: &str) -> Vec<(String, String)> {
    let of_program = output.lines().filter(|line| line.ends_with("/program"));
    let fields = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let parts = |it: Vec<String>| (format!("{} {} {}", it[1], it[2], it[5]), format!("{} {}", it[3], it[4]));
    of_program.map(fields).map(parts).collect()
}

/// Prints the mappings, and those whose file can be opened for writing.
const SAYS_MAPPINGS: &str = "FILE *maps = fopen(\"/proc/self/maps\", \"r\"); \
    for (char line[4096], name[64] = \"\", *file; fgets(line, sizeof line, maps); fputs(line, stdout)) { \
        snprintf(name, sizeof name, \"/proc/self/map_files/%.*s\", (int) strcspn(line, \" \"), line); \
        if (strstr(line, \"r-xp\") && strstr(line, \"/program\") && open(name, O_WRONLY) >= 0) puts(\"writable\"); \
    }";

#[test]
fn code_that_takes_the_place_of_an_executables_has_its_name() {
    let place = Sandbox::new();
    program(&place, "program", SAYS_MAPPINGS, &["-include", "fcntl.h", "-include", "string.h"]);
    let script = "for i in 1 2 3 4; do ./program; done";
    let printed = |flags: &[&str]| {
        let run = [&["run", "-q"], flags, &["--", "sh", "-c", script]].concat();
        let output = place.succeeds(&run);
        assert!(!text(&output.stdout).contains("writable"));
        mappings(text(&output.stdout))
    };
    let bare = printed(&["--trampolines-after", "0"]);
    let replaced = printed(&[]);
    let names =
        |mappings: &[(String, String)]| mappings.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert!(bare.len() >= 4 * 4 && bare.iter().all(|(_, file)| *file == bare[0].1), "{bare:?}");
    assert_eq!(names(&replaced), names(&bare));
    // CAP_SYS_ADMIN of capabilities(7).
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    if u64::from_str_radix(effective.trim(), 16).unwrap() & 1 << 21 == 0 {
        needs::give_up(Lack::machine("root", "a file takes the place of code where forkcov may mount"));
    }
    let others = replaced.iter().filter(|(_, file)| *file != bare[0].1).count();
    assert!((2..=3).contains(&others), "{replaced:?}");
}

#[test]
fn code_that_takes_the_place_of_an_executables_is_forked_changed_and_dropped() {
    let place = Sandbox::new();
    let last = "unsigned long start = (unsigned long) f0 & -4096L, size = (unsigned long) main - start + 4096 & -4096L; \
                for (int i = 0; i < 3; i++) \
                    if (!fork()) { \
                        if (i == 1) madvise((void *) start, size, MADV_DONTNEED); \
                        if (i == 2) mprotect((void *) start, size, PROT_READ | PROT_WRITE | PROT_EXEC); \
                        f3(80); f4(-80); \
                        dlopen(\"libm.so.6\", RTLD_NOW); \
                        if (i == 2) mprotect((void *) start, size, PROT_READ | PROT_EXEC); \
                        for (int k = 0; k < 40000; k++) f5(k); \
                        f6(80); \
                        if (i) _exit(0); \
                        kill(getpid(), SIGKILL); \
                    } \
                while (wait(0) > 0);";
    let headers = ["dlfcn.h", "signal.h", "sys/mman.h", "sys/wait.h"];
    let mut flags = vec!["-D_GNU_SOURCE"];
    headers.iter().for_each(|name| flags.extend(["-include", name]));
    program(&place, "program", last, &flags);
    let script = "for i in 1 2 3 4; do ./program; done";
    stops(&place, &["--trampolines-after", "0"], script);
    let expected = lines(&place);
    stops(&place, &[], script);
    let found = lines(&place);
    assert_eq!((found.len(), expected.len()), (16, 16));
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        if index % 4 == 2 {
            // What the process has dropped comes back from the file: without breakpoints from the
            // executable, with them from the one that has taken its place.
            let lines = |files: &Value| files["program.c"].as_array().unwrap().clone();
            let (found, expected) = (lines(found), lines(expected));
            assert!(expected.iter().all(|line| found.contains(line)), "{index}: {found:?} {expected:?}");
        } else {
            assert_eq!(found, expected, "{index}");
        }
    }
}

#[test]
fn a_library_has_what_an_earlier_image_has_learnt() {
    let place = Sandbox::new();
    let functions = (0..40).map(|i| {
        format!("void f{i}(int x) {{\n    if (x > {i})\n        n += x * {i};\n    n ^= {i};\n}}\n")
    });
    place.write("lib.c", format!("int volatile n = 1;\n{}", functions.collect::<String>()), 0o644);
    let calls = |c: &str| (0..40).map(|i| format!("    f{i}({c});\n")).collect::<String>();
    let declared = (0..40).map(|i| format!("void f{i}(int);\n")).collect::<String>();
    let main = format!(
        "{declared}int main(int argc, char **argv) {{\n{}    if (argc > 1) {{\n{}    }}\n    return 0;\n}}\n",
        calls("20"),
        calls("argc")
    );
    place.write("main.c", main, 0o644);
    place.cc(&["-g", "-O0", "-fPIC", "-shared", "lib.c", "-o", "lib.so"]);
    place.cc(&["-g", "-O0", "main.c", "./lib.so", "-o", "main"]);
    let script = "./main; ./main x; setarch -R ./main; ./main x";
    let with_breakpoints = stops(&place, &["--trampolines-after", "0"], script);
    let expected = lines(&place);
    let with_trampolines = stops(&place, &[], script);
    assert!(with_breakpoints.iter().all(|&stops| stops > 100), "{with_breakpoints:?}");
    assert!(with_trampolines.iter().skip(1).all(|&stops| stops < 16), "{with_trampolines:?}");
    assert_eq!(lines(&place), expected);
}
