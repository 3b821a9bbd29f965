//! Which rows count: dropped sequences, rows inside instructions, empty tails, paths.

use forkcov_testing::needs;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::support::{Workshop, functions, lines, objdump, read, rows};
use forkcov::object::Dropped;

const COLLECTED: &str = "int used(int x) {
  return x + 1;
}
int dropped(int x) {
  int sum = 0;
  for (int i = 0; i < x; i++)
    sum += i * x;
  if (sum > 100)
    sum -= x / 3;
  if (sum > 1000)
    sum *= x;
  return sum;
}
int main(void) {
  return used(-1);
}
";

#[test]
fn functions_that_the_linker_dropped_are_not_executable() {
    // Without separate-code, the ELF header at address 0 lies in an executable segment; gold knows no other
    // way.
    for linker in ["bfd", "gold", "lld", "mold"].map(|name| format!("-fuse-ld={name}")) {
        for layout in ["-Wl,-z,separate-code", "-Wl,-z,noseparate-code", "-Wl,-z,now"] {
            for kind in ["-pie", "-no-pie", "-shared"] {
                for version in ["-gdwarf-4", "-gdwarf-5"] {
                    let workshop = Workshop::new(&[("main.c", COLLECTED)]);
                    let mut arguments = vec![&*linker, layout, kind, version, "-fPIC"];
                    arguments.extend(["-ffunction-sections", "-Wl,--gc-sections", "main.c", "-o", "main"]);
                    arguments.extend(["-fvisibility=hidden", "-Wl,-u,used"]);
                    if kind == "-shared" {
                        arguments.push("-Wl,-u,main");
                    }
                    if !workshop.run("gcc", &arguments) {
                        continue;
                    }
                    let object = workshop.read("main");
                    assert_eq!(lines(&object, "main.c"), [1, 2, 3, 14, 15, 16].into(), "{arguments:?}");
                    assert!(object.dropped.not_loaded > 5, "{arguments:?}");
                    let names: Vec<_> = functions(&object).into_iter().map(|it| it.0).collect();
                    assert_eq!(names, ["main", "used"], "{arguments:?}");
                }
            }
        }
    }
}

#[test]
fn code_at_address_zero_is_distinguished_from_dropped_code() {
    let workshop = Workshop::new(&[("main.c", COLLECTED)]);
    let arguments = [
        "-g",
        "-O0",
        "-fPIC",
        "-shared",
        "-nostdlib",
        "-ffunction-sections",
        "-Wl,--gc-sections",
        "-Wl,-e,main",
        "-fvisibility=hidden",
        "-Wl,-u,main",
        "-Wl,-T,script.ld",
        "main.c",
        "-o",
        "main",
    ];
    let script = "PHDRS { text PT_LOAD FLAGS(5); dynamic PT_DYNAMIC; }
SECTIONS {
  . = 0;
  .text : { KEEP(*(.text.used)) KEEP(*(.text.main)) } :text
  .rest : { *(.dynsym .dynstr .hash .gnu.hash .eh_frame .note*) } :text
  .dynamic : { *(.dynamic) } :text :dynamic
}";
    std::fs::write(workshop.path("script.ld"), script).unwrap();
    if !workshop.run("gcc", &arguments) {
        return;
    }
    let object = workshop.read("main");
    assert_eq!(object.sites[0].address.0, 0);
    assert_eq!(lines(&object, "main.c"), [1, 2, 3, 14, 15, 16].into());
}

#[test]
fn a_row_inside_an_instruction_is_dropped() {
    let source = ".text
.globl main
.type main, @function
main:
  lea -8(%rsp), %rdx
  lock
  incl (%rdx)
  rep
  stosb
  ret
.size main, .-main
";
    let workshop = Workshop::new(&[("main.s", source)]);
    if workshop.run("gcc", &["-g", "main.s", "-o", "main"]) {
        let object = workshop.read("main");
        assert_eq!(lines(&object, "main.s"), [5, 6, 8, 10].into());
        assert_eq!(object.dropped.inside_instruction, 2);
    }
}

