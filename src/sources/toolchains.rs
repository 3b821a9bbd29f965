//! Toolchains and environments that can be installed anywhere, known by the files that each of them has.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An installation below some directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installation {
    /// An environment of conda or venv: what is installed is in some of its directories.
    Environment,
    /// An installation of CPython: commands of installed packages are beside it.
    Python,
    /// A root of Go: its sources are in `src`.
    Go,
    /// The headers of CPython or of Node.js.
    Headers,
}

/// Recognises files of toolchains. Each directory is looked at once.
#[derive(Debug, Default)]
pub(super) struct Toolchains(RefCell<HashMap<PathBuf, Option<Installation>>>);

impl Toolchains {
    /// The installation that the absolute `path` is part of.
    pub(super) fn root_of<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        path.ancestors().skip(1).find(|root| {
            let first = path.strip_prefix(root).ok().and_then(|rest| rest.components().next());
            let first = first.map(|first| first.as_os_str().to_string_lossy());
            self.installation(root).is_some_and(|installation| match installation {
                Installation::Environment => {
                    matches!(first.as_deref(), Some("bin" | "include" | "lib" | "lib64" | "share"))
                        || first.is_some_and(|first| first.contains("-conda-"))
                }
                Installation::Python => first.as_deref() == Some("bin"),
                Installation::Go => first.as_deref() == Some("src"),
                Installation::Headers => true,
            })
        })
    }

    fn installation(&self, directory: &Path) -> Option<Installation> {
        if let Some(known) = self.0.borrow().get(directory) {
            return *known;
        }
        let installation = installation(directory);
        self.0.borrow_mut().insert(directory.to_owned(), installation);
        installation
    }
}

fn installation(directory: &Path) -> Option<Installation> {
    let has = |name: &str| directory.join(name).exists();
    if has("conda-meta/history") || has("pyvenv.cfg") {
        Some(Installation::Environment)
    } else if has("bin/python3") && has_standard_library(directory) {
        Some(Installation::Python)
    } else if has("src/runtime/proc.go") && has("VERSION") {
        let version = fs::read(directory.join("VERSION"));
        version
            .is_ok_and(|text| text.starts_with(b"go") || text.starts_with(b"devel"))
            .then_some(Installation::Go)
    } else if (has("Python.h") && has("patchlevel.h")) || (has("node_version.h") && has("node_api.h")) {
        Some(Installation::Headers)
    } else {
        None
    }
}

/// Whether Python's standard library is below `directory`.
fn has_standard_library(directory: &Path) -> bool {
    let Ok(entries) = fs::read_dir(directory.join("lib")) else { return false };
    let is_library = |entry: &fs::DirEntry| {
        entry.file_name().as_encoded_bytes().starts_with(b"python3.") && entry.path().join("os.py").exists()
    };
    entries.flatten().any(|entry| is_library(&entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_is_known_by_its_files() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        for (name, text) in [
            ("conda/conda-meta/history", ""),
            ("venv/pyvenv.cfg", ""),
            ("versions/3.13/bin/python3", ""),
            ("versions/3.13/lib/python3.13/os.py", ""),
            ("app/bin/python3", ""),
            ("app/lib/python/os.py", ""),
            ("tools/golang/VERSION", "go1.22.1\n"),
            ("tools/golang/src/runtime/proc.go", ""),
            ("project/VERSION", "1.0\n"),
            ("project/src/runtime/proc.go", ""),
            ("py/headers/Python.h", ""),
            ("py/headers/patchlevel.h", ""),
            ("node/node_version.h", ""),
            ("node/node_api.h", ""),
        ] {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), text).unwrap();
        }
        let toolchains = Toolchains::default();
        for (source, root) in [
            ("conda/include/boost/any.hpp", Some("conda")),
            ("conda/x86_64-conda-linux-gnu/include/c++/12/vector", Some("conda")),
            ("conda/work/main.c", None),
            ("venv/include/site/python3.12/greenlet/greenlet.h", Some("venv")),
            ("venv/bin/pytest", Some("venv")),
            ("venv/main.c", None),
            ("versions/3.13/bin/pytest", Some("versions/3.13")),
            ("versions/3.13/app.py", None),
            ("app/bin/app.py", None),
            ("tools/golang/src/fmt/print.go", Some("tools/golang")),
            ("tools/golang/test/a.go", None),
            ("project/src/fmt/print.go", None),
            ("py/headers/cpython/object.h", Some("py/headers")),
            ("py/main.c", None),
            ("node/v8.h", Some("node")),
        ] {
            assert_eq!(toolchains.root_of(&path(source)), root.map(path).as_deref(), "{source}");
        }
    }
}
