//! Damage to separate files with the debug information of an object: never a panic, a line that is not
//! there, or a line lost that lies elsewhere.

use std::collections::BTreeSet;
use std::fs;

use forkcov::object::{DebugSearch, Object};

use crate::shapes;
use crate::support::{Workshop, read_with, rows, section};

/// `main`, with a part of its debug information in another file.
struct Subject {
    workshop: Workshop,
    whole: Object,
    /// The other file.
    file: String,
}

impl Subject {
    fn read(&self) -> Object {
        let search = DebugSearch { roots: vec![self.workshop.path("root")], ..DebugSearch::none() };
        let wanted = |path: &std::path::Path| path.extension().is_some_and(|end| end == "cc" || end == "h");
        read_with(&search, &self.workshop.path("main"), &wanted)
    }

    /// Reads `main` with other bytes in the other file.
    fn read_with(&self, bytes: &[u8]) -> Object {
        fs::write(self.workshop.path(&self.file), bytes).unwrap();
        self.read()
    }

    fn new(workshop: Workshop, file: &str) -> Self {
        let file = file.to_owned();
        let mut subject = Self { whole: workshop.read("main"), workshop, file };
        subject.whole = subject.read();
        shapes::check(&subject.whole);
        subject
    }
}

/// A debug file; a build-id leads to it, so that no checksum keeps damage away.
fn separate(options: &[&str]) -> Option<Subject> {
    let workshop = shapes::build("g++", &[options, &["-Wl,--build-id=0xabcdef"]].concat())?;
    let file = "root/.build-id/ab/cdef.debug";
    fs::create_dir_all(workshop.path("root/.build-id/ab")).unwrap();
    let stripped = workshop.try_tool("objcopy", &["--only-keep-debug", "main", file])
        && workshop.try_tool("strip", &["main"]);
    stripped.then(|| Subject::new(workshop, file))
}

fn split(options: &[&str]) -> Option<Subject> {
    let workshop = shapes::build("g++", &[options, &["-gsplit-dwarf"]].concat())?;
    Some(Subject::new(workshop, "shape.dwo"))
}

fn package(options: &[&str]) -> Option<Subject> {
    let workshop = shapes::build("g++", &[options, &["-gsplit-dwarf"]].concat())?;
    let packed = workshop.try_tool("llvm-dwp", &["shape.dwo", "main.dwo", "-o", "main.dwp"]);
    for name in ["shape.dwo", "main.dwo"] {
        fs::remove_file(workshop.path(name)).unwrap();
    }
    packed.then(|| Subject::new(workshop, "main.dwp"))
}

fn shared(options: &[&str], form: &[&str]) -> Option<Subject> {
    let workshop = shapes::build("g++", options)?;
    fs::copy(workshop.path("main"), workshop.path("other")).unwrap();
    let made = workshop.try_tool("dwz", &[form, &["-m", "both", "main", "other"]].concat());
    made.then(|| Subject::new(workshop, "both"))
}

/// Every kind of other file that the tools here can make; and whether the lines are in it.
fn subjects() -> Vec<(Subject, bool)> {
    let in_it =
        [separate(&["-gdwarf-4"]), separate(&["-gdwarf-5", "-O2"]), separate(&["-gdwarf-5", "-gz=zlib"])];
    let beside = [
        split(&["-gdwarf-4"]),
        split(&["-gdwarf-5", "-O2"]),
        split(&["-gdwarf-5", "-gz=zlib", "-fdebug-types-section"]),
        package(&["-gdwarf-4"]),
        package(&["-gdwarf-5", "-O2"]),
        shared(&["-gdwarf-4"], &[]),
        shared(&["-gdwarf-5", "-O2"], &["--dwarf-5"]),
    ];
    let in_it = in_it.into_iter().flatten().map(|subject| (subject, true));
    in_it.chain(beside.into_iter().flatten().map(|subject| (subject, false))).collect()
}

const SECTIONS: [&str; 18] = [
    ".debug_info",
    ".debug_abbrev",
    ".debug_line",
    ".debug_line_str",
    ".debug_str",
    ".debug_rnglists",
    ".debug_ranges",
    ".debug_addr",
    ".debug_sup",
    ".debug_info.dwo",
    ".debug_abbrev.dwo",
    ".debug_str.dwo",
    ".debug_str_offsets.dwo",
    ".debug_rnglists.dwo",
    ".debug_line.dwo",
    ".debug_cu_index",
    ".note.gnu.build-id",
    ".symtab",
];

#[test]
fn changed_bytes_of_sections_never_panic() {
    let mut random = fastrand::Rng::with_seed(8);
    for (subject, holds_lines) in subjects() {
        let bytes = fs::read(subject.workshop.path(&subject.file)).unwrap();
        let mut noticed = 0;
        for range in
            SECTIONS.iter().filter_map(|name| section(&bytes, name)).filter(|range| !range.is_empty())
        {
            for _ in 0..60 {
                let mut bytes = bytes.clone();
                for _ in 0..random.usize(1..4) {
                    let byte = [0, 0xff, 0x7f, random.u8(..)][random.usize(..4)];
                    bytes[random.usize(range.clone())] = byte;
                }
                let object = subject.read_with(&bytes);
                noticed += usize::from(object.dropped.damaged_units > 0 || !object.notes.is_empty());
                if !holds_lines {
                    keeps_lines(&subject, &object);
                }
            }
        }
        assert!(noticed > 20 || subject.file == "both", "{} {noticed}", subject.file);
    }
}

#[test]
fn changed_headers_and_cut_files_never_panic() {
    let mut random = fastrand::Rng::with_seed(9);
    for (subject, holds_lines) in subjects() {
        let bytes = fs::read(subject.workshop.path(&subject.file)).unwrap();
        let table = u64::from_le_bytes(bytes[0x28..0x30].try_into().unwrap()) as usize;
        for round in 0..150 {
            let mut changed = bytes.clone();
            let area = if random.bool() { 4..0x40 } else { table..bytes.len() };
            if round % 3 == 0 {
                changed.truncate(random.usize(0..bytes.len()));
            } else {
                changed[random.usize(area)] = random.u8(..);
            }
            let object = subject.read_with(&changed);
            if !holds_lines {
                keeps_lines(&subject, &object);
            }
        }
    }
}

/// Damage elsewhere costs names and functions, but no line of the object itself; a lost directory can cost a
/// file.
#[track_caller]
fn keeps_lines(subject: &Subject, object: &Object) {
    let (found, whole) = (rows(object), rows(&subject.whole));
    let added: BTreeSet<_> = found.difference(&whole).collect();
    assert!(added.is_empty(), "{} {added:?}", subject.file);
    assert!(found.len() == whole.len() || subject.file == "both", "{} {}", subject.file, found.len());
}
