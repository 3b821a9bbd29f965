//! A source file, and the modules that its paths lead to.

use crate::tokens::{self, Token};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A source file of the product.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path from the root of the repository.
    pub path: String,
    /// Its path as a module of the crate; the first name is its room.
    pub module: Vec<String>,
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
    let mut files = Vec::new();
    let mut of_tests = BTreeSet::new();
    for (path, source) in read_all(root, &["rs"]) {
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

/// Every file under `src` with one of these extensions, in order: its path from the root, and its text.
pub fn read_all(root: &Path, extensions: &[&str]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root.join("src"), &mut paths);
    let is_wanted =
        |path: &PathBuf| path.extension().is_some_and(|end| extensions.iter().any(|wanted| end == *wanted));
    let from_root = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    let read = |path: PathBuf| (from_root(&path), fs::read_to_string(&path).unwrap());
    paths.into_iter().filter(is_wanted).map(read).collect()
}

/// All files below a directory, in order.
fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else {
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
        for (at, token) in self.tokens.iter().enumerate() {
            for path in self.paths_at(at) {
                if path[0] != self.room() {
                    uses.push(Use { to: path[0].clone(), place: format!("{}:{}", self.path, token.line) });
                }
            }
        }
        uses
    }

    /// The uses of one module by another, where both are in the same directory, with the path of that
    /// directory as a module. A use between modules below them counts as theirs.
    pub fn uses_of_siblings(&self, modules: &BTreeSet<&[String]>) -> Vec<(Vec<String>, String, Use)> {
        let mut uses = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            for path in self.paths_at(at) {
                let target = (1..=path.len()).rev().find(|&end| modules.contains(&path[..end]));
                let Some(target) = target.map(|end| &path[..end]) else { continue };
                let parting = self.module.iter().zip(target).position(|(own, other)| own != other);
                if let Some(depth) = parting.filter(|&depth| depth > 0) {
                    let place = format!("{}:{}", self.path, token.line);
                    let to = Use { to: target[depth].clone(), place };
                    uses.push((self.module[..depth].to_vec(), self.module[depth].clone(), to));
                }
            }
        }
        uses
    }

    /// The paths from the root of the crate that begin at token `at`: none, one, or several if it has braces.
    fn paths_at(&self, at: usize) -> Vec<Vec<String>> {
        let continues = at > 0 && self.text(at - 1) == "::";
        let mut paths = Vec::new();
        match self.text(at) {
            // The commands are of the binary, and name the library from outside.
            "crate" | "forkcov" if self.text(at + 1) == "::" => {
                self.expand(at + 2, Vec::new(), &mut paths);
            }
            "self" if self.text(at + 1) == "::" && !continues => {
                self.expand(at + 2, self.module.clone(), &mut paths);
            }
            "super" if self.text(at + 1) == "::" && !continues => {
                let is_super =
                    |up: &usize| self.text(at + 2 * up) == "super" && self.text(at + 2 * up + 1) == "::";
                let supers = (0..).take_while(is_super).count();
                let inside = self.inline_modules_at(at);
                // Otherwise it leads to a module in the same file.
                if supers > inside {
                    let kept = self.module.len().saturating_sub(supers - inside);
                    self.expand(at + 2 * supers, self.module[..kept].to_vec(), &mut paths);
                }
            }
            // The rooms of the binary, which `main.rs` declares.
            "mod" if self.path == "src/main.rs" && self.text(at + 2) == ";" => {
                paths.push(vec![self.text(at + 1).to_owned()]);
            }
            _ => {}
        }
        paths.retain(|path| !path.is_empty());
        paths
    }

    /// Adds the paths that go on at token `at`, after `start`; and returns where they end.
    fn expand(&self, mut at: usize, start: Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
        let mut path = start;
        loop {
            match self.text(at) {
                "{" => {
                    at += 1;
                    while !matches!(self.text(at), "}" | "") {
                        at = self.expand(at, path.clone(), paths);
                        // A new name (`as`), and the comma.
                        while !matches!(self.text(at), "}" | "," | "") {
                            at += 1;
                        }
                        at += usize::from(self.text(at) == ",");
                    }
                    return at + 1;
                }
                name if name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty() => {
                    if name != "self" {
                        path.push(name.to_owned());
                    }
                    at += 1;
                }
                _ => break,
            }
            if self.text(at) != "::" {
                break;
            }
            at += 1;
        }
        paths.push(path);
        at
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// How many modules `mod NAME { ... }` of the file the token is in.
    fn inline_modules_at(&self, at: usize) -> usize {
        let mut braces = Vec::new();
        for index in 0..at {
            match self.text(index) {
                "{" => braces.push(index >= 2 && self.text(index - 2) == "mod"),
                "}" => drop(braces.pop()),
                _ => {}
            }
        }
        braces.into_iter().filter(|is_module| *is_module).count()
    }
}

/// A file for a test.
pub fn file(path: &str, source: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), module: module_of(path), tokens: tokens::of_product(source) }
}

fn rooms_of(path: &str, source: &str) -> Vec<String> {
    file(path, source).uses().into_iter().map(|used| used.to).collect()
}

#[test]
fn every_form_of_path_is_seen() {
    assert_eq!(rooms_of("src/a.rs", "use crate::b::C; use crate::a::D;"), ["b"]);
    assert_eq!(rooms_of("src/a/d.rs", "fn f() -> crate::b::C { crate::c::g() }"), ["b", "c"]);
    assert_eq!(rooms_of("src/a/mod.rs", "use crate::{b::{C, e}, c, a::f};"), ["b", "b", "c"]);
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
