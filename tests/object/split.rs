//! Split DWARF: lines from the object, functions from .dwo files and .dwp packages.

use forkcov_testing::needs;
use std::fs;

use forkcov::object::Object;

use crate::shapes;
use crate::support::{Workshop, functions, rows, same};

const COMPILERS: [&str; 2] = ["g++", "clang++"];
const VERSIONS: [&str; 2] = ["-gdwarf-4", "-gdwarf-5"];

/// Builds `main` with its entries in `shape.dwo` and `main.dwo`; `None` without the compiler. Gives what it
/// is like when nothing is split, too.
fn split(compiler: &str, options: &[&str]) -> Option<(Workshop, Object)> {
    let workshop = shapes::build(compiler, options)?;
    let whole = workshop.read("main");
    shapes::check(&whole);
    let options = [options, &["-gsplit-dwarf"]].concat();
    shapes::compile(&workshop, compiler, &options).then_some((workshop, whole))
}

/// All there is, as if nothing were split, and nothing to be said about it.
#[track_caller]
fn is_whole(object: &Object, whole: &Object, context: &str) {
    same(object, whole, context);
    assert_eq!(object.dropped, whole.dropped, "{context}");
    assert!(object.notes.is_empty() && object.diagnostics.is_empty(), "{context} {:?}", object.notes);
}

/// All lines, but of the functions only those that the object itself knows, and a note that ends in `why`.
#[track_caller]
fn has_lines_only(object: &Object, whole: &Object, units: &str, why: &str) {
    assert_eq!(rows(object), rows(whole));
    assert!(functions(object).len() < functions(whole).len());
    assert_eq!(object.dropped.damaged_units, 0);
    assert!(object.diagnostics.is_empty());
    let expected = format!(", from {units} split off: {why}");
    assert!(object.notes.len() == 1 && object.notes[0].ends_with(&expected), "{:?}", object.notes);
}

#[test]
fn functions_are_read_from_dwo_files() {
    for compiler in COMPILERS {
        for version in VERSIONS {
            for options in [
                &["-O0"][..],
                &["-O2"],
                &["-O2", "-ffunction-sections", "-Wl,--gc-sections"],
                &["-O1", "-fdebug-types-section"],
                &["-O1", "-gz=zlib"],
                &["-O1", "-g3"],
            ] {
                if let Some((workshop, whole)) = split(compiler, &[&[version], options].concat()) {
                    assert!(workshop.path("shape.dwo").exists());
                    is_whole(&workshop.read("main"), &whole, &format!("{compiler} {version} {options:?}"));
                }
            }
        }
    }
}

#[test]
fn functions_are_read_from_packages() {
    // The dwp of binutils 2.40 writes an empty package of units of DWARF 5, and calls that success.
    for (version, packer) in [("-gdwarf-4", "dwp"), ("-gdwarf-4", "llvm-dwp"), ("-gdwarf-5", "llvm-dwp")] {
        for compiler in COMPILERS {
            for options in [&["-O1"][..], &["-O2", "-fdebug-types-section"]] {
                let Some((workshop, whole)) = split(compiler, &[&[version], options].concat()) else {
                    continue;
                };
                if workshop.try_tool(packer, &["shape.dwo", "main.dwo", "-o", "main.dwp"]) {
                    fs::remove_file(workshop.path("shape.dwo")).unwrap();
                    fs::remove_file(workshop.path("main.dwo")).unwrap();
                    is_whole(
                        &workshop.read("main"),
                        &whole,
                        &format!("{compiler} {version} {packer} {options:?}"),
                    );
                }
            }
        }
    }
}

#[test]
fn a_unit_that_the_package_lacks_is_read_from_its_file() {
    let Some((workshop, whole)) = split("clang++", &["-gdwarf-4"]) else {
        needs::stop();
    };
    if workshop.try_tool("llvm-dwp", &["shape.dwo", "-o", "main.dwp"]) {
        fs::remove_file(workshop.path("shape.dwo")).unwrap();
        is_whole(&workshop.read("main"), &whole, "");
    }
}

#[test]
fn entries_may_be_in_the_object_files() {
    for version in VERSIONS {
        if let Some((workshop, whole)) = split("clang++", &[version, "-O1", "-gsplit-dwarf=single"]) {
            assert!(shapes::compile(&workshop, "clang++", &[version, "-O1", "-gsplit-dwarf=single"]));
            for name in ["shape.dwo", "main.dwo"] {
                fs::remove_file(workshop.path(name)).ok();
            }
            is_whole(&workshop.read("main"), &whole, version);
        }
    }
}

#[test]
fn a_missing_file_costs_functions_and_no_lines() {
    for (compiler, version) in COMPILERS.iter().flat_map(|it| VERSIONS.map(|version| (*it, version))) {
        let Some((workshop, whole)) = split(compiler, &[version]) else {
            continue;
        };
        fs::remove_file(workshop.path("shape.dwo")).unwrap();
        let object = workshop.read("main");
        has_lines_only(&object, &whole, "1 unit that was", "shape.dwo: no such file");
        assert!(functions(&object).contains(&("main".into(), "main.cc".into(), 8)));
        fs::remove_file(workshop.path("main.dwo")).unwrap();
        has_lines_only(&workshop.read("main"), &whole, "2 units that were", "main.dwo: no such file");
    }
}

