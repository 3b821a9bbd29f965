//! Lines and sites of programs that real compilers make, compared with what objdump says.

use forkcov_testing::needs;
use std::fs;

use crate::support::{Workshop, functions, lines, objdump, rows};

const PROGRAM: &str = r#"#include <stdio.h>
#include "inc/helper.h"
static int square(int x) {
  return x * x;
}
int unused(int x) {
  return square(x) + helper(x);
}
int main(int argc, char **argv) {
  int total = 0;
  for (int i = 0; i < argc + 3; i++) {
    if (i & 1)
      total += square(i);
    else
      total -= helper(i);
  }
  printf("%d %p\n", total, (void *)argv);
  return 0;
}
"#;

const HELPER: &str = "static inline int helper(int y) {
  return y + 2;
}
";

fn workshop() -> Workshop {
    Workshop::new(&[("main.c", PROGRAM), ("inc/helper.h", HELPER)])
}

/// Builds the program with `compiler` and `options`, and compares all its rows with objdump's.
fn agrees(compiler: &str, options: &[&str]) {
    let workshop = workshop();
    let arguments = [options, &["main.c", "-o", "main"]].concat();
    if !workshop.run(compiler, &arguments) {
        return;
    }
    let object = workshop.read("main");
    assert_eq!(object.dropped.damaged_units, 0, "{arguments:?}");
    assert_eq!(object.dropped.inside_instruction, 0, "{arguments:?}");
    assert!(lines(&object, "main.c").contains(&17), "{arguments:?}");
    let expected = objdump(&workshop.path("main"), &["main.c", "helper.h"]);
    assert_eq!(expected.differences(&rows(&object)), [], "{compiler} {arguments:?}");
}

#[test]
fn every_version_and_level_agrees_with_objdump() {
    for compiler in ["gcc", "clang"] {
        for version in ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
            for level in ["-O0", "-O1", "-O2"] {
                agrees(compiler, &[version, level]);
            }
        }
    }
}

#[test]
fn every_kind_of_executable_agrees_with_objdump() {
    for kind in [
        &["-pie", "-fPIE"][..],
        &["-no-pie", "-fno-pie"],
        &["-static"],
        &["-static-pie", "-fPIE"],
        &["-shared", "-fPIC"],
        &["-Wl,-z,noseparate-code"],
        &["-fuse-ld=gold"],
    ] {
        agrees("gcc", &[&["-g"], kind].concat());
    }
}

#[test]
fn less_and_other_debug_information_agrees_with_objdump() {
    for options in [
        &["-g1"][..],
        &["-g3"],
        &["-g", "-flto", "-O2"],
        &["-g", "-gsplit-dwarf"],
        &["-gdwarf-4", "-gsplit-dwarf"],
        &["-g", "-fdebug-types-section"],
        &["-g", "-gdwarf64"],
        &["-g", "-gno-as-loc-support"],
        &["-g", "-O2", "-gno-variable-location-views"],
        &["-gdwarf-5", "-gno-as-loc-support"],
        &["-gdwarf-4", "-gno-as-loc-support"],
    ] {
        agrees("gcc", options);
    }
    agrees("clang", &["-gline-tables-only"]);
    agrees("clang", &["-g", "-gsplit-dwarf"]);
}

#[test]
fn compressed_sections_agree_with_objdump() {
    for way in ["-gz=zlib", "-gz=zlib-gnu", "-gz=zstd", "-Wl,--compress-debug-sections=zlib-gabi"] {
        agrees("gcc", &["-g", way]);
    }
}

#[test]
fn zstd_sections_are_read() {
    let workshop = workshop();
    let objcopy = ["--compress-debug-sections=zstd", "main", "packed"];
    let is_built = workshop.run("gcc", &["-g", "main.c", "-o", "main"])
        && (workshop.run("objcopy", &objcopy) || workshop.run("llvm-objcopy", &objcopy));
    if !is_built {
        needs::stop();
    }
    assert_eq!(rows(&workshop.read("packed")), rows(&workshop.read("main")));
}

#[test]
fn rust_agrees_with_objdump() {
    let workshop = Workshop::new(&[(
        "main.rs",
        "mod deep {\n    pub fn twice<T: std::ops::Add<Output = T> + Copy>(x: T) -> T {\n        x + x\n    }\n}\n\
         fn main() {\n    let f = |y: i32| {\n        deep::twice(y)\n    };\n    println!(\"{} {}\", f(2), deep::twice(1.5));\n}\n",
    )]);
    if !workshop.run("rustc", &["-g", "main.rs", "-o", "main"]) {
        needs::stop();
    }
    let object = workshop.read("main");
    let expected = objdump(&workshop.path("main"), &["main.rs"]);
    assert_eq!(expected.differences(&rows(&object)), []);
    let functions = functions(&object);
    let named = |name: &str, line| functions.contains(&(name.into(), "main.rs".into(), line));
    assert!(named("main::main", 6), "{functions:?}");
    assert!(named("main::main::{{closure}}", 7), "{functions:?}");
    assert!(named("main::deep::twice", 2), "{functions:?}");
}

#[test]
fn sites_carry_the_byte_and_the_length_of_their_instruction() {
    let source = ".globl main\nmain:\n .loc 1 1\n nop\n .loc 1 2\n movabs $0x1122334455667788, %rax\n \
                  .loc 1 3\n xor %eax, %eax\n .loc 1 4\n ret\n";
    let source = format!(".file 1 \"by-hand.x\"\n{source}.type main, @function\n.size main, .-main\n");
    let workshop = Workshop::new(&[("main.s", &source)]);
    if !workshop.run("gcc", &["-no-pie", "-gdwarf-4", "main.s", "-o", "main"]) {
        needs::stop();
    }
    let object = workshop.read("main");
    let found: Vec<_> = object
        .lines
        .iter()
        .map(|line| {
            let site = object.sites[line.site as usize];
            (line.line, site.original.0[0], site.length)
        })
        .collect();
    assert_eq!(found, [(1, 0x90, 1), (2, 0x48, 10), (3, 0x31, 2), (4, 0xc3, 1)]);
    let bytes = fs::read(workshop.path("main")).unwrap();
    assert!(bytes.windows(3).any(|window| window == [0x90, 0x48, 0xb8]));
}

#[test]
fn assembler_units_agree_with_objdump() {
    let source = ".text\n.globl main\n.type main, @function\nmain:\n  push %rbp\n  xor %eax, %eax\n  pop %rbp\n  ret\n\
                  .size main, .-main\n";
    for version in ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
        let workshop = Workshop::new(&[("main.s", source)]);
        if !workshop.run("gcc", &[version, "main.s", "-o", "main"]) {
            continue;
        }
        let object = workshop.read("main");
        assert_eq!(lines(&object, "main.s"), [5, 6, 7, 8].into());
        let expected = objdump(&workshop.path("main"), &["main.s"]);
        assert_eq!(expected.differences(&rows(&object)), []);
    }
}
