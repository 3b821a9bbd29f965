//! What the headers of line programs decide, before the rest of the debug information is read.

use forkcov_testing::needs;
use std::fs;

use forkcov::object::Dropped;

use crate::support::{Workshop, lines, read, section};

const MAIN: &str = "int main(void) {\n  return 0;\n}\n";

#[test]
fn what_no_source_is_wanted_of_is_not_uncompressed() {
    let workshop = Workshop::new(&[("main.c", MAIN)]);
    if !workshop.run("gcc", &["-gdwarf-5", "-gz", "main.c", "-o", "main"]) {
        needs::stop();
    }
    let mut bytes = fs::read(workshop.path("main")).unwrap();
    let info = section(&bytes, ".debug_info").expect("a section");
    // Behind the header of a compressed section (elf(5), Elf64_Chdr).
    bytes[info.start + 24..info.end].fill(0xff);
    fs::write(workshop.path("main"), bytes).unwrap();
    assert_ne!(workshop.read("main").dropped, Dropped::default(), "the section is not compressed");
    let unwanted = read(&workshop.path("main"), &|_| false);
    assert_eq!(unwanted.dropped, Dropped::default());
    assert!(unwanted.has_units && unwanted.sites.is_empty());
}

#[test]
fn a_head_with_a_relative_directory_leaves_it_to_the_unit() {
    let workshop = Workshop::new(&[("main.c", MAIN)]);
    if !workshop.run("clang", &["-gdwarf-5", "-S", "main.c", "-o", "main.s"]) {
        needs::stop();
    }
    let text = fs::read_to_string(workshop.path("main.s")).unwrap();
    let root = workshop.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    let relative = text.replace(&format!(".file\t0 \"{root}\" "), ".file\t0 \".\" ");
    assert_ne!(relative, text, "the head has another directory");
    fs::write(workshop.path("main.s"), relative).unwrap();
    if !workshop.run("clang", &["main.s", "-o", "main"]) {
        needs::stop();
    }
    assert_eq!(lines(&workshop.read("main"), "main.c").into_iter().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn one_wanted_source_among_many_programs_is_found() {
    let sources: Vec<_> =
        (0..9).map(|n| (format!("f{n}.c"), format!("int f{n}(void) {{\n  return {n};\n}}\n"))).collect();
    let mut texts: Vec<_> = sources.iter().map(|(name, text)| (&**name, &**text)).collect();
    texts.push(("main.c", MAIN));
    let workshop = Workshop::new(&texts);
    let names = texts.iter().map(|(name, _)| *name);
    for version in ["-gdwarf-4", "-gdwarf-5"] {
        let arguments: Vec<_> = [version].into_iter().chain(names.clone()).chain(["-o", "main"]).collect();
        if workshop.run("gcc", &arguments) {
            let object = read(&workshop.path("main"), &|path| path.ends_with("f8.c"));
            assert_eq!(object.files, [workshop.path("f8.c")], "{version}");
        }
    }
}
