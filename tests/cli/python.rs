//! Programs in Python, run by the system's interpreter (`tests/python` runs every installed one).

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::Value;

const PYTHON: &str = "/usr/bin/python3";

const CHILD_OUTLIVES: &str = "\
import os, sys
end, go = os.pipe()
if os.fork() == 0:
    os.close(go)
    os.read(end, 1)
    import late
    os.write(3, b'%d' % late.double(21))
    os._exit(0)
os.close(end)
";

/// A child writes into all memory that it shares with a file, as if it were its own to forge. Its parent and
/// its sibling do nothing of that kind.
const FORGER: &str = "\
import ctypes, os
def shared():
    maps = [line.split() for line in open('/proc/self/maps')]
    ranges = [line[0].split('-') for line in maps if line[1] == 'rw-s']
    return [(int(start, 16), int(end, 16)) for start, end in ranges]
def forged():
    return 1
def honest():
    return 2
print(len(shared()))
if os.fork() == 0:
    print(len(shared()), flush=True)
    for start, end in shared():
        ctypes.memset(start, 0x81, min(end - start, 16384))
    os._exit(0)
os.wait()
if os.fork() == 0:
    honest()
    os._exit(0)
os.wait()
honest()
";

#[test]
fn a_process_cannot_change_what_another_ran() {
    let place = Sandbox::new();
    write(&place, &[("main.py", FORGER)]);
    let output = place.forkcov(&["run", "--", PYTHON, "main.py"]);
    // Each has its own log, and nothing else.
    assert_eq!(text(&output.stdout), "1\n1\n", "{output:?}");
    let warning = "may be wrong or missing: the program has cleared or shortened the file";
    assert!(text(&output.stderr).contains(warning), "{output:?}");
    let data = rusqlite::Connection::open(place.path("forkcov.data")).unwrap();
    let sql = "SELECT group_concat(line, ' ') FROM (SELECT * FROM line_hit JOIN process USING (run, pid)
               ORDER BY serial, line) GROUP BY serial ORDER BY serial";
    let mut statement = data.prepare(sql).unwrap();
    let lines: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    // What the forger does after that is its own to say.
    let parent = "1 2 3 4 5 6 8 10 11 16 17 20 21 9";
    let mut expected: Vec<&str> = parent.split(' ').collect();
    expected.sort_by_key(|line| line.parse::<u32>().unwrap());
    assert_eq!(lines, [expected.join(" ").as_str(), "15", "9 18 19"], "{output:?}");
}

/// The log is made shorter, or its memory is given back, while a line is on its way to it.
#[test]
fn a_program_that_spoils_its_log_ends_as_without_forkcov() {
    let spoil = [
        "for log in glob.glob('tmp/forkcov-*/*.runtime'): os.truncate(log, 0)",
        "for log in glob.glob('tmp/forkcov-*/*'): os.remove(log)",
        "for start, end in shared(): assert libc.madvise(start, end - start, 9) == 0",
    ];
    for (number, spoil) in spoil.iter().enumerate() {
        let place = Sandbox::new();
        let program = format!(
            "\
import ctypes, glob, os
libc = ctypes.CDLL(None)
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
def shared():
    maps = [line.split() for line in open('/proc/self/maps')]
    ranges = [line[0].split('-') for line in maps if line[1] == 'rw-s']
    return [(int(start, 16), int(start, 16) + 4096) for start, end in ranges]
if os.fork() == 0:
    os._exit(0)
os.wait()
{spoil}
def after():
    return 2
print(after())
"
        );
        std::fs::create_dir(place.path("tmp")).unwrap();
        write(&place, &[("main.py", &program)]);
        let mut command = place.command(&["run", "--", PYTHON, "main.py"]);
        let output = command.env("FORKCOV_TMPDIR", place.path("tmp")).output().unwrap();
        assert_eq!(text(&output.stdout), "2\n", "{output:?}");
        let stderr = text(&output.stderr);
        if number == 1 {
            // All that forkcov had written is gone.
            continue;
        }
        assert!(output.status.success(), "{output:?}");
        assert!(stderr.contains("the program has cleared or shortened the file"), "{output:?}");
    }
}

