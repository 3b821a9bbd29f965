//! The ways to compile and link: rows as objdump reads them, functions where the symbol table has them.

use forkcov_testing::needs;
use std::collections::BTreeSet;
use std::path::Path;

use crate::shapes;
use crate::support::{Workshop, entries, objdump, rows};

const FILES: [&str; 3] = ["main.cc", "shape.cc", "shape.h"];

/// Names and addresses of the program's own functions, by `nm`: parts of one that are not its entry left out.
fn symbols(path: &Path) -> BTreeSet<(String, u64)> {
    let output = needs::command("nm").arg("-C").arg(path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let symbol = |line: &str| {
        let (address, rest) = line.split_once(' ')?;
        let (kind, name) = rest.split_once(' ')?;
        let is_own = name.contains("shapes::") || ["main", "count"].contains(&plain(name));
        let is_entry =
            matches!(kind, "T" | "t" | "W") && !name.contains(".cold") && !name.contains(".__part.");
        (is_own && is_entry).then_some(())?;
        Some((plain(name).to_owned(), u64::from_str_radix(address, 16).ok()?))
    };
    text.lines().filter_map(symbol).collect()
}

/// A name without types, parameters and what says that it is a clone. Without namespaces, too: a static
/// function has no linkage name to distinguish them.
fn plain(name: &str) -> &str {
    let name = name.split(['(', '[', '<']).next().unwrap().trim();
    name.rsplit([' ', ':']).next().unwrap()
}

/// Builds with `options`, and compares rows with objdump's and functions with the symbols. `folded`: several
/// functions may be one.
fn agrees(compiler: &str, options: &[&str], folded: bool) {
    let Some(workshop) = shapes::build(compiler, options) else {
        return;
    };
    compare(&workshop, &format!("{compiler} {options:?}"), folded);
}

fn compare(workshop: &Workshop, context: &str, folded: bool) {
    let object = workshop.read("main");
    assert_eq!(object.dropped.damaged_units, 0, "{context}");
    assert_eq!(object.dropped.inside_instruction, 0, "{context}");
    let expected = objdump(&workshop.path("main"), &FILES);
    assert!(!expected.rows.is_empty());
    assert_eq!(expected.differences(&rows(&object)), [], "{context}");
    let functions: BTreeSet<_> =
        entries(&object).into_iter().map(|(name, address)| (plain(&name).to_owned(), address)).collect();
    let symbols = symbols(&workshop.path("main"));
    // -g1 of clang describes only functions into which others are inlined.
    if folded || context.starts_with("clang") && context.contains("-g1") {
        let addresses = |set: &BTreeSet<(String, u64)>| set.iter().map(|it| it.1).collect::<BTreeSet<_>>();
        assert!(functions.is_subset(&symbols), "{context} {functions:?} {symbols:?}");
        assert!(!folded || addresses(&functions) == addresses(&symbols), "{context}");
    } else {
        assert_eq!(functions, symbols, "{context}");
    }
}

#[test]
fn versions_and_amounts() {
    for compiler in ["g++", "clang++"] {
        for version in ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
            for amount in ["-g1", "-g", "-g3"] {
                agrees(compiler, &[version, amount, "-O2"], false);
            }
        }
    }
}

#[test]
fn link_time_optimisation() {
    for version in ["-gdwarf-4", "-gdwarf-5"] {
        for level in ["-O0", "-O1", "-O2"] {
            agrees("g++", &[version, level, "-flto"], false);
            agrees("g++", &[version, level, "-flto", "-flto-partition=max"], false);
            agrees("clang++", &[version, level, "-flto=full", "-fuse-ld=lld"], false);
            agrees("clang++", &[version, level, "-flto=thin", "-fuse-ld=lld"], false);
        }
    }
}

#[test]
fn sections_of_functions_that_linkers_drop_and_fold() {
    for version in ["-gdwarf-4", "-gdwarf-5"] {
        for level in ["-O0", "-O2"] {
            for linker in ["-fuse-ld=bfd", "-fuse-ld=gold", "-fuse-ld=lld"] {
                for compiler in ["g++", "clang++"] {
                    let options = [version, level, "-ffunction-sections", "-Wl,--gc-sections", linker];
                    agrees(compiler, &options, false);
                    if !linker.ends_with("bfd") {
                        agrees(compiler, &[&options[..], &["-Wl,--icf=all"]].concat(), true);
                    }
                }
            }
        }
    }
}

#[test]
fn parts_that_are_seldom_run_are_no_functions() {
    for version in ["-gdwarf-3", "-gdwarf-4", "-gdwarf-5"] {
        for options in [
            &["-O2", "-freorder-blocks-and-partition"][..],
            &["-O2", "-freorder-blocks-and-partition", "-ffunction-sections"],
            &["-Os", "-fno-reorder-functions"],
        ] {
            agrees("g++", &[&[version], options].concat(), false);
        }
        agrees("clang++", &[version, "-O1", "-fbasic-block-sections=all"], false);
    }
    let Some(workshop) = shapes::build("g++", &["-g", "-O2"]) else {
        needs::stop();
    };
    // What this test is about is there.
    let names = needs::command("nm").arg(workshop.path("main")).output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&names).contains(".cold"));
}

#[test]
fn compressed_sections() {
    for compiler in ["g++", "clang++"] {
        for way in ["-gz=zlib", "-gz=zlib-gnu", "-gz=zstd"] {
            agrees(compiler, &["-g", "-O1", way], false);
        }
    }
    agrees("g++", &["-g", "-Wl,--compress-debug-sections=zlib", "-fuse-ld=lld"], false);
}
