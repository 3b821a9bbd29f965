//! Where sources are: relative names after prefixes were mapped, links, and lines that a source does not have.

use forkcov::object::DebugSearch;
use forkcov_testing::needs;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::{Workshop, functions, lines, read, read_with};

const HEADER: &str = "static inline int sq(int x)\n{\n  return x * x;\n}\n";
const MAIN: &str = "#include \"sq.h\"\nint main(int argc, char **argv)\n{\n  return sq(argc) - 1;\n}\n";

fn tree() -> Workshop {
    Workshop::new(&[("src/main.c", MAIN), ("inc/sq.h", HEADER), ("build/none", "")])
}

/// The files of the program `build/prog`.
fn files(workshop: &Workshop, search: &DebugSearch) -> Vec<PathBuf> {
    read_with(search, &workshop.path("build/prog"), &Path::is_absolute).files
}

/// All ways of mapping a prefix lead to the tree around the object, whatever else is there.
#[test]
fn mapped_names_are_found_around_the_object() {
    for compiler in ["gcc", "clang"] {
        for version in ["-gdwarf-4", "-gdwarf-5"] {
            for to in [".", "", "./", "/proc/self/cwd", "x/.."] {
                let workshop = tree();
                let root = workshop.path("");
                let root = root.to_str().unwrap().trim_end_matches('/');
                let map = format!("-fdebug-prefix-map={root}={to}");
                let build = format!(
                    "cd build && {compiler} {version} '{map}' -I{root}/inc {root}/src/main.c -o prog"
                );
                if !workshop.run(compiler, &["--version"]) {
                    continue;
                }
                workshop.tool("sh", &["-c", &build]);
                // A copy of one file below the object does not make that the root.
                fs::create_dir(workshop.path("build/src")).unwrap();
                fs::write(workshop.path("build/src/main.c"), MAIN).unwrap();
                let expected = ["inc/sq.h", "src/main.c"].map(|name| workshop.path(name));
                assert_eq!(files(&workshop, &DebugSearch::none()), expected, "{compiler} {version} {to:?}");
            }
        }
    }
    needs::note_built();
}

#[test]
fn names_below_the_directory_of_the_compilation_are_found_too() {
    let workshop = tree();
    let root = workshop.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    for (directory, source, include) in [(".", "src/main.c", "inc"), ("build", "../src/main.c", "../inc")] {
        let map = format!("-fdebug-prefix-map={root}=.");
        let build = format!("cd {directory} && gcc -g {map} -I{include} {source} -o {root}/build/prog");
        workshop.tool("sh", &["-c", &build]);
        let expected = ["inc/sq.h", "src/main.c"].map(|name| workshop.path(name));
        assert_eq!(files(&workshop, &DebugSearch::none()), expected, "{directory}");
    }
}

#[test]
fn source_directories_come_first_and_exclude_what_is_not_below() {
    let (workshop, other) = (tree(), tree());
    let root = workshop.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    let build =
        format!("cd build && gcc -g -ffile-prefix-map={root}=. -I{root}/inc {root}/src/main.c -o prog");
    workshop.tool("sh", &["-c", &build]);
    let search = DebugSearch { sources: vec![other.path("src")], ..DebugSearch::none() };
    let expected = [other.path("src/main.c"), workshop.path("inc/sq.h")];
    let mut found = files(&workshop, &search);
    found.sort_by_key(|path| path.ends_with("inc/sq.h"));
    assert_eq!(found, expected, "another tree is asked for, but not all of it");
    let search = DebugSearch { sources: vec![other.path("")], ..DebugSearch::none() };
    assert_eq!(files(&workshop, &search), ["inc/sq.h", "src/main.c"].map(|name| other.path(name)));
}

#[test]
fn trimmed_paths_of_go_are_those_of_its_module() {
    let workshop = Workshop::new(&[
        ("go.mod", "// of a test\nmodule \"example.com/hello\" // so\n\ngo 1.19\n"),
        ("main.go", "package main\n\nimport \"example.com/hello/sub\"\n\nfunc main() {\n\tsub.F(2)\n}\n"),
        ("sub/sub.go", "package sub\n\n//go:noinline\nfunc F(x int) int {\n\treturn x + 1\n}\n"),
        ("bin/none", ""),
    ]);
    if !workshop.run("go", &["build", "-trimpath", "-o", "bin/hello", "."]) {
        needs::stop();
    }
    let object = read(&workshop.path("bin/hello"), &Path::is_absolute);
    assert_eq!(object.files, ["main.go", "sub/sub.go"].map(|name| workshop.path(name)));
}

