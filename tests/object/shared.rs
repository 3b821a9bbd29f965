//! Entries and strings that dwz(1) has moved from several debug files to a shared one.

use forkcov_testing::needs;
use std::fs;

use forkcov::object::{DebugSearch, Object};

use crate::shapes;
use crate::support::{self, Workshop, read_with, rows, same};

/// How dwz names the file that it makes: GNU's way and the standard's.
const FORMS: [(&str, &[&str]); 2] = [("-gdwarf-4", &[]), ("-gdwarf-5", &["--dwarf-5"])];

/// Reads `main`, with `root` for `/usr/lib/debug`.
fn read(workshop: &Workshop) -> Object {
    let below = workshop.path("");
    let search = DebugSearch { roots: vec![workshop.path("root")], ..DebugSearch::none() };
    read_with(&search, &workshop.path("main"), &|path| path.starts_with(&below))
}

/// Builds `main` and another program with the same entries, and moves what they share to `shared/both`, which
/// they know by `name`. Gives what `main` was like before; `None` without the tools.
fn shared(options: &[&str], form: &[&str], name: Option<&str>) -> Option<(Workshop, Object)> {
    let workshop = shapes::build("g++", options)?;
    let whole = read(&workshop);
    shapes::check(&whole);
    fs::copy(workshop.path("main"), workshop.path("other")).unwrap();
    fs::create_dir(workshop.path("shared")).unwrap();
    let name = name.map(|name| ["-M", name]);
    let name = name.as_ref().map_or(&[][..], |name| name);
    let made = workshop.try_tool("dwz", &[form, name, &["-m", "shared/both", "main", "other"]].concat());
    made.then_some((workshop, whole))
}

#[track_caller]
fn is_whole(workshop: &Workshop, whole: &Object, context: &str) {
    let object = read(workshop);
    same(&object, whole, context);
    assert!(object.diagnostics.is_empty() && object.notes.is_empty(), "{context} {:?}", object.diagnostics);
    assert_eq!(object.dropped, whole.dropped, "{context}");
}

/// The one remark ends in `why`; no line is wrong.
#[track_caller]
fn is_partial(workshop: &Workshop, whole: &Object, why: &str) {
    let object = read(workshop);
    assert!(rows(&object).is_subset(&rows(whole)));
    assert!(object.files.iter().all(|file| whole.files.contains(file)), "{:?}", object.files);
    assert!(
        object.diagnostics.len() == 1 && object.diagnostics[0].ends_with(why),
        "{:?}",
        object.diagnostics
    );
}

#[test]
fn entries_and_strings_of_a_shared_file_count() {
    for (version, form) in FORMS {
        for level in ["-O0", "-O2"] {
            if let Some((workshop, whole)) = shared(&[version, level], form, None) {
                is_whole(&workshop, &whole, version);
                fs::write(workshop.path("shared/both"), "").unwrap();
                assert!(!read(&workshop).diagnostics.is_empty(), "nothing was shared");
            }
        }
    }
}

#[test]
fn entries_shared_within_one_file_count() {
    for (version, form) in FORMS {
        let Some(workshop) = shapes::build("g++", &[version, "-O2"]) else {
            needs::stop();
        };
        let whole = read(&workshop);
        if workshop.try_tool("dwz", &[form, &["main"]].concat()) {
            is_whole(&workshop, &whole, version);
        }
    }
}

#[test]
fn a_shared_file_is_found_by_its_name_from_the_debug_file() {
    for (version, form) in FORMS {
        let options = [version, "-Wl,--build-id=0xabcdef"];
        let Some((workshop, whole)) = shared(&options, form, Some("../../.dwz/both.debug")) else {
            needs::stop();
        };
        for directory in ["root/.build-id/ab", "root/.dwz"] {
            fs::create_dir_all(workshop.path(directory)).unwrap();
        }
        fs::rename(workshop.path("shared/both"), workshop.path("root/.dwz/both.debug")).unwrap();
        workshop.tool("objcopy", &["--only-keep-debug", "main", "root/.build-id/ab/cdef.debug"]);
        workshop.tool("strip", &["main"]);
        is_whole(&workshop, &whole, version);
    }
}