#[test]
fn a_process_that_shares_memory_with_its_parent_shares_its_log() {
    let place = Sandbox::new();
    let program = "\
import ctypes, os, sys
def work():
    return os.getpid()
@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
def child(argument):
    work()
    for _ in range(9):
        x = 1
    return 0
stack = ctypes.create_string_buffer(1 << 20)
top = (ctypes.addressof(stack) + (1 << 20)) & ~15
libc = ctypes.PyDLL(None)
CLONE_VM, CLONE_VFORK, SIGCHLD = 0x100, 0x4000, 17
pid = libc.clone(child, ctypes.c_void_p(top), CLONE_VM | CLONE_VFORK | SIGCHLD, None)
assert os.waitpid(pid, 0)[1] == 0
print('done')
";
    write(&place, &[("main.py", program)]);
    let output = place.succeeds(&["run", "--", PYTHON, "main.py"]);
    assert_eq!(text(&output.stdout), "done\n", "{output:?}");
    assert_eq!(place.executed("forkcov.data", "main.py"), (1..=16).collect());
}

#[test]
fn a_forked_process_has_a_small_log_of_its_own() {
    let place = Sandbox::new();
    let program =
        "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        os._exit(0)\n    os.wait()\n";
    write(&place, &[("main.py", program)]);
    place.succeeds(&["run", "-p", "-q", "--", PYTHON, "main.py"]);
    let logs = place.files("forkcov.data").into_iter().filter(|name| name.ends_with(".runtime"));
    let sizes: Vec<u64> = logs.map(|name| std::fs::metadata(place.path(&name)).unwrap().len()).collect();
    assert_eq!(sizes, [16384; 21]);
    place.succeeds(&["combine"]);
    assert_eq!(place.executed("forkcov.data", "main.py"), (1..=5).collect());
    assert_eq!(place.files("forkcov.data"), ["forkcov.data"]);
}

fn write(place: &Sandbox, files: &[(&str, &str)]) {
    needs::require(needs::tool(PYTHON));
    files.iter().for_each(|(name, text)| place.write(name, text, 0o644));
}

#[test]
fn what_was_never_imported_counts_as_missed_below_source() {
    let place = Sandbox::new();
    std::fs::create_dir(place.path("package")).unwrap();
    write(
        &place,
        &[
            ("main.py", "import used\nused.f()\n"),
            ("used.py", "def f():\n    return 1\ndef g():\n    return 2\n"),
            ("unused.py", "'''Text.'''\nimport os\nif os:\n    x = (1,\n         2)\n"),
            ("package/__init__.py", ""),
            ("package/part.py", "y = 1  # pragma: no cover\nz = 2\n"),
            ("no_python.py", "not Python at all\n"),
        ],
    );
    place.succeeds(&["run", "--source", ".", "--", PYTHON, "main.py"]);
    let json = place.json("forkcov.data");
    let lines = |name: &str, which: &str| json["files"][name][which].clone();
    assert_eq!(lines("main.py", "executed_lines"), Value::from(vec![1, 2]));
    assert_eq!(lines("used.py", "missing_lines"), Value::from(vec![4]));
    assert_eq!(lines("unused.py", "missing_lines"), Value::from(vec![2, 3, 4]));
    assert_eq!(lines("package/part.py", "missing_lines"), Value::from(vec![2]));
    assert_eq!(json["files"].as_object().unwrap().len(), 4, "{json}");
}

#[test]
fn a_package_counts_from_wherever_it_is_imported_as_the_file_of_coverage_py_says() {
    let place = Sandbox::new();
    for directory in ["lib/site-packages/app/deep", "tests/app"] {
        std::fs::create_dir_all(place.path(directory)).unwrap();
    }
    write(
        &place,
        &[
            ("main.py", "import sys\nsys.path.insert(0, 'lib/site-packages')\nimport app, app_test\n"),
            ("app_test.py", "import app\n"),
            ("tests/app/other.py", "x = 1\n"),
            ("lib/site-packages/app/__init__.py", "def f():\n    if f: return 1\n    return 2\nf()\n"),
            ("lib/site-packages/app/unused.py", "x = 1  # not here\ny = 2\n"),
            ("lib/site-packages/app/vendored.py", "x = 1\n"),
            ("lib/site-packages/app/deep/__init__.py", "z = 3\n"),
            (
                "setup.cfg",
                "[metadata]\nname = app\n[coverage:run]\nsource = app\nbranch = 1\nomit = */vendored.py\nplugins = x\n\
                 [coverage:report]\nexclude_lines =\n    not (?=here)\nfail_under = 90\n",
            ),
        ],
    );
    let output = place.succeeds(&["run", "--", PYTHON, "main.py"]);
    assert!(
        text(&output.stderr).starts_with("forkcov: setup.cfg: no effect on forkcov: [run] plugins\n"),
        "{output:?}"
    );
    let json = place.json("forkcov.data");
    let files = json["files"].as_object().unwrap();
    let names: Vec<_> =
        files.keys().map(|name| name.strip_prefix("lib/site-packages/app/").unwrap()).collect();
    assert_eq!(names, ["__init__.py", "deep/__init__.py", "unused.py"]);
    let lines =
        |name: &str, which: &str| json["files"][format!("lib/site-packages/app/{name}")][which].clone();
    assert_eq!(lines("__init__.py", "missing_branches"), serde_json::json!([[2, 3]]));
    assert_eq!(lines("unused.py", "excluded_lines"), Value::from(vec![1]));
    assert_eq!(lines("unused.py", "missing_lines"), Value::from(vec![2]));
    let report = place.forkcov(&["report"]);
    assert_eq!(report.status.code(), Some(2));
    assert!(text(&report.stderr).contains("is below --fail-under 90"), "{report:?}");
}

