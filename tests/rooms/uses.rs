//! Which room uses which, by the paths in the sources.

use crate::tokens::{self, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file of the product.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path from the root of the repository.
    pub path: String,
    /// Its path as a module of the crate; the first name is its room.
    module: Vec<String>,
    tokens: Vec<Token>,
}

/// A path that leads from one room into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The room that is used.
    pub to: String,
    /// A place where it is, as `FILE:LINE`.
    pub place: String,
}

/// Every source file under `src`, but for those of tests. `lib.rs` is in no room: it only names them.
pub fn source_files(root: &Path) -> Vec<SourceFile> {
    let mut paths = Vec::new();
    walk(&root.join("src"), &mut paths);
    let mut files = Vec::new();
    let mut of_tests = BTreeSet::new();
    for path in paths {
        let source = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let module = module_of(&path);
        of_tests.extend(tokens::test_modules(&source).into_iter().map(|name| {
            let parent = if matches!(module[..], [ref only] if only == "lib" || only == "main") {
                &[][..]
            } else {
                &module
            };
            [parent, &[name]].concat()
        }));
        files.push(SourceFile { path, module, tokens: tokens::of_product(&source) });
    }
    files.retain(|file| {
        file.path != "src/lib.rs"
            && !(1..=file.module.len()).any(|end| of_tests.contains(&file.module[..end]))
    });
    files
}

/// All files of Rust below a directory, in order.
fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are the module `a::b`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    module.pop_if(|last| last == "mod");
    module
}

impl SourceFile {
    /// Its room.
    pub fn room(&self) -> &str {
        &self.module[0]
    }

    /// The lines that have the keyword `unsafe`.
    pub fn unsafe_lines(&self) -> Vec<usize> {
        self.tokens.iter().filter(|token| token.text == "unsafe").map(|token| token.line).collect()
    }

    /// The rooms that it uses, its own left out.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for at in 0..self.tokens.len() {
            for room in self.rooms_at(at) {
                if room != self.room() {
                    let place = format!("{}:{}", self.path, self.tokens[at].line);
                    uses.push(Use { to: room, place });
                }
            }
        }
        uses
    }

    /// The rooms that the path which begins at token `at` leads to, if one does: several, if it has braces.
    fn rooms_at(&self, at: usize) -> Vec<String> {
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text.as_str());
        let continues = at > 0 && text(at - 1) == "::";
        let after_root = match text(at) {
            // The commands are of the binary, and name the library from outside.
            "crate" | "forkcov" if text(at + 1) == "::" => at + 2,
            "super" if text(at + 1) == "::" && !continues => {
                let supers = (0..)
                    .take_while(|up| text(at + 2 * up) == "super" && text(at + 2 * up + 1) == "::")
                    .count();
                if supers < self.module.len() + self.inline_modules_at(at) {
                    return Vec::new();
                }
                at + 2 * supers
            }
            // The rooms of the binary, which `main.rs` declares.
            "mod" if self.path == "src/main.rs" && text(at + 2) == ";" => at + 1,
            _ => return Vec::new(),
        };
        match text(after_root) {
            "{" => self.first_names(after_root),
            name => vec![name.to_owned()],
        }
    }

    /// How many modules `mod NAME { ... }` of the file the token is in.
    fn inline_modules_at(&self, at: usize) -> usize {
        let mut braces = Vec::new();
        for index in 0..at {
            match self.tokens[index].text.as_str() {
                "{" => braces.push(index >= 2 && self.tokens[index - 2].text == "mod"),
                "}" => drop(braces.pop()),
                _ => {}
            }
        }
        braces.into_iter().filter(|is_module| *is_module).count()
    }

    /// The first name of each path between the braces that open at token `open`.
    fn first_names(&self, open: usize) -> Vec<String> {
        let mut names = Vec::new();
        let mut depth = 0;
        for index in open..self.tokens.len() {
            match self.tokens[index].text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                name if depth == 1 && matches!(self.tokens[index - 1].text.as_str(), "{" | ",") => {
                    names.push(name.to_owned());
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        names
    }
}

/// For each room, the rooms that it uses, each with a place.
pub fn by_room(files: &[SourceFile]) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut rooms = BTreeMap::<_, BTreeMap<_, _>>::new();
    for file in files {
        let used = rooms.entry(file.room().to_owned()).or_default();
        for Use { to, place } in file.uses() {
            used.entry(to).or_insert(place);
        }
    }
    rooms
}

/// A way along which a room uses itself by others, if there is one.
pub fn circle(rooms: &BTreeMap<String, BTreeMap<String, String>>) -> Option<Vec<String>> {
    fn follow<'a>(
        room: &'a str,
        way: &mut Vec<&'a str>,
        rooms: &'a BTreeMap<String, BTreeMap<String, String>>,
    ) -> bool {
        if let Some(start) = way.iter().position(|earlier| *earlier == room) {
            way.drain(..start);
            way.push(room);
            return true;
        }
        way.push(room);
        if rooms.get(room).is_some_and(|used| used.keys().any(|next| follow(next, way, rooms))) {
            return true;
        }
        way.pop();
        false
    }
    rooms.keys().find_map(|room| {
        let mut way = Vec::new();
        follow(room, &mut way, rooms).then(|| way.into_iter().map(str::to_owned).collect())
    })
}

fn rooms_of(path: &str, source: &str) -> Vec<String> {
    let file =
        SourceFile { path: path.to_owned(), module: module_of(path), tokens: tokens::of_product(source) };
    file.uses().into_iter().map(|used| used.to).collect()
}

#[test]
fn every_form_of_path_is_seen() {
    assert_eq!(rooms_of("src/a.rs", "use crate::b::C; use crate::a::D;"), ["b"]);
    assert_eq!(rooms_of("src/a/d.rs", "fn f() -> crate::b::C { crate::c::g() }"), ["b", "c"]);
    assert_eq!(rooms_of("src/a/mod.rs", "use crate::{b::{C, e}, c, a::f};"), ["b", "c"]);
    assert_eq!(rooms_of("src/commands/a.rs", "use forkcov::{b, c::D}; use super::e;"), ["b", "c"]);
    assert_eq!(rooms_of("src/main.rs", "mod b; fn main() -> c { forkcov::d::e(); b::f() }"), ["b", "d"]);
}

#[test]
fn super_that_leaves_the_room_is_seen() {
    assert_eq!(rooms_of("src/a/d.rs", "use super::b::C;"), [""; 0]);
    assert_eq!(rooms_of("src/a/d.rs", "use super::super::b::C;"), ["b"]);
    assert_eq!(rooms_of("src/a/mod.rs", "use super::{b, c::D};"), ["b", "c"]);
    assert_eq!(rooms_of("src/a/mod.rs", "mod inside { use super::b; use super::super::c; }"), ["c"]);
}

#[test]
fn circles_are_found() {
    let rooms = |edges: &[(&str, &str)]| {
        let mut rooms = BTreeMap::<String, BTreeMap<String, String>>::new();
        for (from, to) in edges {
            rooms.entry((*from).to_owned()).or_default().insert((*to).to_owned(), String::new());
        }
        rooms
    };
    assert_eq!(circle(&rooms(&[("a", "b"), ("a", "c"), ("b", "c")])), None);
    let way = circle(&rooms(&[("a", "b"), ("b", "c"), ("c", "b")])).unwrap();
    assert_eq!(way, ["b", "c", "b"]);
}
