//! The cache: debug information that takes long to read is read once.

use forkcov_testing::sandbox::{Sandbox, text};
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// How many lines it takes to be worth the while, on any machine.
const LINES: usize = 60_000;
/// What is said of the program, or of a large library of it. A busy machine takes long to read others too.
const CACHED: [&str; 2] = ["/large in an earlier run", "/liblarge.so in an earlier run"];

/// With `./large`, and a place for the cache.
fn place() -> Sandbox {
    let place = Sandbox::new();
    let mut source = "static volatile int x;\n".to_owned();
    for function in 0..LINES / 100 {
        let _ = writeln!(source, "void f{function}(void) {{\n{}}}", "  x = 1;\n".repeat(98));
    }
    source.push_str("int main(void) {\n  f7();\n  return 0;\n}\n");
    place.write("large.c", source, 0o644);
    place.cc(&["-g", "large.c", "-o", "large"]);
    fs::create_dir(place.path("cache")).unwrap();
    place
}

fn command(place: &Sandbox, data_file: &str, flags: &[&str]) -> Command {
    let arguments = [&["run", "-v", "--data-file", data_file], flags, &["--", "./large"]].concat();
    let mut command = place.command(&arguments);
    command.env("XDG_CACHE_HOME", place.path("cache"));
    command
}

/// Whether the run found it read, and all its lines by LCOV's report.
fn run(place: &Sandbox, flags: &[&str]) -> (bool, String) {
    let output = command(place, "forkcov.data", flags).output().unwrap();
    (is_cached(&output), lcov(place, "forkcov.data"))
}

fn is_cached(output: &Output) -> bool {
    assert!(output.status.success(), "{output:?}");
    CACHED.iter().any(|cached| text(&output.stderr).contains(cached))
}

fn lcov(place: &Sandbox, data_file: &str) -> String {
    text(&place.succeeds(&["lcov", "--data-file", data_file, "-o", "-"]).stdout).to_owned()
}

#[test]
fn reports_are_the_same_with_a_cache_and_without() {
    let place = place();
    let (is_cached, cold) = run(&place, &["--no-cache"]);
    assert!(!is_cached && cold.contains("LH:104\n"), "{}", &cold[cold.len() - 100..]);
    assert!(fs::read_dir(place.path("cache")).unwrap().next().is_none(), "--no-cache keeps nothing");
    assert!(run(&place, &[]) == (false, cold.clone()));
    assert!(run(&place, &[]) == (true, cold.clone()));
    assert!(run(&place, &["--no-cache"]) == (false, cold.clone()));
    assert!(run(&place, &["--every-line"]) == (true, cold.clone()));
    place.write("forkcov.toml", "[run]\ncache = false\n", 0o644);
    assert!(run(&place, &[]) == (false, cold.clone()));
    assert!(run(&place, &["--cache"]) == (true, cold.clone()), "the command line is above the file");
    let entries = fs::read_dir(place.path("cache/forkcov")).unwrap();
    for entry in entries {
        fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    assert!(run(&place, &["--cache"]) == (false, cold.clone()));
    assert!(run(&place, &["--cache"]) == (true, cold));
}

/// The files of what was made of programs, by the end of their names.
fn derived(place: &Sandbox, what: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.path("cache/forkcov")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == what)).collect()
}

#[test]
fn what_was_made_of_a_program_serves_later_runs() {
    let place = place();
    let cold = run(&place, &["--no-cache"]).1;
    assert!(run(&place, &[]) == (false, cold.clone()));
    for what in ["code", "blocks"] {
        let [path] = &derived(&place, what)[..] else { panic!("{:?}", derived(&place, what)) };
        let (whole, file) = (fs::read(path).unwrap(), || fs::metadata(path).unwrap().ino());
        let first = file();
        assert!(run(&place, &[]) == (true, cold.clone()));
        assert_eq!(file(), first, "{what}: it serves, and is not made again");
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x40;
        for bytes in [&[][..], &whole[..whole.len() - 1], &damaged] {
            fs::write(path, bytes).unwrap();
            let before = file();
            assert!(run(&place, &[]) == (true, cold.clone()));
            assert_ne!(file(), before, "{what}: it is made again");
            assert_eq!(fs::read(path).unwrap().len(), whole.len());
        }
    }
    let (is_cached, both) = run(&place, &["-a"]);
    assert!(is_cached && both.contains("LH:104\n") && both != cold, "two processes have run each line");
    assert!(run(&place, &["--every-line"]) == (true, cold.clone()));
    assert_eq!((derived(&place, "code").len(), derived(&place, "lines").len()), (1, 1));
    assert!(run(&place, &[]) == (true, cold));
}

