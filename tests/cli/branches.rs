//! `run --branches`: loops that run often, by breakpoints and by trampolines; a forkcov that is killed; and
//! the cache. Which directions are taken is what `cargo test --test oracle` shows.

use forkcov_testing::sandbox::{Sandbox, text};
use rusqlite::Connection;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

/// Loops that run `argv[1]` times, in a process and in its child, which leaves one of them early. With a third
/// argument, threads run them, too.
const LOOPS: &str = r#"#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile unsigned sum;
static unsigned long spin(unsigned long rounds, unsigned long odd) {
    for (unsigned long i = 0; i < rounds; i++) {
        if (i == odd) sum++;
        if (i % 3 == 0 && i < 5) sum += 2;
        if (sum == 77777777 || i == ~0ul) break;
    }
    return sum;
}
static void *thread(void *odd) { spin(20000, (unsigned long)odd); return 0; }
int main(int argc, char **argv) {
    unsigned long rounds = strtoul(argv[1], 0, 10);
    spin(rounds, rounds + 5);
    if (fork() == 0) { spin(rounds, rounds / 2); _exit(0); }
    wait(0);
    if (argc > 2) {
        pthread_t threads[4];
        for (long i = 0; i < 4; i++) pthread_create(&threads[i], 0, thread, (void *)(i * 9999));
        for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
    }
    puts("done");
    fflush(stdout);
    if (argc > 3) pause();
}
"#;

/// Loops with jumps that never go one of their ways, to where others lead, too: in short blocks, between
/// others that run as often, behind calls, and in an inner loop. As many threads as `argv[2]` says run them.
const NEVER: &str = r#"#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#define APART __attribute__((noinline))
static volatile unsigned sum, zero;
static unsigned char text[256];
static APART int callee(unsigned long i) { __asm__ volatile(""); return i == ~0ul; }
static APART unsigned long calls(unsigned long rounds) {
    unsigned long n = 0;
    if (rounds == 7) sum = 1234567;
    for (unsigned long i = 0; i < rounds; i++) {
        if (callee(i)) goto out;
        if (callee(i + 1)) goto out;
        n += rounds;
    }
out:
    return n;
}
static APART unsigned long scan(unsigned long rounds) {
    unsigned char *p = text;
    unsigned long n = 0;
    while (rounds--) {
        unsigned char c = *p++;
        if (c == 'x') break;
        if (c == 'y') break;
        if (c == 0) { p = text; n++; }
    }
    return n;
}
static APART unsigned long nested(unsigned long rounds) {
    unsigned long n = 0;
    for (unsigned long i = 0; i < rounds / 16; i++)
        for (int j = 0; j < 16; j++) {
            if (zero) { n++; if (zero > 3) continue; }
            n += j;
            if (n == 5 && zero) return n;
        }
    return n;
}
static unsigned long rounds;
static void *run(void *arguments) {
    sum += calls(rounds) + scan(rounds) + nested(rounds);
    return arguments;
}
int main(int argc, char **argv) {
    pthread_t threads[8];
    int count = atoi(argv[2]);
    rounds = strtoul(argv[1], 0, 10);
    for (int i = 0; i < 255; i++) text[i] = 'a';
    if (count == 0) run(0);
    for (int i = 0; i < count; i++) pthread_create(&threads[i], 0, run, 0);
    for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
    return argc > 3;
}
"#;

/// A switch in a loop that runs `argv[1]` times, and most of its cases never; to some of these, others fall through.
const SWITCH: &str = r#"#include <stdlib.h>
static volatile int sum;
__attribute__((noinline)) static int pass(int n) {
    switch (n) {
    case 0: sum++; /* fall through */
    case 1: sum += 2; break;
    case 2: sum += 3; break;
    case 3: sum += 4; /* fall through */
    case 4: sum += 5; break;
    case 5: return 3;
    default: sum--;
    }
    return 1;
}
int main(int argc, char **argv) {
    long rounds = strtol(argv[1], 0, 10);
    for (long i = 0; i < rounds; i++) sum += pass(i == rounds / 2 ? 4 : (int)i & 1);
    return 0;
}
"#;

/// With `./loops`, compiled with these options.
fn place(options: &[&str]) -> Sandbox {
    place_of(LOOPS, options)
}

/// The same of this source.
fn place_of(source: &str, options: &[&str]) -> Sandbox {
    let place = Sandbox::new();
    place.write("loops.c", source, 0o644);
    place.cc(&[&["-g", "-pthread", "loops.c", "-o", "loops"], options].concat());
    place
}

