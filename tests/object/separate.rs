//! Debug files of stripped objects: the same lines, sites and functions as before, or none and the reason.

use forkcov_testing::needs;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use forkcov::object::{DebugSearch, Object};

use crate::shapes;
use crate::support::{Workshop, read_with, same};

/// The tools that take debug information out of an object.
const WAYS: [&str; 3] = ["objcopy", "llvm-objcopy", "eu-strip"];

/// Where a debug file of `main` may lie, below the workshop.
fn places(workshop: &Workshop, id: &str) -> [String; 4] {
    let directory = workshop.path("");
    [
        format!("root/.build-id/{}/{}.debug", &id[..2], &id[2..]),
        "main.debug".to_owned(),
        ".debug/main.debug".to_owned(),
        format!("root{}/main.debug", directory.to_str().unwrap().trim_end_matches('/')),
    ]
}

/// Moves the debug information of `main` to `target`, and links them; false without the tools.
fn strip(workshop: &Workshop, way: &str, target: &str) -> bool {
    fs::create_dir_all(workshop.path(target).parent().unwrap()).unwrap();
    if way == "eu-strip" {
        return workshop.try_tool(way, &["-f", target, "main"]);
    }
    let link = format!("--add-gnu-debuglink={target}");
    workshop.try_tool(way, &["--only-keep-debug", "main", target])
        && workshop.try_tool(way, &["--strip-all", "main"])
        && workshop.try_tool(way, &[&link, "main"])
}

/// Reads `main`, with `root` for `/usr/lib/debug`.
fn read(workshop: &Workshop) -> Object {
    let below = workshop.path("");
    let search =
        DebugSearch { roots: vec![workshop.path("nowhere"), workshop.path("root")], ..DebugSearch::none() };
    read_with(&search, &workshop.path("main"), &|path| path.starts_with(&below))
}

/// Builds and strips `main`; `None` without the tools. Gives what it was before, too.
fn stripped(options: &[&str], way: &str, target: &str) -> Option<(Workshop, Object)> {
    let workshop = shapes::build("g++", options)?;
    let whole = read(&workshop);
    strip(&workshop, way, target).then_some((workshop, whole))
}

/// `main` has no line, and the one remark ends in `why`, if there is one.
#[track_caller]
fn refused(workshop: &Workshop, why: Option<&str>) {
    let object = read(workshop);
    assert!(object.sites.is_empty() && object.lines.is_empty() && object.functions.is_empty());
    let remarks = object.diagnostics;
    match why {
        None => assert!(remarks.is_empty(), "{remarks:?}"),
        Some(why) => assert!(remarks.len() == 1 && remarks[0].ends_with(why), "{remarks:?}"),
    }
}

#[test]
fn a_stripped_object_reads_as_before() {
    for options in [&["-g", "-O1"][..], &["-gdwarf-4", "-O2", "-no-pie"], &["-g", "-shared", "-fPIC"]] {
        let Some(workshop) = shapes::build("g++", options) else {
            needs::stop();
        };
        let whole = read(&workshop);
        shapes::check(&whole);
        fs::copy(workshop.path("main"), workshop.path("unstripped")).unwrap();
        for way in WAYS {
            for place in places(&workshop, &whole.id) {
                fs::copy(workshop.path("unstripped"), workshop.path("main")).unwrap();
                if !strip(&workshop, way, &place) {
                    continue;
                }
                let found = read(&workshop);
                same(&found, &whole, &format!("{way} {options:?} {place}"));
                assert_eq!((&found.id, &found.path), (&whole.id, &whole.path));
                assert!(found.diagnostics.is_empty() && found.notes.is_empty(), "{:?}", found.diagnostics);
                fs::remove_file(workshop.path(&place)).unwrap();
                refused(&workshop, None);
            }
        }
    }
}

#[test]
fn a_link_is_followed_without_a_build_id() {
    for way in WAYS {
        if let Some((workshop, whole)) = stripped(&["-g", "-Wl,--build-id=none"], way, ".debug/main.debug") {
            same(&read(&workshop), &whole, way);
        }
    }
}

#[test]
fn a_link_that_was_reached_by_a_symbolic_link_is_followed() {
    let Some((workshop, whole)) = stripped(&["-g"], "objcopy", "main.debug") else {
        needs::stop();
    };
    fs::create_dir(workshop.path("real")).unwrap();
    for name in ["main", "main.debug"] {
        fs::rename(workshop.path(name), workshop.path(&format!("real/{name}"))).unwrap();
    }
    symlink("real/main", workshop.path("main")).unwrap();
    same(&read(&workshop), &whole, "");
}

