//! The Python interpreters of this machine.

use crate::paths;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A CPython 3.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// Its version, with a `t` if it is free-threaded, followed by ` with musl` if that is its C library, and by
    /// ` in DIRECTORY` if another interpreter has the same version.
    pub name: String,
    /// Whether it has no global interpreter lock (PEP 703).
    pub free_threaded: bool,
    /// The second number of its version.
    pub minor: u32,
    /// Its executable, without symbolic links.
    pub path: PathBuf,
    /// Whether `Python.h` is there.
    pub headers: bool,
    /// Whether a shared library of it can be linked with.
    pub libpython: bool,
    /// Whether it can load libraries: it is not linked statically.
    pub loads: bool,
    /// Whether it can make virtual environments with pip.
    pub environments: bool,
}

/// A script that prints these properties. In a virtual environment it describes the base interpreter.
const QUESTION: &str = "\
import os, sys, sysconfig
get = sysconfig.get_config_var
def can(statements):
    try:
        exec(statements)
    except (ImportError, OSError):
        return False
    return True
print(sys.implementation.name)
print('%d.%d.%d' % sys.version_info[:3] + sys.abiflags + (' with musl' if 'musl' in get('SOABI') else ''))
print('t' in sys.abiflags)
print(sys.version_info[1])
print(os.path.realpath(sys.executable))
print(os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')))
print(bool(get('Py_ENABLE_SHARED')) and os.path.exists(os.path.join(get('LIBDIR'), get('LDLIBRARY'))))
print(can('import ctypes; ctypes.CDLL(None)'))
print(can('import ensurepip, ssl'))
";

impl Interpreter {
    /// Asks the interpreter at `path`; `None` if it does not run, or is not CPython 3.
    fn at(path: &Path) -> Option<Interpreter> {
        let output = Command::new(path).args(["-I", "-c", QUESTION]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
        let [implementation, version, free_threaded, minor, path, headers, libpython, loads, environments] =
            text.lines().collect::<Vec<_>>().try_into().ok()?;
        (implementation == "cpython" && version.starts_with("3.")).then(|| Interpreter {
            name: version.to_string(),
            free_threaded: free_threaded == "True",
            minor: minor.parse().unwrap_or_default(),
            path: PathBuf::from(path),
            headers: headers == "True",
            libpython: libpython == "True",
            loads: loads == "True",
            environments: environments == "True",
        })
    }

    /// Can it make virtual environments, for which a registry has packages with native code?
    pub fn has_packages(&self) -> bool {
        self.environments && !self.free_threaded && !self.name.contains(" with musl")
    }

    /// The core of coverage.py that sees each line which follows another, as its default since 3.14 does not.
    /// coverage.py 7.17 has no native code for free-threaded 3.13.
    pub fn coverage_core(&self) -> &'static str {
        if self.free_threaded { "pytrace" } else { "ctrace" }
    }

    /// Its name as that of a directory.
    pub fn file_name(&self) -> String {
        self.name.replace(['/', ' '], "-")
    }

    /// An interpreter of another version.
    pub fn another<'a>(&self, found: &'a [Interpreter]) -> Option<&'a Interpreter> {
        found.iter().rev().find(|other| other.minor != self.minor)
    }
}

/// The interpreters below `target/pythons`, of pyenv and in `$PATH` with one of the minor versions `wanted`,
/// each once, the oldest first.
pub fn found(wanted: RangeInclusive<u32>) -> Vec<Interpreter> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<Interpreter> = candidates(&wanted)
        .iter()
        .filter_map(|path| Interpreter::at(path))
        .filter(|interpreter| wanted.contains(&interpreter.minor) && seen.insert(interpreter.path.clone()))
        .collect();
    found.sort_by(|a, b| (a.minor, &a.name, &a.path).cmp(&(b.minor, &b.name, &b.path)));
    let mut names = BTreeSet::new();
    for interpreter in &mut found {
        if !names.insert(interpreter.name.clone()) {
            interpreter.name +=
                &format!(" in {}", interpreter.path.parent().unwrap_or(Path::new("/")).display());
        }
    }
    found
}

fn candidates(wanted: &RangeInclusive<u32>) -> Vec<PathBuf> {
    let ours = paths::scratch().with_file_name("pythons");
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv"));
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or(home).unwrap_or_default();
    let versions = [ours, pyenv.join("versions")].into_iter().flat_map(std::fs::read_dir).flatten().flatten();
    let mut paths: Vec<PathBuf> = versions.map(|version| version.path().join("bin/python3")).collect();
    // A shim of pyenv in the path leads to one of the above.
    let path: OsString = std::env::var_os("PATH").unwrap_or_default();
    for directory in std::env::split_paths(&path) {
        paths.push(directory.join("python3"));
        paths.extend(wanted.clone().map(|minor| directory.join(format!("python3.{minor}"))));
    }
    paths.retain(|path| path.is_file());
    paths
}