/// The directions that each process took: its place among the processes, line, jump, and way.
fn taken(place: &Sandbox) -> Vec<(u32, u32, u32, u32)> {
    let data = Connection::open(place.path("forkcov.data")).unwrap();
    let query = "SELECT (SELECT count(*) FROM process AS other WHERE other.id < branch_hit.process), line, jump, way \
                 FROM branch_hit ORDER BY 1, 2, 3, 4";
    let mut taken = data.prepare(query).unwrap();
    let rows = taken.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Runs `./loops` with a log; gives the directions and the number of stops.
fn run(place: &Sandbox, options: &[&str], arguments: &[&str]) -> (Vec<(u32, u32, u32, u32)>, usize) {
    let command = [&["run", "-q", "--log-events", "log"], options, &["--", "./loops"], arguments].concat();
    place.succeeds(&command);
    let stops = fs::read_to_string(place.path("log")).unwrap().matches("\"kind\":\"trap\"").count();
    fs::remove_file(place.path("log")).unwrap();
    (taken(place), stops)
}

#[test]
fn a_switch_in_a_loop_is_counted_without_stops() {
    for options in [&["-O0"][..], &["-O2"], &["-O0", "-no-pie", "-fno-pie"], &["-O2", "-no-pie", "-fno-pie"]]
    {
        let place = place_of(SWITCH, options);
        let (directions, stops) = run(&place, &["--branches"], &["1000000"]);
        let (by_breakpoints, _) = run(&place, &["--branches", "--trampolines-after", "0"], &["3000"]);
        assert_eq!(directions, by_breakpoints, "{options:?}");
        let of_switch: Vec<_> = directions.iter().filter(|it| it.1 == 4).collect();
        assert_eq!(of_switch.len(), 3, "{options:?}: {of_switch:?}");
        assert!(stops < 150, "{options:?}: {stops} stops");
    }
}

/// The copy of a jump through a table compares with each place to which other cases fall through: here, with more code
/// than a short jump passes.
#[test]
fn a_hot_switch_whose_cases_fall_through_runs_as_it_does_bare() {
    let cases: String = (0..40).map(|case| format!("    case {case}: sum += {case};\n")).collect();
    let source = format!(
        "#include <stdlib.h>\nstatic volatile int sum;\n__attribute__((noipa)) static void pass(int n) {{\n    \
         switch (n) {{\n{cases}    }}\n}}\nint main(int argc, char **argv) {{\n    \
         for (long i = strtol(argv[1], 0, 10); i > 0; i--) pass(35 + i % 3);\n    return sum == 0;\n}}\n"
    );
    for level in ["-O0", "-O2"] {
        let place = Sandbox::new();
        place.write("hot.c", &source, 0o644);
        place.tool("gcc", &["-g", level, "hot.c", "-o", "program"]);
        let run = ["run", "-q", "--branches", "--source", ".", "--", "./program", "100000"];
        place.succeeds(&run);
        let lcov = place.succeeds(&["lcov", "-o", "-"]).stdout;
        let lcov = text(&lcov);
        let ways: Vec<&str> = lcov.lines().filter(|line| line.starts_with("BRDA:4,")).collect();
        let taken = ways.iter().filter(|line| !line.ends_with(",0")).count();
        assert_eq!((ways.len(), taken), (41, 3), "{level}: {lcov}");
    }
}

#[test]
fn breakpoints_and_trampolines_record_the_same_directions() {
    for options in ["-O0", "-O2"] {
        let place = place(&[options]);
        for arguments in [&["3000"][..], &["200", "threads"]] {
            let never =
                if arguments.len() > 1 { &["--every-line"][..] } else { &["--trampolines-after", "0"] };
            let (by_breakpoints, _) = run(&place, &[&["--branches"], never].concat(), arguments);
            let (by_trampolines, _) = run(&place, &["--branches", "--trampolines-after", "1"], arguments);
            let (by_both, _) = run(&place, &["--branches"], arguments);
            assert_eq!(by_breakpoints, by_trampolines, "{options} {arguments:?}");
            assert_eq!(by_breakpoints, by_both, "{options} {arguments:?}");
            let ways = |process: u32| by_both.iter().filter(|it| it.0 == process && it.1 == 9).count();
            assert!(ways(1) > 1, "the child adds: {by_both:?}");
        }
    }
}

#[test]
fn a_direction_that_is_never_taken_stops_a_loop_seldom() {
    let place = place(&["-O0"]);
    let (directions, stops) = run(&place, &["--branches"], &["3000000"]);
    // Line 9 has one jump: way 1 leads around the addition.
    let of_line = |process, line| -> Vec<_> {
        directions.iter().filter(|it| it.0 == process && it.1 == line).map(|it| (it.2, it.3)).collect()
    };
    assert_eq!((of_line(0, 9), of_line(1, 9)), (vec![(0, 1)], vec![(0, 0), (0, 1)]));
    assert!(stops < 2 * 4 * (3_000_000 / 32_768) + 100, "{stops}");
}

#[test]
fn a_short_block_that_never_goes_one_way_stops_loops_seldom() {
    for options in [&["-O0"][..], &["-O1"], &["-Os"]] {
        let place = place_of(NEVER, options);
        let directions =
            |threads, stops: &[&str]| run(&place, &[&["--branches"], stops].concat(), &["400", threads]).0;
        for threads in ["0", "4"] {
            let (taken, stops) = run(&place, &["--branches"], &["100000", threads]);
            // 16 jumps at most: each some dozen times until it has a trampoline, and every 32,768 turns.
            assert!(stops < 6000, "{options:?} {threads}: {stops}");
            assert_eq!(taken, directions(threads, &["--trampolines-after", "0"]), "{options:?} {threads}");
        }
    }
}

#[test]
fn what_a_killed_forkcov_has_counted_is_combined() {
    let place = place(&["-O0"]);
    let command = ["run", "-q", "--branches", "--", "./loops", "100000", "threads", "waits"];
    let mut command = place.command(&command);
    command.env("FORKCOV_TMPDIR", place.path("."));
    let mut forkcov = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(forkcov.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "done\n");
    forkcov.kill().unwrap();
    forkcov.wait().unwrap();
    place.succeeds(&["combine"]);
    let killed = taken(&place);
    let (whole, _) = run(&place, &["--branches"], &["100000", "threads"]);
    // Line 28 waits in one of them, and not in the other.
    let before_end = |directions: &[(u32, u32, u32, u32)]| -> Vec<_> {
        directions.iter().filter(|it| it.1 < 28).copied().collect()
    };
    assert_eq!(before_end(&killed), before_end(&whole));
    assert!(killed.contains(&(0, 9, 0, 0)), "a thread has added: {killed:?}");
}

#[test]
fn only_the_flag_makes_branches_and_the_cache_keeps_both() {
    let place = place(&["-O0"]);
    fs::create_dir(place.path("cache")).unwrap();
    for options in [&[][..], &["--branches"], &[], &["--branches"]] {
        let command = [&["run", "-q"], options, &["--", "./loops", "50"]].concat();
        let output = place.command(&command).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(taken(&place).is_empty(), options.is_empty(), "{options:?}");
    }
}

/// Two tests, one within the other, and another one behind them.
const NESTED: &str = "\
int main(int argc, char **argv) {
    if (argc > 1) {
        if (argc > 2)
            return 2;
        return 1;
    }
    if (argv[0] == 0)
        return 3;
    return 0;
}
";

