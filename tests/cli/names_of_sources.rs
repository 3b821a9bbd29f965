//! Names of sources in a run: relative ones, links, sources that are rewritten, headers of toolchains, and
//! filters that leave nothing.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Output;

const PYTHON: &str = "/usr/bin/python3";

/// The lines of `report`, below its head.
fn report(place: &Sandbox, flags: &[&str]) -> String {
    text(&place.succeeds(&[&["report", "-m"], flags].concat()).stdout).to_owned()
}

/// Runs forkcov in a directory of the sandbox.
fn forkcov_in(place: &Sandbox, directory: &str, arguments: &[&str]) -> Output {
    let output = place.command(arguments).current_dir(place.path(directory)).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// The sources of a program whose compiler was told to map this tree to ".", and the program in `build`.
fn mapped() -> Sandbox {
    let place = Sandbox::new();
    for directory in ["src", "inc", "build", "elsewhere"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    place.write("inc/sq.h", "static inline int sq(int x)\n{\n    return x * x;\n}\n", 0o644);
    place.write(
        "src/main.c",
        "#include \"sq.h\"\nint main(int c, char **v)\n{\n    return sq(c) - 1;\n}\n",
        0o644,
    );
    let root = place.path("").canonicalize().unwrap();
    let root = root.to_str().unwrap().trim_end_matches('/');
    let build =
        format!("cd build && cc -g -w -ffile-prefix-map={root}=. -I{root}/inc {root}/src/main.c -o prog");
    place.tool("sh", &["-c", &build]);
    place
}

#[test]
fn relative_names_are_found_wherever_forkcov_is_started() {
    let place = mapped();
    for directory in ["", "build", "src", "elsewhere"] {
        let program = place.path("build/prog");
        let data = place.path("forkcov.data");
        let data = ["--data-file", data.to_str().unwrap()];
        forkcov_in(
            &place,
            directory,
            &[&["run", "-q"], &data[..], &["--", program.to_str().unwrap()]].concat(),
        );
        let report = report(&place, &[]);
        for name in ["inc/sq.h", "src/main.c"] {
            assert!(report.lines().any(|line| line.starts_with(name) && line.contains("100.0%")), "{report}");
        }
    }
}

/// The program is moved away: the directory of the run, then `--source`, then `--include`, and then nothing.
#[test]
fn relative_names_of_a_program_that_was_moved_are_found_or_named() {
    let place = mapped();
    let other = Sandbox::new();
    fs::copy(place.path("build/prog"), other.path("prog")).unwrap();
    let program = other.path("prog");
    let run = ["run", "-q", "--", program.to_str().unwrap()];
    forkcov_in(&place, "", &run);
    assert!(report(&place, &[]).contains("inc/sq.h"));
    let source = place.path("");
    other.succeeds(&["run", "-q", "--source", source.to_str().unwrap(), "--", "./prog"]);
    assert!(report(&other, &[]).contains("src/main.c"));
    let inner = place.path("src");
    other.succeeds(&["run", "-q", "--source", inner.to_str().unwrap(), "--", "./prog"]);
    let only = report(&other, &[]);
    assert!(only.contains("src/main.c") && !only.contains("sq.h"), "{only}");
    let output = other.succeeds(&["run", "-q", "--include", "src/*", "--", "./prog"]);
    assert_eq!(text(&output.stderr), "");
    let only = report(&other, &[]);
    assert!(only.contains("src/main.c") && !only.contains("sq.h"), "{only}");
    let output = other.succeeds(&["run", "-q", "--", "./prog"]);
    one_line(&output, &["left out 2 sources", "inc/sq.h and src/main.c", "--source DIR", "--include '*'"]);
}

#[test]
fn the_remark_about_a_moved_tree_names_the_map() {
    let place = mapped();
    place.tool("sh", &["-c", "cc -g -w -Iinc src/main.c -o prog && mkdir old && mv src inc old"]);
    let output = place.succeeds(&["run", "-q", "--", "./prog"]);
    let root = place.path("").canonicalize().unwrap();
    let map = format!("--map {}=DIR", root.display());
    one_line(
        &output,
        &["left out 2 sources", "inc/sq.h", "src/main.c", "--include '*'", map.trim_end_matches('/')],
    );
}

#[test]
fn filters_know_the_names_of_a_source() {
    let place = Sandbox::new();
    fs::create_dir_all(place.path("real/deep")).unwrap();
    symlink("real", place.path("link")).unwrap();
    symlink("real/deep/h.h", place.path("h.h")).unwrap();
    place.write("real/deep/h.h", "static int used(int x)\n{\n    return x + 1;\n}\n", 0o644);
    place.write("m.c", "#include \"link/deep/h.h\"\nint main(void)\n{\n    return used(-1);\n}\n", 0o644);
    place.cc(&["-g", "m.c", "-o", "m"]);
    let both = ["m.c", "real/deep/h.h"];
    for (filter, expected) in [
        (&[][..], &both[..]),
        (&["--source", "link"], &both[1..]),
        (&["--source", "real/deep"], &both[1..]),
        (&["--include", "link/deep/h.h"], &both[1..]),
        (&["--include", "link/deep/*"], &both[1..]),
        (&["--include", "link/**"], &both[1..]),
        (&["--include", "real/*/*.h"], &both[1..]),
        (&["--include", "h.h"], &both[1..]),
        (&["--omit", "link/deep/h.h"], &both[..1]),
        (&["--omit", "*/real/*"], &both[..1]),
    ] {
        place.succeeds(&[&["run", "-q"], filter, &["--", "./m"]].concat());
        let json = place.json("forkcov.data");
        let found: Vec<&String> = json["files"].as_object().unwrap().keys().collect();
        assert_eq!(found, expected, "{filter:?}");
        if filter.first() != Some(&"--source") {
            place.succeeds(&["run", "-q", "--", "./m"]);
            let selected = report(&place, filter);
            assert_eq!(selected.contains("h.h"), expected.contains(&both[1]), "{filter:?}");
        }
    }
}

#[test]
fn a_module_that_is_imported_under_two_names_is_one_file() {
    needs::require(needs::tool(PYTHON));
    let place = Sandbox::new();
    fs::create_dir(place.path("pkg")).unwrap();
    symlink("pkg", place.path("alias")).unwrap();
    place.write("pkg/mod.py", "def f():\n    return 1\n\ndef g():\n    return 2\n", 0o644);
    place.write("never.py", "x = 1\n", 0o644);
    symlink("never.py", place.path("again.py")).unwrap();
    place.write("main.py", "import pkg.mod\nimport alias.mod\npkg.mod.f()\nalias.mod.g()\n", 0o644);
    for filter in [&[][..], &["--source", "."], &["--include", "alias/*", "--include", "main.py"]] {
        place.succeeds(&[&["run", "-q"], filter, &["--", PYTHON, "main.py"]].concat());
        let json = place.json("forkcov.data");
        let files: Vec<&String> = json["files"].as_object().unwrap().keys().collect();
        let expected: &[&str] = if filter.first() == Some(&"--source") {
            &["main.py", "never.py", "pkg/mod.py"]
        } else {
            &["main.py", "pkg/mod.py"]
        };
        assert_eq!(files, expected, "{filter:?}");
        assert_eq!(place.executed("forkcov.data", "pkg/mod.py").len(), 4, "{filter:?}");
    }
}

/// `#line` points past the end of a source, as flex does: those are no lines, and the source has not changed.
#[test]
fn lines_past_the_end_of_a_source_are_not_reported() {
    let place = Sandbox::new();
    place.write("t.src", "rule one\nrule two\nrule three\n", 0o644);
    let generated = "int f(int n)\n{\n#line 2 \"t.src\"\n  if (n)\n    return 1;\n\n  n = 7;\n  return n;\n}\n\
                     #line 8 \"main.c\"\nint main(void) { return f(0) != 7; }\n";
    place.write("main.c", generated, 0o644);
    place.cc(&["-g", "main.c", "-o", "main"]);
    for _ in 0..2 {
        let output = place.succeeds(&["run", "-q", "--", "./main"]);
        assert_eq!(text(&output.stderr), "");
        let output = place.succeeds(&["report", "-m"]);
        assert_eq!(text(&output.stderr), "");
        assert!(text(&output.stdout).lines().any(|line| line.starts_with("t.src") && line.ends_with(" 3")));
    }
}

#[test]
fn a_source_that_is_rewritten_within_the_run_is_said_to_be() {
    let place = Sandbox::new();
    let make = "echo 'int main(void) { return 0; }' >a.c && cc -g a.c -o a && ./a && sleep 0.02 && \
                printf '\\n\\nint main(void) { return 1; }\\n' >a.c";
    let output = place.succeeds(&["run", "-q", "--", "sh", "-c", make]);
    one_line(&output, &["a.c has been rewritten during the run"]);
    one_line(&place.succeeds(&["report"]), &["a.c has been rewritten since it was compiled or loaded"]);
}

/// A header with code, in what looks like an installation of Python, Rust, Node.js or a compiler.
#[test]
fn headers_of_toolchains_count_only_if_they_are_named() {
    for directory in [
        ".pyenv/versions/3.13.0/include/python3.13",
        "env/include/site/python3.12/greenlet",
        ".cache/node-gyp/20.1.0/include/node",
        "node_modules/node-addon-api",
        "gcc/include/c++/13/bits",
        "conda/include/boost",
    ] {
        let tools = Sandbox::new();
        let place = Sandbox::new();
        fs::create_dir_all(tools.path(directory)).unwrap();
        if directory.starts_with("conda") {
            fs::create_dir(tools.path("conda/conda-meta")).unwrap();
            tools.write("conda/conda-meta/history", "", 0o644);
        }
        tools.write(&format!("{directory}/h.h"), "static int one(void)\n{\n    return 1;\n}\n", 0o644);
        place.write("m.c", "#include <h.h>\nint main(void)\n{\n    return one() - 1;\n}\n", 0o644);
        let include = format!("-I{}", tools.path(directory).display());
        place.cc(&["-g", &include, "m.c", "-o", "m"]);
        let has_header = |flags: &[&str]| {
            place.succeeds(&[&["run", "-q"], flags, &["--", "./m"]].concat());
            report(&place, &[]).contains("h.h")
        };
        assert!(!has_header(&[]), "{directory}");
        assert!(has_header(&["--include", "*.h"]), "{directory}");
        assert!(has_header(&["--source", tools.path("").to_str().unwrap()]), "{directory}");
    }
}

/// The remark names the filter and what was there, and `-g` only if debug information is missing.
#[test]
fn a_filter_that_leaves_nothing_is_named_as_the_reason() {
    let place = Sandbox::new();
    fs::create_dir(place.path("lib")).unwrap();
    place.write("lib/a.c", "int a(void) { return 0; }\n", 0o644);
    place.write("main.c", "int a(void);\nint main(void) { return a(); }\n", 0o644);
    place.cc(&["-g", "main.c", "lib/a.c", "-o", "program"]);
    place.cc(&["-g0", "main.c", "lib/a.c", "-o", "bare"]);
    place.write("main.py", "x = 1\n", 0o644);
    let said = |filter: &[&str], program: &[&str]| {
        let output = place.succeeds(&[&["run", "-q"], filter, &["--"], program].concat());
        one_line(&output, &[]).to_owned()
    };
    for filter in [
        &["--source", "typo"][..],
        &["--include", "src/*"],
        &["--omit", "*"],
        &["--source", "lib", "--omit", "lib/*"],
    ] {
        let line = said(filter, &["./program"]);
        assert!(line.contains(&filter.join(" ")) && line.contains("lib/a.c and main.c"), "{line}");
        assert!(!line.contains("-g"), "{line}");
    }
    let line = said(&["--source", "typo"], &["./bare"]);
    assert!(line.contains("cc -g") && !line.contains("typo"), "{line}");
    let line = said(&["--source", "typo"], &["sh", "-c", "./bare; ./program"]);
    assert!(line.contains("--source typo") && line.contains("bare has no debug information"), "{line}");
    if needs::tool(PYTHON).is_none() {
        let line = said(&["--include", "src/*.py"], &[PYTHON, "main.py"]);
        assert!(line.contains("--include src/*.py") && line.contains("main.py"), "{line}");
    }
    place.succeeds(&["run", "-q", "--", "./program"]);
    for filter in [&["--include", "src/*"][..], &["--omit", "*"]] {
        let output = place.forkcov(&[&["report"], filter].concat());
        let line = one_line(&output, &[]);
        assert!(line.contains(&filter.join(" ")) && line.contains("lib/a.c and main.c"), "{line}");
    }
}
