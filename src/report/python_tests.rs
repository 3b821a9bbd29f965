//! Tests of Python as arguments of pytest and unittest, which work in the current directory. The names of
//! the tests are relative to another one: pytest's rootdir, or the one that modules were imported from. It is
//! found by where the files of the tests are.

use crate::byte_text;
use crate::data::view::{SourceFile, View};
use crate::quote;
use crate::sources::Here;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What a runner is to be given, an argument per line.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) lines: Vec<String>,
    /// What does not work here, and what to do.
    pub(super) note: Option<String>,
}

/// The arguments of pytest for these contexts of the view, or for all tests.
pub(super) fn pytest(view: &View, tests: &[usize], is_all: bool, here: &Here) -> Arguments {
    let mut arguments = Arguments::default();
    let mut roots = BTreeSet::new();
    for test in tests {
        let name = name(view, *test);
        let file = name.split("::").next().unwrap_or_default();
        let root = match directory_of(view, *test, Path::new(file)) {
            Some(root) => Some(root),
            None => above(here, Path::new(file)),
        };
        if root.is_none() {
            arguments.note.get_or_insert_with(|| {
                let file = quote::text(file);
                format!("pytest's rootdir is not known, run pytest there: {file} is neither here nor above")
            });
        }
        let argument = match &root {
            Some(root) => {
                roots.insert(from_here(here, root, Path::new("")));
                let rest = &name[file.len()..];
                format!("{}{rest}", from_here(here, root, Path::new(file)))
            }
            None => name,
        };
        // An option would begin with a hyphen.
        let hyphen = if argument.starts_with('-') { "./" } else { "" };
        arguments.lines.push(format!("{hyphen}{argument}"));
    }
    if is_all && roots.is_empty() {
        roots.insert(".".to_owned());
    }
    if is_all {
        arguments.lines = roots.into_iter().collect();
    }
    arguments
}

/// The arguments of `python3 -m unittest` for these contexts of the view, or for all tests.
pub(super) fn unittest(view: &View, tests: &[usize], is_all: bool, here: &Here) -> Arguments {
    let mut modules = Vec::new();
    for test in tests {
        match Module::of(view, *test, here) {
            Some(module) => modules.push(module),
            None => {
                let name = quote::text(&view.contexts[*test]);
                let note =
                    format!("all tests: where {name} is imported from is not known, run all as before");
                return Arguments { lines: discover(&modules, here, None), note: Some(note) };
            }
        }
    }
    if is_all {
        let note = many_places(&modules);
        return Arguments { lines: discover(&modules, here, None), note };
    }
    if modules.iter().all(|module| !module.is_main && from_here(here, &module.top, Path::new("")) == ".") {
        return Arguments { lines: modules.into_iter().map(|module| module.name).collect(), note: None };
    }
    let pattern = match &modules[..] {
        [first, others @ ..] if others.iter().all(|other| other.file == first.file) => {
            Some(first.file_name())
        }
        _ => None,
    };
    let is_found = |module: &Module| pattern.is_some() || module.file_name().starts_with("test");
    let note = many_places(&modules).or_else(|| {
        let lost = modules.iter().find(|module| !is_found(module) || module.start() != module.top)?;
        let file = quote::path(&lost.file).into_owned();
        Some(format!("all tests: `unittest discover` does not find {file}"))
    });
    if note.is_some() {
        return Arguments { lines: discover(&modules, here, None), note };
    }
    let pattern = pattern.filter(|_| modules.iter().any(|module| !module.file_name().starts_with("test")));
    let mut lines = discover(&modules, here, pattern.as_deref());
    // A pattern with an asterisk is matched as a whole.
    lines.extend(modules.iter().flat_map(|module| ["-k".to_owned(), format!("*{}", module.name)]));
    Arguments { lines, note: None }
}

/// The arguments that find all tests of files that match the pattern, or that are called `test*.py`.
fn discover(modules: &[Module], here: &Here, pattern: Option<&str>) -> Vec<String> {
    let start = modules.first().map(|module| from_here(here, &module.start(), Path::new("")));
    let start = start.filter(|start| start != ".");
    let start = start.into_iter().flat_map(|start| ["-s".to_owned(), start]);
    let pattern = pattern.into_iter().flat_map(|pattern| ["-p".to_owned(), pattern.to_owned()]);
    ["discover".to_owned()].into_iter().chain(start).chain(pattern).collect()
}

/// What is said if tests are in directories of which `unittest discover` takes one.
fn many_places(modules: &[Module]) -> Option<String> {
    let first = modules.first()?.start();
    let other = modules.iter().map(Module::start).find(|start| *start != first)?;
    let (first, other) = (quote::path(&first).into_owned(), quote::path(&other).into_owned());
    Some(format!("all tests: `unittest discover` takes one of {first} and {other}: run it for each"))
}