#[test]
fn data_between_functions_does_not_hide_the_next_function() {
    // 0x48 0xb8 begins a movabs of ten bytes; 0x06 is no instruction.
    for data in [".byte 0x48, 0xb8", ".byte 0x06, 0x48, 0xb8", ".byte 0xff, 0xff, 0xff, 0xff, 0xe8"] {
        let source = format!(
            ".text\n.type first, @function\nfirst:\n  nop\n  ret\n.size first, .-first\n{data}\n\
             .globl main\n.type main, @function\nmain:\n  xor %eax, %eax\n  ret\n.size main, .-main\n"
        );
        let workshop = Workshop::new(&[("main.s", &source)]);
        if workshop.run("gcc", &["-g", "main.s", "-o", "main"]) {
            let object = workshop.read("main");
            let found = lines(&object, "main.s");
            assert!(found.is_superset(&[4, 5, 11, 12].into()), "{data}: {found:?}");
        }
    }
}

#[test]
fn the_empty_tail_of_a_function_is_no_line_of_the_next() {
    // The row of line 3 stands where the section, and so the sequence, ends; `main` follows there.
    let source = ".file 1 \"main.x\"
.section .text.a, \"ax\", @progbits
.type a, @function
a:
.loc 1 1
  nop
.loc 1 2
  ret
.loc 1 3 0 view .LV1
.size a, .-a
.section .text.b, \"ax\", @progbits
.globl main
.type main, @function
main:
.loc 1 10
  xor %eax, %eax
.loc 1 11
  ret
.size main, .-main
";
    let workshop = Workshop::new(&[("main.s", source)]);
    if !workshop.run("gcc", &["-gdwarf-4", "main.s", "-o", "main"]) {
        needs::stop();
    }
    let object = workshop.read("main");
    assert_eq!(lines(&object, "main.x"), [1, 2, 10, 11].into());
}

#[test]
fn line_zero_is_no_line_and_all_lines_of_an_address_count() {
    let source = ".file 1 \"main.x\"\n.text\n.globl main\n.type main, @function\nmain:\n.loc 1 1\n.loc 1 2 0 view .L1\n\
                  xor %eax, %eax\n.loc 1 0\nnop\n.loc 1 3 0 is_stmt 0\nnop\n.loc 1 4 0 is_stmt 1\nret\n\
                  .size main, .-main\n";
    let workshop = Workshop::new(&[("main.s", source)]);
    if workshop.run("gcc", &["-gdwarf-5", "main.s", "-o", "main"]) {
        let object = workshop.read("main");
        assert_eq!(lines(&object, "main.x"), [1, 2, 4].into());
        assert_eq!(object.sites.len(), 2);
    }
}

#[test]
fn two_files_of_one_name_are_two_files() {
    let sources = [
        ("a/lib.c", "int a(void) {\n  return 1;\n}\n"),
        ("b/lib.c", "\n\nint b(void) {\n  return 2;\n}\n"),
        ("main.c", "int a(void), b(void);\nint main(void) {\n  return a() - b();\n}\n"),
    ];
    for version in ["-gdwarf-2", "-gdwarf-4", "-gdwarf-5"] {
        let workshop = Workshop::new(&sources);
        let names = ["a/lib.c", "./b/../b//lib.c", "main.c", "-o", "main"];
        if !workshop.run("gcc", &[&[version], &names[..]].concat()) {
            continue;
        }
        let object = workshop.read("main");
        let expected = ["a/lib.c", "b/lib.c", "main.c"].map(|name| workshop.path(name));
        assert_eq!(object.files, expected);
        let mut by_file: BTreeMap<PathBuf, Vec<u32>> = BTreeMap::new();
        for line in &object.lines {
            by_file.entry(object.files[line.file as usize].clone()).or_default().push(line.line);
        }
        assert_eq!(by_file[&expected[0]], [1, 2, 3]);
        assert_eq!(by_file[&expected[1]], [3, 4, 5]);
    }
}