#[test]
fn a_shared_file_is_found_below_another_root() {
    for (version, form) in FORMS {
        let name = Some("/nowhere/lib/debug/.dwz/x/both.debug");
        let Some((workshop, whole)) = shared(&[version], form, name) else {
            needs::stop();
        };
        fs::create_dir_all(workshop.path("root/.dwz/x")).unwrap();
        fs::rename(workshop.path("shared/both"), workshop.path("root/.dwz/x/both.debug")).unwrap();
        is_whole(&workshop, &whole, version);
    }
}

#[test]
fn a_shared_file_is_found_by_its_build_id() {
    let Some((workshop, whole)) = shared(&["-gdwarf-4"], &[], Some("/nowhere/both.debug")) else {
        needs::stop();
    };
    let id = workshop.read("shared/both").id;
    let place = workshop.path(&format!("root/.build-id/{}/{}.debug", &id[..2], &id[2..]));
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::rename(workshop.path("shared/both"), place).unwrap();
    is_whole(&workshop, &whole, "");
}

#[test]
fn a_missing_shared_file_is_reported_and_gives_no_wrong_line() {
    for (version, form) in FORMS {
        let Some((workshop, whole)) = shared(&[version], form, None) else {
            needs::stop();
        };
        let shared_file = workshop.path("shared/both");
        fs::remove_file(&shared_file).unwrap();
        is_partial(&workshop, &whole, ": it shares debug information with shared/both: no such file");
    }
}

/// strip(1) leaves the link to it, as Debian's packages show.
#[test]
fn a_stripped_object_misses_no_shared_file() {
    for (version, form) in FORMS {
        let Some((workshop, _)) = shared(&[version], form, None) else {
            needs::stop();
        };
        fs::remove_file(workshop.path("shared/both")).unwrap();
        let strip =
            ["--strip-debug", "--keep-section=.gnu_debugaltlink", "--keep-section=.debug_sup", "main"];
        workshop.tool("strip", &strip);
        let object = read(&workshop);
        assert!(object.diagnostics.is_empty() && !object.has_units, "{:?}", object.diagnostics);
    }
}

#[test]
fn the_shared_file_of_another_build_is_refused() {
    for (version, form) in FORMS {
        let Some((workshop, whole)) = shared(&[version], form, None) else {
            needs::stop();
        };
        let Some((other, _)) = shared(&[version, "-O2"], form, None) else {
            needs::stop();
        };
        fs::copy(other.path("shared/both"), workshop.path("shared/both")).unwrap();
        let why = format!(" with shared/both: {} is another one", workshop.path("shared/both").display());
        is_partial(&workshop, &whole, &why);
    }
}

/// The sources have names that lead somewhere from where forkcov runs (here, this package), too.
#[test]
fn a_lost_directory_is_not_taken_to_be_this_one() {
    let source = "#include <stdio.h>\nint main(void) {\n  return puts(\"\");\n}\n";
    let workshop = Workshop::new(&[("src/lib.rs", source)]);
    let options = ["-gdwarf-4", "-gno-as-loc-support", "-x", "c", "src/lib.rs", "-o"];
    for name in ["main", "other"] {
        if !workshop.run("gcc", &[&options[..], &[name]].concat()) {
            needs::stop();
        }
    }
    if !workshop.try_tool("dwz", &["-m", "both", "main", "other"]) {
        needs::stop();
    }
    let files = || support::read(&workshop.path("main"), &|_| true).files;
    assert!(files().contains(&workshop.path("src/lib.rs")));
    fs::remove_file(workshop.path("both")).unwrap();
    assert_eq!(files(), [] as [std::path::PathBuf; 0]);
}