#[test]
fn what_was_made_of_a_program_serves_no_other_one() {
    let place = place();
    let compile = |options: &[&str]| place.cc(&[&["-g", "large.c", "-o", "large"], options].concat());
    let without_id = ["-Wl,--build-id=none"];
    compile(&without_id);
    let (_, first) = run(&place, &[]);
    assert!(run(&place, &[]) == (true, first.clone()));
    let source = fs::read_to_string(place.path("large.c")).unwrap();
    place.write("large.c", source.replace("  f7();", "  f7();\n  f9();"), 0o644);
    compile(&without_id);
    let (_, cold) = run(&place, &["--no-cache"]);
    assert!(cold.contains("LH:204\n") || cold.contains("LH:205\n"), "{}", &cold[cold.len() - 100..]);
    assert!(run(&place, &[]) == (false, cold.clone()) && run(&place, &[]) == (true, cold.clone()));
    // At other addresses.
    compile(&["-Wl,--build-id=none", "-no-pie", "-O0", "-Wl,-Ttext-segment=0x10000000"]);
    assert!(run(&place, &[]) == (false, cold.clone()) && run(&place, &[]) == (true, cold));
}

#[test]
fn a_cached_library_of_which_nothing_ran_has_no_lines() {
    let place = place();
    let library = fs::read_to_string(place.path("large.c")).unwrap().replace("int main", "int unused");
    place.write("library.c", library, 0o644);
    place.cc(&["-g", "-shared", "-fPIC", "library.c", "-o", "liblarge.so"]);
    place.write("small.c", "int main(void) {\n  return 0;\n}\n", 0o644);
    let linked = ["-Wl,--no-as-needed", "-L.", "-llarge", "-Wl,-rpath,."];
    place.cc(&[&["-g", "small.c", "-o", "large"], &linked[..]].concat());
    let (_, cold) = run(&place, &["--no-cache"]);
    assert!(cold.contains("small.c"), "{cold}");
    for is_cached in [false, true, true] {
        assert!(run(&place, &[]) == (is_cached, cold.clone()));
    }
}

#[test]
fn runs_at_once_share_it_and_none_needs_it() {
    let place = place();
    let start = |data_file: &str| -> Child {
        let mut command = command(&place, data_file, &[]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = ["one.data", "two.data"].map(start);
    for child in both {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert!(lcov(&place, "one.data") == lcov(&place, "two.data"));
    assert!(run(&place, &[]).0, "either has kept it");
    let without = |change: &dyn Fn(&mut Command)| {
        let mut command = command(&place, "forkcov.data", &[]);
        change(command.env_remove("HOME"));
        let output = command.output().unwrap();
        assert!(!is_cached(&output), "{output:?}");
        output
    };
    without(&|command| {
        command.env_remove("XDG_CACHE_HOME");
    });
    without(&|command| {
        command.env("XDG_CACHE_HOME", "relative");
    });
    assert!(!place.path("relative").exists());
    let failed = without(&|command| {
        command.env("XDG_CACHE_HOME", place.path("large.c"));
    });
    assert!(!text(&failed.stderr).contains("failed to"), "{failed:?}");
    // A directory that others may write into is not believed.
    fs::set_permissions(place.path("cache/forkcov"), Permissions::from_mode(0o777)).unwrap();
    assert!(!run(&place, &[]).0);
}