/// The module of a test of unittest.
#[derive(Debug)]
struct Module {
    /// The directory that it is imported from.
    top: PathBuf,
    /// Its file in there.
    file: PathBuf,
    /// The name of the test, when it is imported from there.
    name: String,
    /// Whether it was run as a program.
    is_main: bool,
}

impl Module {
    fn of(view: &View, test: usize, here: &Here) -> Option<Self> {
        let name = name(view, test);
        if let Some(own) = name.strip_prefix("__main__.") {
            let script = script_of(view, test, here)?;
            let (top, file) = (script.parent()?.to_owned(), PathBuf::from(script.file_name()?));
            let name = format!("{}.{own}", file.file_stem()?.to_str()?);
            return Some(Self { top, file, name, is_main: true });
        }
        let parts: Vec<&str> = name.split('.').collect();
        // Classes can be nested, so how many parts are the module's is seen by its file.
        let files = (1..parts.len()).rev().flat_map(|count| {
            let module = parts[..count].join("/");
            [format!("{module}.py"), format!("{module}/__init__.py")].map(PathBuf::from)
        });
        let module = |(top, file)| Self { top, file, name: name.clone(), is_main: false };
        let known = |file: PathBuf| directory_of(view, test, &file).map(|top| (top, file));
        let local =
            |file: PathBuf| here.names()[0].join(&file).is_file().then(|| (here.names()[0].clone(), file));
        files.clone().find_map(known).or_else(|| files.clone().find_map(local)).map(module)
    }

    fn file_name(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The directory in which `unittest discover` has to start: it enters packages alone.
    fn start(&self) -> PathBuf {
        let below_top = self.file.ancestors().skip(1).filter(|directory| !directory.as_os_str().is_empty());
        let mut directories = below_top.map(|directory| self.top.join(directory));
        let is_package = |directory: &PathBuf| directory.join("__init__.py").is_file();
        directories.find(|directory| !is_package(directory)).unwrap_or_else(|| self.top.clone())
    }
}

/// The program that ran this test: of the image of a process that began it.
fn script_of(view: &View, test: usize, here: &Here) -> Option<PathBuf> {
    let name = &view.contexts[test];
    let mut process = view.processes.iter().find(|process| process.context_names().any(|it| it == name))?;
    while process.images.is_empty() {
        process = &view.processes[process.parent?];
    }
    let argv = &process.images.last()?.argv;
    let script = match argv.iter().skip(1).position(|argument| argument == "-m") {
        Some(at) => format!("{}.py", argv.get(at + 2)?.replace('.', "/")),
        None => argv.iter().skip(1).find(|argument| argument.ends_with(".py"))?.clone(),
    };
    let script = byte_text::decode_path(&script).into_owned();
    let relative: PathBuf = script.components().filter(|it| *it != Component::CurDir).collect();
    match directory_of(view, test, &relative) {
        Some(directory) => Some(directory.join(relative)),
        None => Some(here.names()[0].join(relative)).filter(|script| script.is_file()),
    }
}

fn name(view: &View, test: usize) -> String {
    String::from_utf8_lossy(&byte_text::decode(&view.contexts[test])).into_owned()
}

/// The directory that `file` is relative to, by the sources of the data that are still there. If several
/// are called so, it is the one of which the test ran a line.
fn directory_of(view: &View, test: usize, file: &Path) -> Option<PathBuf> {
    if file.as_os_str().is_empty() {
        return None;
    }
    let called_so: Vec<&SourceFile> =
        view.files.iter().filter(|source| source.path.ends_with(file) && source.path.is_file()).collect();
    let ran_one = |source: &&&SourceFile| source.hits.iter().any(|(context, _)| *context == test);
    let it = match &called_so[..] {
        [one] => one,
        several => {
            let mut ran = several.iter().filter(ran_one);
            ran.next().filter(|_| ran.next().is_none())?
        }
    };
    let directory = it.path.ancestors().nth(file.components().count())?;
    Some(directory.to_owned())
}

/// The nearest directory, from this one upwards, in which there is such a file.
fn above(here: &Here, file: &Path) -> Option<PathBuf> {
    let has_file = |directory: &&Path| directory.join(file).is_file();
    here.names()[0].ancestors().find(has_file).map(Path::to_owned)
}

/// A file in a directory, as it is called from this one; `.` is this one.
fn from_here(here: &Here, directory: &Path, file: &Path) -> String {
    let resolved = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (from, to) = (resolved(&here.names()[0]), resolved(directory).join(file));
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.to_string_lossy().into_owned() }
}