/// The same in Python.
const NESTED_PYTHON: &str = "\
import sys
def main(argc):
    if argc > 1:
        if argc > 2:
            return 2
        return 1
    if argc == 5:
        return 3
    return 0
main(len(sys.argv))
";

#[test]
fn lines_that_ran_only_where_branches_were_not_recorded_have_none() {
    let place = Sandbox::new();
    place.write("main.c", NESTED, 0o644);
    place.write("main.py", NESTED_PYTHON, 0o644);
    place.cc(&["-g", "main.c", "-o", "main"]);
    for (program, code) in [(&["./main"][..], 1), (&["python3", "main.py"], 0)] {
        let run = |options: &[&str], arguments: &[&str], code| {
            let run = [&["run", "-q", "--source", ".", "-a"], options, &["--"], program, arguments];
            assert_eq!(place.forkcov(&run.concat()).status.code(), Some(code));
        };
        // How many directions count, and how many of them were taken.
        let counted = || {
            let output = place.succeeds(&["json", "-o", "-"]);
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            ["num_branches", "covered_branches"].map(|of| json["totals"][of].as_u64())
        };
        for is_first in [true, false] {
            let _ = fs::remove_file(place.path("forkcov.data"));
            if is_first {
                run(&["--branches"], &[], 0);
            }
            run(&[], &["x"], code);
            if !is_first {
                run(&["--branches"], &[], 0);
            }
            // Those of the inner test are not known.
            assert_eq!(counted(), [Some(4), Some(2)], "{program:?} {is_first}");
        }
        run(&["--branches"], &["x"], code);
        assert_eq!(counted(), [Some(6), Some(4)], "{program:?}");
    }
}

const WAYS: &str = r#"
int f(int a, int b) {
    if (a > 1)
        return 1;
    if (a && b)
        return 2;
    switch (b) {
    case 0: return 4;
    case 1: return 7;
    case 2: return 8;
    case 3: return 9;
    }
    return 10;
}
int main(int count, char **arguments) {
    return f(count, 0) == 5;
}
"#;

#[test]
fn tables_and_sources_say_which_way_is_missing() {
    let place = Sandbox::new();
    place.write("main.c", WAYS, 0o644);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    place.succeeds(&["run", "-q", "--branches", "./program"]);
    let line = |of: &str| WAYS.lines().position(|line| line.contains(of)).unwrap() + 1;
    let report = text(&place.succeeds(&["report", "-m"]).stdout).to_owned();
    let source = text(&place.succeeds(&["annotate", "main.c"]).stdout).to_owned();
    // A jump leads over what an operand that is false skips: 1 is not greater, 1 is true, and 0 is not.
    for (of, ways) in [
        ("a > 1", "1/2: no jump"),
        ("a && b", "2/4: branch 1 jump, branch 2 no jump"),
        ("switch", "1/5: case 2-5"),
    ] {
        assert!(report.contains(&format!("{} ({ways})", line(of))), "{report}");
        let annotated = source.lines().find(|line| line.contains(of)).unwrap();
        assert!(annotated.ends_with(&format!("  ({ways})")), "{source}");
    }
}