#[test]
fn functions_that_a_skeleton_has_itself_are_known_without_its_file() {
    let options = ["-gdwarf-5", "-O2", "-fsplit-dwarf-inlining"];
    let Some((workshop, whole)) = split("clang++", &options) else {
        needs::stop();
    };
    is_whole(&workshop.read("main"), &whole, "");
    fs::remove_file(workshop.path("shape.dwo")).unwrap();
    fs::remove_file(workshop.path("main.dwo")).unwrap();
    let object = workshop.read("main");
    assert_eq!(rows(&object), rows(&whole));
    // Those into which something was inlined.
    assert!(functions(&object).contains(&("main".into(), "main.cc".into(), 8)), "{:?}", functions(&object));
}

#[test]
fn a_file_of_another_build_is_not_taken() {
    for version in VERSIONS {
        let Some((workshop, whole)) = split("g++", &[version]) else {
            needs::stop();
        };
        fs::copy(workshop.path("main"), workshop.path("old")).unwrap();
        fs::copy(workshop.path("main.dwo"), workshop.path("kept.dwo")).unwrap();
        let source = fs::read_to_string(workshop.path("src/shape.cc")).unwrap();
        fs::write(workshop.path("src/shape.cc"), source + "int more(int x) {\n  return x;\n}\n").unwrap();
        assert!(shapes::compile(&workshop, "g++", &[version, "-gsplit-dwarf"]));
        fs::rename(workshop.path("kept.dwo"), workshop.path("main.dwo")).unwrap();
        let why = format!("{} is of another build", workshop.path("shape.dwo").display());
        has_lines_only(&workshop.read("old"), &whole, "1 unit that was", &why);
    }
}

#[test]
fn files_are_found_with_the_object_when_it_has_moved() {
    for version in VERSIONS {
        let Some((workshop, whole)) = split("g++", &[version]) else {
            needs::stop();
        };
        fs::create_dir_all(workshop.path("installed")).unwrap();
        for name in ["main", "main.dwo", "shape.dwo"] {
            fs::rename(workshop.path(name), workshop.path(&format!("installed/{name}"))).unwrap();
        }
        is_whole(&workshop.read("installed/main"), &whole, version);
    }
}

#[test]
fn a_directory_that_is_relative_begins_where_the_object_is() {
    for (compiler, version) in COMPILERS.iter().flat_map(|it| VERSIONS.map(|version| (*it, version))) {
        // Where this test runs is not where the objects are, so the sources are named in full.
        let workshop = Workshop::new(&[("main.c", "int main(void) {\n  return 0;\n}\n")]);
        let root = workshop.path("");
        let source = root.join("main.c");
        let options =
            [version, "-gsplit-dwarf", "-fdebug-compilation-dir=.", source.to_str().unwrap(), "-o", "main"];
        let map = format!("-fdebug-prefix-map={}=.", root.to_str().unwrap().trim_end_matches('/'));
        let built = if compiler == "g++" {
            workshop.run("gcc", &[version, "-gsplit-dwarf", &map, "-c", "main.c"])
                && workshop.run("gcc", &["main.o", "-o", "main"])
        } else {
            workshop.run("clang", &options)
        };
        if built {
            let object = crate::support::read(&workshop.path("main"), &|_| true);
            assert!(object.notes.is_empty(), "{compiler} {version} {:?}", object.notes);
        }
    }
}

#[test]
fn a_stripped_object_may_have_a_debug_file_that_is_split() {
    for version in VERSIONS {
        for package in [None, Some("main.dwp"), Some("main.debug.dwp")] {
            let Some((workshop, whole)) = split("clang++", &[version]) else {
                needs::stop();
            };
            if let Some(package) = package {
                if !workshop.run("llvm-dwp", &["shape.dwo", "main.dwo", "-o", package]) {
                    needs::stop();
                }
                fs::remove_file(workshop.path("shape.dwo")).unwrap();
                fs::remove_file(workshop.path("main.dwo")).unwrap();
            }
            workshop.tool("objcopy", &["--only-keep-debug", "main", "main.debug"]);
            workshop.tool("strip", &["main"]);
            workshop.tool("objcopy", &["--add-gnu-debuglink=main.debug", "main"]);
            is_whole(&workshop.read("main"), &whole, &format!("{version} {package:?}"));
        }
    }
}

#[test]
fn link_time_optimisation_splits_too() {
    for version in VERSIONS {
        for mode in ["-flto=full", "-flto=thin"] {
            let options = [version, "-O1", mode, "-fuse-ld=lld"];
            let Some(workshop) = shapes::build("clang++", &options) else {
                needs::stop();
            };
            let whole = workshop.read("main");
            let directory = format!("-Wl,-plugin-opt=dwo_dir={}", workshop.path("dwo").display());
            let options = [&options[..], &["-gsplit-dwarf", &directory]].concat();
            if shapes::compile(&workshop, "clang++", &options) {
                is_whole(&workshop.read("main"), &whole, &format!("{version} {mode}"));
            }
        }
    }
}
