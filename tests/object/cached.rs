//! The cache returns what a fresh read would return, whatever has changed in between.

use forkcov_testing::needs;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use forkcov::cache::{Cache, EntryId, ObjectRead};
use forkcov::object::{self, DebugSearch, FileIdentity, Object};
use forkcov::plain::stream::{Reader, Stored, Writer};

use crate::support::Workshop;

const ROOM: u64 = 1 << 24;
const SHAPE: &str =
    "inline int area(int a) {\n  return a * a;\n}\nint volume(int a) {\n  return area(a) * a;\n}\n";
const MAIN: &str = "int volume(int);\nint main() {\n  return volume(2) - 8;\n}\n";

/// A workshop, and a cache in it that keeps everything.
struct Kept {
    workshop: Workshop,
    cache: Cache,
    search: DebugSearch,
}

impl Kept {
    fn new(sources: &[(&str, &str)]) -> Self {
        let workshop = Workshop::new(sources);
        let cache = Cache::at(workshop.path("cache"), String::new(), Duration::ZERO, ROOM);
        let search = DebugSearch { roots: vec![workshop.path("root")], ..DebugSearch::none() };
        Self { workshop, cache, search }
    }

    /// Two units in C++, compiled; false without the compiler.
    fn builds(&self, compiler: &str, options: &[&str]) -> bool {
        let run = |arguments: &[&str]| self.workshop.run(compiler, &[options, arguments].concat());
        run(&["-c", "shape.cpp", "-o", "shape.o"])
            && run(&["-c", "main.cpp", "-o", "main.o"])
            && run(&["main.o", "shape.o", "-o", "main"])
    }

    fn read_of(&self, cache: &Cache, name: &str, wanted: &dyn Fn(&Path) -> bool) -> ObjectRead {
        let path = self.workshop.path(name);
        let got = cache.read(&self.search, &File::open(&path).unwrap(), &path, wanted).expect("an object");
        assert_eq!(got.object, self.anew(name, wanted), "{name}");
        got
    }

    fn anew(&self, name: &str, wanted: &dyn Fn(&Path) -> bool) -> Object {
        let path = self.workshop.path(name);
        object::read_with(&self.search, &File::open(&path).unwrap(), &path, wanted).expect("an object")
    }

    /// Whether `name` is in the cache; what is read is always what reading anew gives.
    fn is_cached(&self, name: &str) -> bool {
        self.settle();
        let below = self.workshop.path("");
        self.read_of(&self.cache, name, &|path| path.starts_with(&below)).is_cached
    }

