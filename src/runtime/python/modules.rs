//! Modules: the source files that a program could import.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in `directory`, and in the packages below it, as coverage.py finds them; sorted.
pub(super) fn modules(directory: &Path) -> Vec<PathBuf> {
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

/// Whether it has the name of a module. Editors leave files whose names contain odd characters.
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