#[test]
fn a_debug_file_of_another_build_is_refused() {
    for (place, option) in
        [(1, "-Wl,--build-id=sha1"), (1, "-Wl,--build-id=none"), (0, "-Wl,--build-id=sha1")]
    {
        let Some(workshop) = shapes::build("g++", &["-g", option]) else {
            needs::stop();
        };
        let whole = read(&workshop);
        let place =
            if place == 0 { places(&workshop, &whole.id)[0].clone() } else { "main.debug".to_owned() };
        if !strip(&workshop, "objcopy", &place) {
            needs::stop();
        }
        fs::rename(workshop.path("main"), workshop.path("old")).unwrap();
        assert!(shapes::compile(&workshop, "g++", &["-g", "-O1", option]));
        let other = workshop.read("main");
        workshop.tool("objcopy", &["--only-keep-debug", "main", &place]);
        fs::rename(workshop.path("old"), workshop.path("main")).unwrap();
        let (own, other) = (&whole.id, &other.id);
        match option {
            "-Wl,--build-id=none" => {
                let remarks = read(&workshop).diagnostics;
                assert!(remarks[0].contains("main.debug is not its debug information: "), "{remarks:?}");
                assert!(remarks[0].contains("its CRC is "), "{remarks:?}");
            }
            _ => refused(&workshop, Some(&format!(": its build-id is {other}, not {own}"))),
        }
    }
}

#[test]
fn a_second_place_is_tried_when_the_first_has_another_build() {
    let Some((workshop, whole)) = stripped(&["-g"], "objcopy", ".debug/main.debug") else {
        needs::stop();
    };
    fs::copy(workshop.path("main"), workshop.path("main.debug")).unwrap();
    let found = read(&workshop);
    same(&found, &whole, "");
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
}

#[test]
fn a_damaged_debug_file_is_refused_by_its_checksum() {
    let Some((workshop, _)) = stripped(&["-g"], "objcopy", "main.debug") else {
        needs::stop();
    };
    let mut bytes = fs::read(workshop.path("main.debug")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(workshop.path("main.debug"), bytes).unwrap();
    let remarks = read(&workshop).diagnostics;
    assert!(remarks.len() == 1 && remarks[0].contains("its CRC is "), "{remarks:?}");
}

#[test]
fn code_that_was_moved_has_no_lines() {
    let Some(workshop) = shapes::build("g++", &["-g", "-no-pie", "-Wl,--build-id=0x1234"]) else {
        needs::stop();
    };
    let place = &places(&workshop, "1234")[0];
    if !strip(&workshop, "objcopy", place) {
        needs::stop();
    }
    // Another program that claims to be the same, as prelink(8) makes one.
    fs::remove_file(workshop.path("main")).unwrap();
    let moved = ["-g", "-no-pie", "-Wl,--build-id=0x1234", "-Wl,-Ttext-segment=0x600000"];
    assert!(shapes::compile(&workshop, "g++", &moved));
    workshop.tool("strip", &["main"]);
    refused(&workshop, Some(": its code has other addresses"));
    if workshop.try_tool("llvm-strip", &["--strip-sections", "main"]) {
        refused(&workshop, Some(": its code has other addresses"));
    }
}

#[test]
fn an_object_without_section_headers_reads_as_before() {
    let place = |id: &str| format!("root/.build-id/{}/{}.debug", &id[..2], &id[2..]);
    let Some((workshop, whole)) = stripped(&["-g", "-Wl,--build-id=0xabcdef"], "objcopy", &place("abcdef"))
    else {
        needs::stop();
    };
    if workshop.try_tool("llvm-strip", &["--strip-sections", "main"]) {
        let found = read(&workshop);
        same(&found, &whole, "");
        assert_eq!(found.id, "abcdef");
    }
}

#[test]
fn what_is_no_debug_file_is_refused_or_not_there() {
    let Some((workshop, _)) = stripped(&["-g"], "objcopy", "main.debug") else {
        needs::stop();
    };
    let path = workshop.path("main.debug");
    let again = |prepare: &dyn Fn(&PathBuf)| {
        fs::remove_file(&path).unwrap();
        prepare(&path);
    };
    again(&|path| fs::write(path, "text").unwrap());
    refused(&workshop, Some(": it is no ELF file of this machine"));
    // The program itself is not its own debug file.
    again(&|path| fs::hard_link(workshop.path("main"), path).unwrap());
    refused(&workshop, None);
    again(&|path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap());
    refused(&workshop, None);
    again(&|path| symlink(path, path).unwrap());
    refused(&workshop, None);
    again(&|path| fs::create_dir(path).unwrap());
    refused(&workshop, None);
}

#[test]
fn the_debug_file_may_be_compressed() {
    for way in ["zlib", "zlib-gnu", "zstd"] {
        let Some(workshop) = shapes::build("g++", &["-g"]) else {
            needs::stop();
        };
        let whole = read(&workshop);
        let compress = format!("--compress-debug-sections={way}");
        let tool = if way == "zstd" && !zstd(&workshop) { "llvm-objcopy" } else { "objcopy" };
        if workshop.run(tool, &[&compress, "main"]) && strip(&workshop, "objcopy", "main.debug") {
            same(&read(&workshop), &whole, way);
        }
    }
}

/// Whether objcopy knows zstd.
fn zstd(workshop: &Workshop) -> bool {
    workshop.run("objcopy", &["--compress-debug-sections=zstd", "main", "packed"])
}