    fn entries(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.workshop.path("cache")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Waits until what is written now would have another time of change than all that is here.
    fn settle(&self) {
        let newest = walk(&self.workshop.path("")).into_iter().map(|path| {
            FileIdentity::of(&path.metadata().unwrap()).changed().expect("a time after the epoch")
        });
        let newest = newest.max().unwrap_or_default() + Duration::from_millis(30);
        while SystemTime::now().duration_since(UNIX_EPOCH).unwrap() < newest {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn cplusplus() -> Kept {
    Kept::new(&[("shape.cpp", SHAPE), ("main.cpp", MAIN)])
}

#[test]
fn the_same_comes_out_as_was_read() {
    for compiler in ["g++", "clang++"] {
        for options in [
            &["-g", "-O0"][..],
            &["-g", "-O2"],
            &["-gdwarf-4", "-O2"],
            &["-g", "-gz"],
            &["-g", "-gsplit-dwarf"],
            &["-gdwarf-4", "-O2", "-gsplit-dwarf"],
            &["-g", "-O1", "-Wl,--build-id=none"],
            &["-g0"],
        ] {
            let kept = cplusplus();
            if kept.builds(compiler, options) {
                assert!(!kept.is_cached("main"), "{compiler} {options:?}");
                assert!(kept.is_cached("main"), "{compiler} {options:?}");
            }
        }
    }
    let kept = Kept::new(&[
        ("main.c", "int main(void) {\n  return 0;\n}\n"),
        ("main.rs", "fn main() {\n    for n in 0..3 {\n        println!(\"{n}\");\n    }\n}\n"),
    ]);
    let c = kept.workshop.run("gcc", &["-g", "main.c", "-o", "c"]);
    let rust = kept.workshop.run("rustc", &["-g", "main.rs", "-o", "rust"]);
    for name in [c.then_some("c"), rust.then_some("rust")].into_iter().flatten() {
        assert!(!kept.is_cached(name) && kept.is_cached(name), "{name}");
    }
}

#[test]
fn a_damaged_entry_is_as_if_absent() {
    let kept = cplusplus();
    if !kept.builds("g++", &["-g"]) {
        needs::stop();
    }
    assert!(!kept.is_cached("main"));
    let [entry] = &kept.entries()[..] else { panic!("{:?}", kept.entries()) };
    let whole = fs::read(entry).unwrap();
    for at in (0..whole.len()).step_by(401).chain(0..20).chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        for bytes in [&whole[..at], &damaged] {
            fs::write(entry, bytes).unwrap();
            assert!(!kept.is_cached("main"), "{at}");
            assert!(kept.is_cached("main"), "{at}: it is put right");
        }
    }
    // An entry of a later version is sound for a reader of that version.
    let mut other = whole.clone();
    other[7] += 1;
    fs::write(entry, other).unwrap();
    assert!(!kept.is_cached("main"));
}

/// What is derived from an object.
#[derive(Debug, PartialEq)]
struct Derived(Vec<u8>);

impl Stored for Derived {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.array(&self.0)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        reader.bytes().map(Self)
    }
}

#[test]
fn what_is_derived_from_an_entry_goes_with_it() {
    let kept = cplusplus();
    if !kept.builds("g++", &["-g", "-Wl,--build-id=none"]) {
        needs::stop();
    }
    let read = || {
        kept.settle();
        kept.read_of(&kept.cache, "main", &|path| path.starts_with(kept.workshop.path("")))
    };
    let derived = |entry: &EntryId, what| kept.cache.derived::<Derived>(entry, what);
    let keep = |entry: &EntryId, bytes: &[u8]| {
        kept.cache.keep_derived(entry, "one", &Derived(bytes.to_vec())).unwrap();
    };
    let first = read().entry.expect("it is written");
    assert_eq!(derived(&first, "one"), None);
    keep(&first, b"of the first");
    let again = read();
    let entry = again.entry.expect("it is there");
    assert!(again.is_cached);
    assert_eq!(derived(&entry, "one"), Some(Derived(b"of the first".to_vec())));
    assert_eq!(derived(&entry, "two"), None);
    let path = kept.entries().into_iter().find(|path| path.extension().is_some()).unwrap();
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        for bytes in [&whole[..at], &damaged, &[&whole[..], &[0]].concat()] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(derived(&entry, "one"), None, "{at}");
        }
    }
    fs::write(&path, &whole).unwrap();
    assert!(derived(&entry, "one").is_some());
    // Another program, whose entry takes the place of the first one's.
    fs::write(kept.workshop.path("main.cpp"), MAIN.replace('\n', "\n\n")).unwrap();
    assert!(kept.builds("g++", &["-g", "-Wl,--build-id=none"]));
    let other = read();
    let entry = other.entry.expect("it is written");
    assert!(!other.is_cached);
    assert_eq!(derived(&entry, "one"), None);
    assert_eq!(kept.entries().len(), 2);
    keep(&entry, b"of the second");
    assert_eq!(derived(&entry, "one"), Some(Derived(b"of the second".to_vec())));
    assert_eq!(derived(&first, "one"), None);
}

#[test]
fn whatever_changes_is_noticed() {
    let kept = cplusplus();
    let there = |name: &str| kept.workshop.path(name);
    if !kept.builds("g++", &["-g", "-gsplit-dwarf", "-O1"]) {
        needs::stop();
    }
    let changed = |what: &str, change: &dyn Fn()| {
        assert!(kept.is_cached("main") || kept.is_cached("main"), "before: {what}");
        change();
        assert!(!kept.is_cached("main"), "{what}");
    };
    changed("the split unit is written again", &|| {
        let unit = fs::read(there("shape.dwo")).unwrap();
        fs::write(there("shape.dwo"), unit).unwrap();
    });
    changed("the split unit is of another build", &|| {
        let sources =
            [("shape.cpp", "\n\nint volume(int a) {\n  return a * a * a;\n}\n"), ("main.cpp", MAIN)];
        let other = Kept::new(&sources);
        assert!(other.builds("g++", &["-g", "-gsplit-dwarf", "-O1"]));
        fs::copy(other.workshop.path("shape.dwo"), there("shape.dwo")).unwrap();
    });
    // What is not whole is never kept.
    assert!(!kept.is_cached("main"));
    assert!(kept.builds("g++", &["-g", "-gsplit-dwarf", "-O1"]));
    changed("there is a package", &|| fs::write(there("main.dwp"), "none").unwrap());
    changed("there is none again", &|| fs::remove_file(there("main.dwp")).unwrap());
    changed("the object is written again", &|| {
        let object = fs::read(there("main")).unwrap();
        fs::write(there("main"), object).unwrap();
    });
    changed("the split unit is gone", &|| fs::remove_file(there("shape.dwo")).unwrap());
}

