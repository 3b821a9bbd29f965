//! Functions: their names and entries, and what is no entry.

use crate::support::{Workshop, functions, objdump};
use forkcov_testing::needs;

/// Whether `found` has a function of this name and line in `main.cpp`.
fn has(found: &std::collections::BTreeSet<(String, String, u32)>, name: &str, line: u32) -> bool {
    found.iter().any(|function| function.0 == name && function.2 == line)
}

#[test]
fn names_of_cpp_are_demangled() {
    let source = "namespace space {
template <class T> T twice(T x) {
  return x + x;
}
struct Thing {
  Thing(int n) : n(n) {
  }
  int get() const;
  int n;
};
int Thing::get() const {
  return n;
}
}
extern \"C\" int plain(int x) {
  return x;
}
static int hidden(int x) {
  return x + 1;
}
int main() {
  space::Thing thing(space::twice(2));
  auto closure = [&](int y) { return thing.get() + y; };
  return plain(hidden(closure(1))) + (int)space::twice(1.5);
}
";
    for compiler in ["g++", "clang++"] {
        for version in ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
            let workshop = Workshop::new(&[("main.cpp", source)]);
            if !workshop.run(compiler, &[version, "main.cpp", "-o", "main"]) {
                continue;
            }
            let found = functions(&workshop.read("main"));
            for (name, line) in [
                ("int space::twice<int>(int)", 2),
                ("double space::twice<double>(double)", 2),
                ("space::Thing::Thing(int)", 6),
                ("space::Thing::get() const", 11),
                ("plain", 15),
                ("hidden(int)", 18),
                ("main", 21),
            ] {
                // Older C++ front ends give static functions no linkage name.
                let bare = name.split('(').next().unwrap();
                assert!(
                    has(&found, name, line) || (name.starts_with("hidden") && has(&found, bare, line)),
                    "{compiler} {version} {name} {found:?}"
                );
            }
            assert_eq!(found.len(), 8, "{found:?}");
        }
    }
}