#[test]
fn what_one_run_has_not_imported_and_another_has_is_as_that_says() {
    let place = Sandbox::new();
    write(&place, &[("a.py", "import b\n"), ("b.py", "x = 1\nif x == 2:\n    y = 2\n"), ("c.py", "z = 3\n")]);
    for program in ["c.py", "a.py"] {
        place.succeeds(&["run", "--append", "--source", ".", "--", PYTHON, program]);
    }
    let json = place.json("forkcov.data");
    assert_eq!(json["files"]["b.py"]["executed_lines"], Value::from(vec![1, 2]));
    assert_eq!(json["files"]["b.py"]["missing_lines"], Value::from(vec![3]));
    assert_eq!(json["files"]["c.py"]["missing_lines"], Value::Array(vec![]));
}

#[test]
fn without_source_only_what_was_imported_counts() {
    let place = Sandbox::new();
    write(&place, &[("a.py", "x = 1\n"), ("b.py", "y = 2\n")]);
    place.succeeds(&["run", "--", PYTHON, "a.py"]);
    assert_eq!(place.json("forkcov.data")["files"].as_object().unwrap().len(), 1);
}

#[test]
fn a_process_that_is_released_imports_and_forks_as_before() {
    let place = Sandbox::new();
    write(&place, &[("main.py", CHILD_OUTLIVES), ("late.py", "def double(x):\n    return 2 * x\n")]);
    place.write(
        "run.sh",
        "exec 3> result; forkcov run -q --exit-first-process -- /usr/bin/python3 main.py",
        0o755,
    );
    let forkcov = paths::forkcov().parent().unwrap();
    let path = format!("{}:{}", forkcov.display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("sh");
    // The output of the shell ends when the last process has that has it.
    let output = shell.arg("run.sh").current_dir(place.path("")).env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read_to_string(place.path("result")).unwrap(), "42", "{}", text(&output.stderr));
    assert_eq!(place.processes("forkcov.data"), 2);
}

#[test]
fn memory_that_was_written_to_need_not_be_let_run() {
    let place = Sandbox::new();
    place.compile("refuses_new_code", &["-g0"]);
    write(&place, &[("a.py", "x = 1\n")]);
    let output = place.succeeds(&["run", "-q", "--", "./refuses_new_code", PYTHON, "a.py"]);
    // Before Linux 6.3 the program runs as any other.
    assert!(["", "not supported\n"].contains(&text(&output.stdout)), "{output:?}");
    assert_eq!(place.executed("forkcov.data", "a.py"), [1].into());
}

/// `sitecustomize` runs before the probe starts: here it makes the interpreter claim to be a newer one.
#[test]
fn a_newer_python_than_the_known_ones_is_named_beside_those() {
    let place = Sandbox::new();
    write(
        &place,
        &[("sitecustomize.py", "import sys\nsys.hexversion = 0x031000a1\n"), ("main.py", "x = 1\n")],
    );
    let output =
        place.command(&["run", "--", PYTHON, "main.py"]).env("PYTHONPATH", place.path(".")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let words = ["may be wrong or missing: CPython 3.16.0a1 is newer", "(3.9 to 3.15)"];
    let stderr = text(&output.stderr);
    assert!(stderr.lines().any(|line| words.iter().all(|word| line.contains(word))), "{stderr}");

    place.write("sitecustomize.py", "", 0o644);
    let known = place.succeeds(&["run", "--", PYTHON, "main.py"]);
    assert!(!text(&known.stderr).contains("newer"), "{}", text(&known.stderr));
}