#[test]
fn debug_files_that_come_change_and_go_are_noticed() {
    let kept = cplusplus();
    let there = |name: &str| kept.workshop.path(name);
    if !kept.builds("g++", &["-g", "-O1"])
        || !kept.workshop.try_tool("objcopy", &["--only-keep-debug", "main", "away.debug"])
    {
        needs::stop();
    }
    fs::rename(there("away.debug"), there("main.debug")).unwrap();
    kept.workshop.tool("objcopy", &["--strip-all", "--add-gnu-debuglink=main.debug", "main"]);
    let debug = fs::read(there("main.debug")).unwrap();
    assert!(!kept.is_cached("main"));
    assert!(kept.is_cached("main"));
    fs::write(there("main.debug"), &debug).unwrap();
    assert!(!kept.is_cached("main"), "it was written to");
    assert!(kept.is_cached("main"));
    fs::remove_file(there("main.debug")).unwrap();
    assert!(!kept.is_cached("main"), "it is gone");
    assert!(kept.is_cached("main"), "that it is gone is known");
    fs::write(there("main.debug"), &debug).unwrap();
    assert!(!kept.is_cached("main"), "it has come again");
    assert!(kept.is_cached("main"));
    fs::create_dir(there(".debug")).unwrap();
    fs::write(there(".debug/main.debug"), &debug).unwrap();
    assert!(kept.is_cached("main"), "nobody has looked there");
}

#[test]
fn another_choice_of_sources_is_another_object() {
    let kept = cplusplus();
    if !kept.builds("g++", &["-g"]) {
        needs::stop();
    }
    let read = |end: &'static str| kept.read_of(&kept.cache, "main", &move |path| path.ends_with(end));
    kept.settle();
    for end in ["main.cpp", "shape.cpp", "none.cpp"] {
        let (first, again) = (read(end), read(end));
        assert!(!first.is_cached && again.is_cached, "{end}");
        assert_eq!(again.object.files.len(), usize::from(end != "none.cpp"));
    }
    // Users with different filters do not overwrite each other's entries.
    let caches = ["a", "b"]
        .map(|filter| Cache::at(kept.workshop.path("other"), filter.to_owned(), Duration::ZERO, ROOM));
    for expected in [false, true] {
        for (cache, end) in caches.iter().zip(["main.cpp", "shape.cpp"]) {
            assert_eq!(kept.read_of(cache, "main", &|path| path.ends_with(end)).is_cached, expected, "{end}");
        }
    }
}

#[test]
fn what_was_not_used_for_the_longest_time_goes_first() {
    let kept = cplusplus();
    if !kept.builds("g++", &["-g"]) {
        needs::stop();
    }
    for copy in ["one", "two", "three"] {
        fs::copy(kept.workshop.path("main"), kept.workshop.path(copy)).unwrap();
    }
    assert!(!kept.is_cached("main"));
    let size = kept.entries()[0].metadata().unwrap().len();
    let cache = Cache::at(kept.workshop.path("cache"), String::new(), Duration::ZERO, size * 5 / 2);
    let read = |name: &str| kept.read_of(&cache, name, &|path| path.extension().is_some()).is_cached;
    let age = || {
        for entry in kept.entries() {
            let file = File::open(entry).unwrap();
            let used = file.metadata().unwrap().modified().unwrap();
            file.set_modified(used - Duration::from_secs(100)).unwrap();
        }
    };
    kept.settle();
    for name in ["one", "two"] {
        age();
        assert!(!read(name));
    }
    assert_eq!(kept.entries().len(), 2, "there is room for two");
    age();
    assert!(read("one"));
    age();
    assert!(!read("three"));
    assert_eq!(kept.entries().len(), 2);
    assert!(read("one") && read("three"), "they were used last");
    assert!(!read("two"));
    let tiny = Cache::at(kept.workshop.path("tiny"), String::new(), Duration::ZERO, 10);
    assert!(kept.read_of(&tiny, "main", &|_| true).failure.is_none());
    assert!(!kept.workshop.path("tiny").exists());
}

#[test]
fn many_at_once_read_what_is_there_or_nothing() {
    let kept = cplusplus();
    if !kept.builds("g++", &["-g"]) {
        needs::stop();
    }
    fs::copy(kept.workshop.path("main"), kept.workshop.path("other")).unwrap();
    kept.settle();
    let expected = ["main", "other"].map(|name| kept.anew(name, &|_| true));
    assert!(!kept.is_cached("main"));
    // There is room for two of the four, so each goes again and again.
    let (directory, search) = (kept.workshop.path("cache"), &kept.search);
    let size = kept.entries()[0].metadata().unwrap().len() * 5 / 2;
    thread::scope(|scope| {
        for filter in ["a", "a", "b", "b"] {
            let cache = Cache::at(directory.clone(), filter.to_owned(), Duration::ZERO, size);
            let expected = &expected;
            scope.spawn(move || {
                for object in (0..40).map(|turn| &expected[turn % 2]) {
                    let file = File::open(&object.path).unwrap();
                    let got = cache.read(search, &file, &object.path, &|_| true).expect("an object");
                    assert_eq!(got.object, *object);
                    // Another may have removed what was begun, to make room.
                    let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
                    assert!(got.failure.as_ref().is_none_or(is_missing), "{:?}", got.failure);
                }
            });
        }
    });
}