#[test]
fn copies_that_are_inlined_are_entered_too() {
    let source = "volatile int seen; static inline __attribute__((always_inline)) int inlined(int x) {
  seen = x; return x * 3;
}
__attribute__((noinline)) int kept(int x) {
  return inlined(x) + 1;
}
int main(int argc, char **argv) {
  (void)argv;
  return kept(argc);
}
";
    for compiler in ["gcc", "clang"] {
        let workshop = Workshop::new(&[("main.c", source)]);
        for level in ["-O0", "-O2"] {
            if workshop.run(compiler, &["-g", level, "main.c", "-o", "main"]) {
                let object = workshop.read("main");
                let [inlined, kept, main] = &object.functions[..] else { panic!("{:?}", object.functions) };
                assert_eq!((&*inlined.name, &*kept.name, &*main.name), ("inlined", "kept", "main"));
                assert_eq!((inlined.line, kept.line, main.line), (1, 4, 7));
                assert!(inlined.entries.is_empty() && kept.inlined.is_empty() && main.inlined.is_empty());
                // A closing brace need not have code.
                assert!([2, 3].contains(&inlined.last), "{inlined:?}");
                assert!([5, 6].contains(&kept.last) && [9, 10].contains(&main.last), "{kept:?} {main:?}");
                // One copy, which is where its statements are.
                let lines_at = |site: &u32| -> Vec<u32> {
                    object.lines.iter().filter(|line| line.site == *site).map(|line| line.line).collect()
                };
                // clang does not say where an inlined copy is entered: a process that runs a statement of it
                // has entered it.
                let is_statement = |site: &u32| lines_at(site).contains(&2);
                let statements: Vec<u32> = (0..object.sites.len() as u32).filter(is_statement).collect();
                assert!(compiler != "clang" || statements.iter().all(|site| inlined.inlined.contains(site)));
                for copy in &inlined.inlined {
                    let lines = lines_at(copy);
                    assert!(
                        lines.iter().any(|line| [1, 2, 3].contains(line)),
                        "{compiler} {level} {lines:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_copy_puts_no_site_into_an_instruction() {
    // What a line begins within is a locked instruction.
    let source = "static int count;
static inline __attribute__((always_inline)) void counted(void) {
  __asm__ volatile (\".byte 0xf0\\n.loc 1 3 0\\nincl %0\" : \"+m\" (count));
}
int main(void) {
  counted();
  return count - 1;
}
";
    for compiler in ["gcc", "clang"] {
        let workshop = Workshop::new(&[("main.c", source)]);
        for level in ["-O0", "-O2"] {
            if workshop.run(compiler, &["-g", level, "main.c", "-o", "main"]) {
                let object = workshop.read("main");
                assert!(object.dropped.inside_instruction > 0, "{compiler} {level}");
                assert!(object.functions.iter().any(|it| it.name == "counted" && !it.inlined.is_empty()));
                // `incl` of memory, after its prefix; nothing else here has that byte.
                assert!(object.sites.iter().all(|site| site.original.0 != [0xff]), "{compiler} {level}");
            }
        }
    }
}

#[test]
fn entries_in_parts_and_clones_have_the_name_of_their_source() {
    let source = "#include <stdlib.h>
extern int printf(const char *, ...);
__attribute__((noinline)) static int cloned(int x, int always) {
  if (x == 77) {
    printf(\"rare\\n\");
    abort();
  }
  return x * always + x;
}
int main(int argc, char **argv) {
  (void)argv;
  return cloned(argc, 5) + cloned(argc + 1, 5);
}
";
    for options in [&["-O2"][..], &["-O3"], &["-O2", "-flto"]] {
        let workshop = Workshop::new(&[("main.c", source)]);
        if workshop.run("gcc", &[options, &["-g", "main.c", "-o", "main"]].concat()) {
            let found = functions(&workshop.read("main"));
            assert!(has(&found, "cloned", 3) && has(&found, "main", 10), "{options:?} {found:?}");
            assert_eq!(found.len(), 2, "{options:?} {found:?}");
        }
    }
}

#[test]
fn functions_folded_to_one_address_are_both_there() {
    let source = "int first(int x) {
  return x * 3 + 1;
}
int second(int x) {
  return x * 3 + 1;
}
int main(int argc, char **argv) {
  (void)argv;
  return first(argc) - second(argc);
}
";
    let workshop = Workshop::new(&[("main.c", source)]);
    let options = ["-g", "-O0", "-ffunction-sections", "-fuse-ld=gold", "-Wl,--icf=all"];
    if !workshop.run("gcc", &[&options[..], &["main.c", "-o", "main"]].concat()) {
        return;
    }
    let object = workshop.read("main");
    let found = functions(&object);
    assert!(has(&found, "first", 1) && has(&found, "second", 4), "{found:?}");
    let site = |name: &str| object.functions.iter().find(|it| it.name == name).unwrap().entries.clone();
    assert_eq!(site("first"), site("second"));
}

#[test]
fn an_entry_without_a_row_of_its_own_is_a_site() {
    let source = ".file 1 \"main.x\"
.text
.globl main
.type main, @function
main:
.loc 1 7 0 is_stmt 0
  nop
.loc 1 8 0 is_stmt 1
  ret
.size main, .-main
.Lend:
.section .debug_abbrev
  .uleb128 1; .uleb128 0x11; .byte 1
  .uleb128 0x10; .uleb128 0x17; .uleb128 0x1b; .uleb128 8; .uleb128 0; .uleb128 0
  .uleb128 2; .uleb128 0x2e; .byte 0
  .uleb128 0x11; .uleb128 1; .uleb128 0; .uleb128 0
  .uleb128 0
.section .debug_info
  .long .Lstop-.Lstart
.Lstart:
  .value 4; .long .debug_abbrev; .byte 8
  .uleb128 1; .long .Lline; .string \"/made/up\"
  .uleb128 2; .quad main
  .uleb128 0
.Lstop:
.section .debug_line
.Lline:
";
    let workshop = Workshop::new(&[("main.s", source)]);
    if !workshop.run("gcc", &["-nostartfiles", "-Wl,-e,main", "main.s", "-o", "main"]) {
        needs::stop();
    }
    let object = crate::support::read(&workshop.path("main"), &|path| path.starts_with("/made/up"));
    assert_eq!(object.sites.len(), 2);
    assert_eq!(object.lines.len(), 1);
    // The symbol table knows the name that the debug information lacks.
    assert_eq!(functions(&object), [("main".into(), "main.x".into(), 7)].into());
    assert_eq!(object.functions[0].entries, [0]);
    assert!(objdump(&workshop.path("main"), &["main.x"]).rows.len() == 1);
}