#[test]
fn remapped_paths_of_rust_are_found() {
    let workshop = Workshop::new(&[
        ("src/main.rs", "mod part;\nfn main() {\n    std::process::exit(part::f(1));\n}\n"),
        ("src/part.rs", "#[inline(never)]\npub fn f(x: i32) -> i32 {\n    x - 1\n}\n"),
        ("out/none", ""),
    ]);
    let root = workshop.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    for to in [".", "", "/proc/self/cwd"] {
        let map = format!("--remap-path-prefix={root}={to}");
        if !workshop.run("rustc", &["-g", &map, &format!("{root}/src/main.rs"), "-o", "out/prog"]) {
            needs::stop();
        }
        let below = workshop.path("");
        let object = read(&workshop.path("out/prog"), &|path| path.starts_with(&below));
        assert_eq!(object.files, ["src/main.rs", "src/part.rs"].map(|name| workshop.path(name)), "{to:?}");
    }
}

/// A link to a directory, to a file, a link to a link, and `..` behind a link, as the kernel has it.
#[test]
fn a_source_with_several_names_is_one_file() {
    for compiler in ["gcc", "clang"] {
        let workshop = Workshop::new(&[
            (
                "h.h",
                "static int used(int x) {\n  return x + 1;\n}\nstatic int other(int x) {\n  return x;\n}\n",
            ),
            ("deep/er/none", ""),
            ("a.c", "#include \"self/h.h\"\nint a(int x) { return used(x); }\n"),
            ("b.c", "#include \"again.h\"\nint b(int x) { return other(x); }\n"),
            ("c.c", "#include \"er/../up.h\"\nint c(int x) { return used(x); }\n"),
            (
                "m.c",
                "#include \"h.h\"\nint a(int), b(int), c(int);\nint main(void) {\n  return a(1) + b(1) + c(used(other(0)));\n}\n",
            ),
        ]);
        symlink(".", workshop.path("self")).unwrap();
        symlink("h.h", workshop.path("once.h")).unwrap();
        symlink("once.h", workshop.path("again.h")).unwrap();
        symlink("deep/er", workshop.path("er")).unwrap();
        symlink("../h.h", workshop.path("deep/up.h")).unwrap();
        fs::hard_link(workshop.path("m.c"), workshop.path("hard.c")).unwrap();
        let sources = ["a.c", "b.c", "c.c", "self/hard.c"];
        if !workshop.run(compiler, &[&["-g", "-w", "-I.", "-o", "m"], &sources[..]].concat()) {
            continue;
        }
        let object = workshop.read("m");
        let expected = ["a.c", "b.c", "c.c", "h.h", "hard.c"].map(|name| workshop.path(name));
        assert_eq!(object.files, expected, "{compiler}; a hard link is a file of its own");
        assert!([2, 5].iter().all(|line| lines(&object, "h.h").contains(line)), "{compiler}");
        let of_header = functions(&object).into_iter().filter(|function| function.1 == "h.h");
        let of_header: Vec<_> = of_header.map(|function| (function.0, function.2)).collect();
        assert_eq!(of_header, [("other".to_owned(), 4), ("used".to_owned(), 1)], "{compiler}");
    }
}

#[test]
fn lines_that_a_source_does_not_have_are_no_lines() {
    let rule = "int f(int n)\n{\n#line 2 \"t.src\"\n  if (n)\n    return 1;\n\n  n = 7;\n  return n;\n}\nint g(void) { return f(0); }\n#line 20 \"main.c\"\nint main(void) { return g() != 7; }\n";
    for (compiler, text, expected) in [
        ("gcc", "one\ntwo\nthree", vec![2, 3]),
        ("gcc", "one\ntwo\n", vec![2]),
        ("clang", "one\ntwo\nthree\n", vec![2, 3]),
        ("gcc", "one\ntwo\nthree\n\n\n\n\n\n", vec![2, 3, 5, 6, 7, 8]),
    ] {
        let workshop = Workshop::new(&[("main.c", rule), ("t.src", text)]);
        if !workshop.run(compiler, &["-g", "-O0", "main.c", "-o", "main"]) {
            continue;
        }
        let object = workshop.read("main");
        assert_eq!(lines(&object, "t.src").into_iter().collect::<Vec<_>>(), expected, "{compiler} {text:?}");
        assert_eq!(
            functions(&object).contains(&("g".to_owned(), "t.src".to_owned(), 8)),
            expected.len() == 6
        );
        assert!(lines(&object, "main.c").iter().all(|line| *line <= 2), "{compiler}");
    }
}

/// What was longer when it was compiled had these lines: the digest of the compiler says so.
#[test]
fn a_source_that_is_not_what_was_compiled_keeps_its_lines() {
    let main = "int main(void)\n{\n  return 0;\n}\n";
    let workshop = Workshop::new(&[("main.c", main)]);
    if !workshop.run("clang", &["-gdwarf-5", "main.c", "-o", "main"]) {
        needs::stop();
    }
    fs::write(workshop.path("main.c"), "int main;\n").unwrap();
    assert_eq!(lines(&workshop.read("main"), "main.c").into_iter().collect::<Vec<_>>(), [2, 3]);
    fs::remove_file(workshop.path("main.c")).unwrap();
    assert_eq!(lines(&workshop.read("main"), "main.c").into_iter().collect::<Vec<_>>(), [2, 3]);
}