/// Here, the program is moved away from its sources. Then a relative name is taken from where forkcov runs: in
/// this package.
#[test]
fn mapped_prefixes_are_paths_like_any() {
    let main = "int main(void) {\n  return 0;\n}\n";
    let here = std::env::current_dir().unwrap();
    for version in ["-gdwarf-4", "-gdwarf-5"] {
        for (name, to, expected) in [
            ("src/main.c", "/elsewhere", PathBuf::from("/elsewhere/src/main.c")),
            ("src/lib.rs", ".", here.join("src/lib.rs")),
            ("src/nowhere.c", ".", here.join("src/nowhere.c")),
        ] {
            let workshop = Workshop::new(&[(name, main)]);
            let elsewhere = Workshop::new(&[]);
            let root = workshop.path("");
            let root = root.to_str().unwrap().trim_end_matches('/');
            let map = format!("-fdebug-prefix-map={root}={to}");
            let program = elsewhere.path("main");
            let program = program.to_str().unwrap();
            if !workshop.run("gcc", &[version, &map, "-x", "c", name, "-o", program]) {
                continue;
            }
            let asked = RefCell::new(Vec::new());
            let object = read(&elsewhere.path("main"), &|path| {
                asked.borrow_mut().push(path.to_owned());
                path.ends_with(name)
            });
            assert_eq!(object.files, std::slice::from_ref(&expected), "{version} {name}");
            let is_nowhere = asked.borrow().contains(&PathBuf::from(name));
            assert_eq!(is_nowhere, name == "src/nowhere.c", "{asked:?}");
        }
    }
}

#[test]
fn each_path_is_asked_about_once_and_only_real_ones() {
    let workshop = Workshop::new(&[
        ("main.c", "#include <stdio.h>\nint f(void);\nint main(void) {\n  return puts(\"\") + f();\n}\n"),
        ("f.c", "#include <stdio.h>\nint f(void) {\n  return puts(\"\");\n}\n"),
    ]);
    if !workshop.run("gcc", &["-g3", "main.c", "f.c", "-o", "main"]) {
        needs::stop();
    }
    let asked = RefCell::new(Vec::new());
    let object = read(&workshop.path("main"), &|path| {
        asked.borrow_mut().push(path.to_owned());
        path.ends_with("f.c")
    });
    assert_eq!(object.files, [workshop.path("f.c")]);
    let mut asked = asked.into_inner();
    assert!(asked.iter().all(|path| path.is_absolute() && !path.to_string_lossy().contains('<')));
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), count);
}

#[test]
fn an_object_without_wanted_sources_or_debug_information_has_no_sites() {
    let workshop = Workshop::new(&[("main.c", "int main(void) {\n  return 0;\n}\n")]);
    for option in ["-g", "-g0"] {
        if !workshop.run("gcc", &[option, "main.c", "-o", "main"]) {
            continue;
        }
        let object = read(&workshop.path("main"), &|_| option == "-g0");
        assert!(object.sites.is_empty() && object.files.is_empty() && object.lines.is_empty());
        assert_eq!(object.dropped, Dropped::default());
    }
}

#[test]
fn inline_functions_of_headers_agree_with_objdump_at_all_levels() {
    let workshop = Workshop::new(&[
        (
            "box.hpp",
            "template <class T> struct Box {\n  T value;\n  T get() const {\n    return value;\n  }\n};\n",
        ),
        ("one.cpp", "#include \"box.hpp\"\nint one(Box<int> b) {\n  return b.get();\n}\n"),
        (
            "main.cpp",
            "#include \"box.hpp\"\nint one(Box<int>);\nint main() {\n  Box<int> b{3};\n  return one(b) - b.get();\n}\n",
        ),
    ]);
    for compiler in ["g++", "clang++"] {
        for level in ["-O0", "-O2"] {
            if !workshop.run(compiler, &["-g", level, "main.cpp", "one.cpp", "-o", "main"]) {
                continue;
            }
            let files = ["main.cpp", "one.cpp", "box.hpp"];
            let expected = objdump(&workshop.path("main"), &files);
            let found = rows(&workshop.read("main"));
            assert_eq!(expected.differences(&found), [], "{compiler} {level}");
        }
    }
}