#[test]
fn a_cache_that_cannot_be_written_is_none() {
    let kept = cplusplus();
    if !kept.builds("g++", &["-g"]) {
        needs::stop();
    }
    kept.settle();
    let nowhere = Cache::at(kept.workshop.path("main.cpp/below"), String::new(), Duration::ZERO, ROOM);
    for _ in 0..2 {
        let got = kept.read_of(&nowhere, "main", &|_| true);
        assert!(!got.is_cached && got.failure.is_some());
    }
    for cache in [Cache::default(), Cache::at(kept.workshop.path("slow"), String::new(), Duration::MAX, ROOM)]
    {
        for _ in 0..2 {
            let got = kept.read_of(&cache, "main", &|_| true);
            assert!(!got.is_cached && got.failure.is_none());
        }
    }
    assert!(!kept.workshop.path("slow").exists(), "what is read fast is not kept");
}

/// Where a source with a relative name is, to which file a link leads, and how long a source is.
#[test]
fn what_names_of_sources_lead_to_is_part_of_the_answers() {
    let text = "int main(void) {\n#line 2\n  return 0;\n}\n#line 9\nint f(void) { return 1; }\n";
    let kept = Kept::new(&[("src/main.c", text), ("build/none", "")]);
    let root = kept.workshop.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    let build = format!("cd build && gcc -g -ffile-prefix-map={root}=. {root}/src/main.c -o main");
    kept.workshop.tool("sh", &["-c", &build]);
    let path = |name: &str| kept.workshop.path(name);
    let files = || {
        kept.settle();
        let wanted = |path: &Path| path.is_absolute();
        let first = kept.read_of(&kept.cache, "build/main", &wanted);
        assert!(!first.is_cached);
        let again = kept.read_of(&kept.cache, "build/main", &wanted);
        assert!(again.is_cached);
        let lines: Vec<u32> = again.object.lines.iter().map(|line| line.line).collect();
        (again.object.files, lines.into_iter().max())
    };
    assert_eq!(files(), (vec![path("src/main.c")], Some(3)));
    // A nearer file of that name does not count, since the directory of the compilation is not there.
    fs::create_dir(path("build/src")).unwrap();
    fs::write(path("build/src/main.c"), text).unwrap();
    assert_eq!(files(), (vec![path("src/main.c")], Some(3)));
    fs::rename(path("src/main.c"), path("src/real.c")).unwrap();
    std::os::unix::fs::symlink("real.c", path("src/main.c")).unwrap();
    assert_eq!(files(), (vec![path("src/real.c")], Some(3)));
    fs::write(path("src/real.c"), [text, "\n\n\n"].concat()).unwrap();
    assert_eq!(files(), (vec![path("src/real.c")], Some(9)));
    fs::remove_file(path("src/main.c")).unwrap();
    assert_eq!(files().0, [path("build/src/main.c")]);
}

/// A process that has another current directory reads another object of what is relative.
#[test]
fn what_is_below_the_current_directory_depends_on_it() {
    let here = std::env::current_dir().unwrap();
    let kept = Kept::new(&[("src/lib.rs", "int main(void) {\n  return 0;\n}\n")]);
    let root = kept.workshop.path("");
    let map = format!("-ffile-prefix-map={}=.", root.to_str().unwrap().trim_end_matches('/'));
    if !kept.workshop.run("gcc", &["-g", &map, "-x", "c", "src/lib.rs", "-o", "main"]) {
        needs::stop();
    }
    fs::remove_file(kept.workshop.path("src/lib.rs")).unwrap();
    kept.settle();
    let wanted = |path: &Path| path.starts_with(&here);
    assert!(!kept.read_of(&kept.cache, "main", &wanted).is_cached);
    let got = kept.read_of(&kept.cache, "main", &wanted);
    assert!(got.is_cached && got.object.files == [here.join("src/lib.rs")]);
    let entry = &kept.entries()[0];
    let spelt = |bytes: &[u8]| {
        bytes.windows(here.as_os_str().len()).any(|it| it == here.as_os_str().as_encoded_bytes())
    };
    assert!(spelt(&fs::read(entry).unwrap()), "the directory is among the answers");
}
