//! Sources in Python that no interpreter has imported: whoever names a directory with `--source` wants to see them, as
//! missed.

use crate::data::object_table::{ObjectTable, SOURCES, SiteLine};
use crate::runtime::python::statements::{Exclusions, Statements};
use crate::sources::{SourceFilter, normalised};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The lines of the sources below `directories` that count and are not among `seen`, as those of an object none of whose
/// sites is ever reached. `None` if there are none.
pub fn table(directories: &[PathBuf], filter: &SourceFilter, seen: &HashSet<PathBuf>) -> Option<ObjectTable> {
    let nothing_excluded = Exclusions::new::<&str>(&[]).ok()?;
    let mut table = ObjectTable {
        id: SOURCES.to_owned(),
        path: String::new(),
        sites: 1,
        files: Vec::new(),
        lines: Vec::new(),
        joined: Vec::new(),
        functions: Vec::new(),
    };
    // A source can have been imported by another name.
    let seen: HashSet<PathBuf> = seen.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let directories = directories.iter().filter_map(|directory| std::path::absolute(directory).ok());
    for path in directories.flat_map(|directory| modules(&normalised(&directory))) {
        if path.canonicalize().is_ok_and(|path| seen.contains(&path)) || !filter.wants(&path) {
            continue;
        }
        // Templates and the like have the name of a module, too.
        let Some(statements) =
            fs::read(&path).ok().and_then(|text| Statements::of(&text, &nothing_excluded).ok())
        else {
            continue;
        };
        let file = table.files.len() as u32;
        table.lines.extend(statements.executable().map(|line| SiteLine { site: 0, file, line }));
        table.files.push(path.to_string_lossy().into_owned());
    }
    (!table.lines.is_empty()).then_some(table)
}

/// What can be imported from `directory`, as coverage.py has it: modules, and those of the packages below.
fn modules(directory: &Path) -> Vec<PathBuf> {
    let mut modules = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && path.join("__init__.py").exists() => directories.push(path),
                Ok(kind) if !kind.is_dir() && is_module(&path) => modules.push(path),
                _ => {}
            }
        }
    }
    modules.sort();
    modules
}

/// Has it the name of a module? Editors leave other names with odd characters in them.
fn is_module(path: &Path) -> bool {
    const ODD: &str = ".#~!$@%^&*()+=,";
    let is_plain = |stem: &str| !stem.is_empty() && !stem.contains(|character| ODD.contains(character));
    path.extension().is_some_and(|extension| extension == "py" || extension == "pyw")
        && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_searched_and_other_directories_are_not() {
        let root = tempfile::tempdir().unwrap();
        for directory in ["package/deep", "data"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        for file in [
            "a.py",
            "b.pyw",
            "c.txt",
            ".#a.py",
            "a~.py",
            "package/__init__.py",
            "package/d.py",
            "package/deep/e.py",
            "data/f.py",
        ] {
            fs::write(root.path().join(file), "x = 1\n").unwrap();
        }
        let names: Vec<_> = modules(root.path())
            .iter()
            .map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["a.py", "b.pyw", "package/__init__.py", "package/d.py"]);
    }
}
