//! `forkcov cargo`, `forkcov go` and `run -m`: other tools run their tests, and forkcov reports.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

type Lines = BTreeSet<u64>;

/// A workspace whose profile has no debug information, and is stripped.
fn workspace() -> Sandbox {
    needs::require(needs::tool("cargo"));
    let place = Sandbox::new();
    for directory in ["src", "tests"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    let manifest = "[package]\nname = 'shop'\nversion = '0.0.0'\nedition = '2024'\n\n[workspace]\n\n\
                    [profile.dev]\ndebug = false\nstrip = true\n\n[profile.ci-fast]\ninherits = 'dev'\n";
    place.write("Cargo.toml", manifest, 0o644);
    place.write("build.rs", "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n}\n", 0o644);
    place.write("src/lib.rs", LIBRARY, 0o644);
    place.write("tests/both.rs", TESTS, 0o644);
    place
}

/// Lines 4 and 5 are run by the document alone, 14 and 15 by the tests alone, and 18 to 21 by nothing.
const LIBRARY: &str = "\
//! A shop.
pub fn price(count: u32) -> u32 {
    if count > 10 {
        let price = 8 + count / 20;
        return count * price;
    }
    count * 10
}

/// ```
/// assert_eq!(shop::price(20), 180);
/// ```
pub fn stock(more: u32) -> u32 {
    let stock = more * 7;
    stock + more
}

pub fn unused(more: u32) -> u32 {
    let unused = more * 2;
    unused + more
}
";

const TESTS: &str = "\
#[test]
fn prices() {
    assert_eq!(shop::price(2), 20);
}

#[test]
fn stocks() {
    assert_eq!(shop::stock(1), 8);
    assert!(std::env::var_os(\"FAILS\").is_none());
}
";

/// Runs a program, with cargo as the tests of forkcov do not change it.
fn in_place(place: &Sandbox, program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(place.path(""));
    let is_of_cargo = |name: &str| name.starts_with("CARGO_PROFILE_") || name.starts_with("RUST");
    let changes = |name: &str| is_of_cargo(name) && !name.starts_with("RUSTUP_");
    for (name, _) in std::env::vars().filter(|(name, _)| changes(name)) {
        command.env_remove(name);
    }
    let directory = paths::forkcov().parent().unwrap().to_str().unwrap();
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{directory}:{path}")).env("CARGO_TARGET_DIR", place.path("target"));
    command.env_remove("FORKCOV_FILE").env_remove("FORKCOV_CONFIG").env_remove("CARGO");
    command.envs(variables.iter().copied()).output().unwrap()
}

fn forkcov(place: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    in_place(place, paths::forkcov().to_str().unwrap(), arguments, variables)
}

/// The lines of a source that ran, and those that did not.
fn lines(place: &Sandbox, source: &str) -> (Lines, Lines) {
    let json = place.json("forkcov.data");
    let of = |which: &str| {
        let lines = json["files"][source][which].as_array();
        lines.unwrap_or_else(|| panic!("no {source}: {json}")).iter().filter_map(Value::as_u64).collect()
    };
    (of("executed_lines"), of("missing_lines"))
}

fn sources(place: &Sandbox) -> Vec<String> {
    place.json("forkcov.data")["files"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn cargo_tests_the_library_also_in_documents_and_unused_functions_are_missed() {
    let place = workspace();
    let arguments = [
        "cargo",
        "test",
        "--show-missing",
        "--quiet",
        "--lcov",
        "--output-path",
        "x.lcov",
        "--",
        "--test-threads=1",
    ];
    let outcome = forkcov(&place, &arguments, &[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert_eq!(sources(&place), ["src/lib.rs"], "no tests, no build script");
    let (executed, missing) = lines(&place, "src/lib.rs");
    assert_eq!(executed, (2..=16).filter(|line| !matches!(line, 6 | 9..=12)).collect());
    assert_eq!(missing, (18..=21).collect());
    assert!(text(&outcome.stdout).contains("18-21\n"), "{outcome:?}");
    assert!(place.path("x.lcov").is_file());
    let no_compiler = place.json("forkcov.data")["processes"].to_string();
    assert!(!no_compiler.contains("--crate-name shop"), "{no_compiler}");

    // Without the document, and with another profile and cargo's own rules: the function is not there.
    let arguments = ["test", "--profile=ci-fast", "--test", "both", "--no-link-dead-code", "--no-report"];
    let outcome = in_place(&place, "cargo", &[&["forkcov"], &arguments[..]].concat(), &[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert!(!text(&outcome.stdout).contains("TOTAL"), "{outcome:?}");
    let (executed, missing) = lines(&place, "src/lib.rs");
    assert_eq!((executed, missing), ([2, 3, 7, 8, 13, 14, 15, 16].into(), [4, 5].into()));
}

#[test]
fn cargo_fails_as_its_tests_and_below_the_minimum() {
    let place = workspace();
    let outcome =
        forkcov(&place, &["cargo", "test", "--tests", "--fail-under-lines", "100"], &[("FAILS", "1")]);
    assert_eq!(outcome.status.code(), Some(101), "{outcome:?}");
    assert!(text(&outcome.stdout).contains("TOTAL"), "the report is for failing tests, too: {outcome:?}");
    let outcome = forkcov(&place, &["cargo", "--fail-under-lines=100", "test", "--tests"], &[]);
    assert_eq!(outcome.status.code(), Some(2), "{outcome:?}");
    let outcome = forkcov(&place, &["cargo", "build"], &[]);
    assert_eq!(outcome.status.code(), Some(125), "{outcome:?}");
    place.write("src/lib.rs", "no Rust\n", 0o644);
    fs::remove_file(place.path("forkcov.data")).unwrap();
    let outcome = forkcov(&place, &["cargo", "test"], &[]);
    assert_eq!(outcome.status.code(), Some(101), "{outcome:?}");
    assert!(!place.path("forkcov.data").exists(), "nothing ran");
}

#[test]
fn each_test_of_nextest_is_a_context() {
    let place = workspace();
    if needs::tool("cargo-nextest").is_some() {
        needs::give_up(Lack::machine("cargo-nextest", "cargo-nextest is not installed"));
    }
    let outcome = forkcov(&place, &["cargo", "nextest", "run", "--test", "both", "--no-report"], &[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let tests = place.succeeds(&["tests", "--line", "src/lib.rs:7"]);
    let tests = text(&tests.stdout);
    assert!(tests.contains("prices") && !tests.contains("stocks"), "{tests}");
}

/// In a program of tests, rustc makes a `main` that has rows of line 1. The source's own is there as well.
#[test]
fn the_main_that_rustc_makes_for_tests_is_no_line() {
    needs::require(needs::tool("rustc"));
    let place = Sandbox::new();
    let with_main = "fn main() { println!(\"main\") }\n\n#[test]\nfn passes() {\n    assert!(std::env::args().count() > 0);\n}\n";
    let with_comment = with_main.replace("fn main", "// fn main");
    for (source, flags, expected) in [
        (with_main, "-g", ([1].into(), [].into())),
        (with_main, "-Copt-level=3 -Cdebuginfo=line-tables-only", ([1].into(), [].into())),
        (with_main, "-g --test -Clink-dead-code", ([4, 5, 6].into(), [1].into())),
        (&with_comment, "-g --test", ([4, 5, 6].into(), [].into())),
        (&with_comment, "--test -Cdebuginfo=line-tables-only", ([4, 5, 6].into(), [].into())),
        (&with_comment, "--test -Csymbol-mangling-version=v0 -g", ([4, 5, 6].into(), [].into())),
    ] {
        place.write("a.rs", source, 0o644);
        let mut rustc = Command::new("rustc");
        rustc.args(flags.split(' ')).args(["--edition=2024", "-o", "a", "a.rs"]).current_dir(place.path(""));
        let built = rustc.output().unwrap();
        assert!(built.status.success(), "{built:?}");
        place.succeeds(&["run", "--branches", "--", "./a"]);
        let expected: (Lines, Lines) = expected;
        assert_eq!(lines(&place, "a.rs"), expected, "{flags}");
        let functions = place.json("forkcov.data")["files"]["a.rs"]["functions"].to_string();
        assert!(source == with_main || !functions.contains("a::main"), "{functions}");
    }
    // Where nothing of the source runs, it is not there.
    place.write("a.rs", "//! Nothing.\n", 0o644);
    let built = Command::new("rustc").args(["-g", "--test", "a.rs"]).current_dir(place.path("")).status();
    assert!(built.unwrap().success());
    place.forkcov(&["run", "--branches", "--", "./a"]);
    assert_eq!(sources(&place), [""; 0]);
}

const PRICE: &str = "\
package price

func Of(count int) int {
\tif count > 10 {
\t\treturn count * 9
\t}
\treturn count * 10
}

func Stock() int {
\treturn 7
}
";

/// A module of two packages, with a test each.
fn module() -> Sandbox {
    needs::require(needs::tool("go"));
    let place = Sandbox::new();
    fs::create_dir(place.path("price")).unwrap();
    fs::create_dir(place.path("shop")).unwrap();
    place.write("go.mod", "module example.com/shop\n\ngo 1.19\n", 0o644);
    place.write("price/price.go", PRICE, 0o644);
    let tests = "package price\n\nimport \"testing\"\n\nfunc TestOf(t *testing.T) {\n\tif Of(2) != 20 {\n\t\tt.Fatal()\n\t}\n}\n";
    place.write("price/price_test.go", tests, 0o644);
    let shop = "package shop\n\nimport \"example.com/shop/price\"\n\nvar Version = \"none\"\n\n\
                func Value(isNew bool) int {\n\tif isNew {\n\t\treturn price.Stock()\n\t}\n\treturn 1\n}\n";
    place.write("shop/shop.go", shop, 0o644);
    let tests = "package shop\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestValue(t *testing.T) {\n\
                 \tif Value(true) != 7 || Version != os.Getenv(\"VERSION\") {\n\t\tt.Fatal()\n\t}\n}\n";
    place.write("shop/shop_test.go", tests, 0o644);
    place
}

/// The lines in the blocks of `go test -coverprofile` that ran, and in those that did not.
fn covered_by_go(place: &Sandbox, source: &str) -> (Lines, Lines) {
    let profile = fs::read_to_string(place.path("go.profile")).unwrap();
    let (mut executed, mut missing) = (Lines::new(), Lines::new());
    for line in profile.lines().filter(|line| line.contains(source)) {
        // FILE:LINE.COLUMN,LINE.COLUMN STATEMENTS COUNT
        let place = line.rsplit(':').next().unwrap();
        let numbers: Vec<u64> = place.split([',', ' ', '.']).map(|number| number.parse().unwrap()).collect();
        let block = numbers[0]..=numbers[2];
        if numbers[5] > 0 { executed.extend(block) } else { missing.extend(block) }
    }
    (executed, missing)
}

#[test]
fn go_reports_the_lines_of_its_own_coverage() {
    let place = module();
    let flags = ["-ldflags=-X example.com/shop/shop.Version=2", "-coverpkg=./...", "./..."];
    let version = [("VERSION", "2")];
    let profile = [&["test", "-coverprofile=go.profile"], &flags[..]].concat();
    let outcome = in_place(&place, "go", &profile, &version);
    assert!(outcome.status.success(), "{outcome:?}");
    let arguments = ["go", "test", flags[0], flags[2], "--show-missing"];
    let outcome = forkcov(&place, &arguments, &version);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    assert_eq!(sources(&place), ["price/price.go", "shop/shop.go"], "no tests");
    for source in sources(&place) {
        let (executed, missing) = lines(&place, &source);
        let (by_go, missed_by_go) = covered_by_go(&place, &source);
        assert!(executed.is_subset(&by_go), "{source}: {executed:?}, go: {by_go:?}");
        assert!(missing.is_subset(&missed_by_go), "{source}: {missing:?}, go: {missed_by_go:?}");
        assert!(!executed.is_empty() && !missing.is_empty(), "{source}");
    }
    // A result that go has from before would run nothing.
    let outcome = forkcov(&place, &arguments, &[("VERSION", "3")]);
    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
    assert!(text(&outcome.stdout).contains("TOTAL"), "{outcome:?}");
    let outcome = forkcov(&place, &["go", "build"], &[]);
    assert_eq!(outcome.status.code(), Some(125), "{outcome:?}");
}

/// Tests that are not there yet are no failure, unless there is a minimum; and it is not for lack of debug information
/// that nothing runs which could not be built.
#[test]
fn tests_that_run_nothing_are_not_reported() {
    needs::require(needs::tool("go"));
    let place = Sandbox::new();
    place.write("go.mod", "module example.com/shop\n\ngo 1.19\n", 0o644);
    place.write("shop.go", "package shop\n", 0o644);
    let test = |source: &str, more: &[&str]| {
        place.write("shop.go", source, 0o644);
        let arguments = [&["go", "test"], more].concat();
        let outcome = forkcov(&place, &arguments, &[("GOFLAGS", "-mod=mod"), ("GO111MODULE", "on")]);
        let said = text(&outcome.stderr);
        assert!(!said.contains("debug information") && !said.contains("says why"), "{outcome:?}");
        (outcome.status.code(), said.contains("no report: no source that counts has run"))
    };
    assert_eq!(test("package shop\n", &[]), (Some(0), true));
    assert_eq!(test("package shop\n", &["--lcov"]), (Some(0), true));
    let wrong = test("package shop\n\nvar A int = b\n", &[]);
    assert!(wrong.0 != Some(0) && wrong.1, "{wrong:?}");
    let outcome = forkcov(&place, &["go"], &[]);
    let expected = "forkcov: `forkcov go` needs a command: expected test or run\n";
    assert_eq!((outcome.status.code(), text(&outcome.stderr)), (Some(125), expected));
    place.write("shop.go", "package shop\n", 0o644);
    let outcome = forkcov(&place, &["go", "test", "--fail-under", "1"], &[("GO111MODULE", "on")]);
    assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
}

#[test]
fn a_module_of_python_gets_all_that_follows_its_name() {
    let place = Sandbox::new();
    needs::require(needs::tool("python3"));
    place.write("shown.py", "import sys\nprint(*sys.argv[1:])\n", 0o644);
    let output = place.succeeds(&["run", "-q", "--source", ".", "-m", "shown", "-v", "--", "--quiet", "-m"]);
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("-v -- --quiet -m\n", ""));
    assert_eq!(place.executed("forkcov.data", "shown.py"), [1, 2].into());
    for arguments in [&["run", "-m"] as &[&str], &["run", "--attach", "1", "-m", "shown"]] {
        assert_eq!(place.forkcov(arguments).status.code(), Some(125));
    }
}

#[test]
fn a_module_is_run_by_the_python_of_the_environment_that_forkcov_is_named_in() {
    let place = Sandbox::new();
    fs::create_dir_all(place.path("environment/bin")).unwrap();
    place.write("environment/pyvenv.cfg", "", 0o644);
    place.write("environment/bin/python3", "#!/bin/sh\necho \"of the environment: $*\"\n", 0o755);
    std::os::unix::fs::symlink(paths::forkcov(), place.path("environment/bin/forkcov")).unwrap();
    let mut command = Command::new("environment/bin/forkcov");
    let output = command.args(["run", "-q", "-m", "a", "b"]).current_dir(place.path("")).output().unwrap();
    assert_eq!(text(&output.stdout), "of the environment: -m a b\n", "{output:?}");
}

#[test]
fn cargo_forkcov_says_its_version_outside_of_a_crate() {
    let place = Sandbox::new();
    let program = paths::forkcov().with_file_name("cargo-forkcov");
    for flag in ["--version", "-V"] {
        let output =
            Command::new(&program).args(["forkcov", flag]).current_dir(place.path("")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(text(&output.stdout), concat!("forkcov ", env!("CARGO_PKG_VERSION"), "\n"));
    }
}
