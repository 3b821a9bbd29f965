//! Modules: the source files that a program could import.

use crate::runtime::source_tree::sources_below;
use std::path::{Path, PathBuf};

/// The modules in `directory`, and in the packages below it, as coverage.py finds them; sorted.
pub(super) fn modules(directory: &Path) -> Vec<PathBuf> {
    sources_below(directory, |path| path.join("__init__.py").exists(), is_module)
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
    use std::fs;

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
