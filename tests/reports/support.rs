//! Views made by hand, and golden files.

use forkcov::data::view::{Function, Process, SourceFile, SourceState, View};
use forkcov::data::{Birth, Exit, Image};
use forkcov::numbers::NumberSet;
use forkcov_testing::paths;
use std::rc::Rc;

/// A process that ended with status 0, and has neither parent nor image.
pub fn process(pid: i32, birth: Birth) -> Process {
    Process {
        run: "0123456789abcdef".to_owned(),
        label: None,
        serial: 0,
        parent: None,
        host: "build-1".to_owned(),
        pid,
        birth,
        started: 1_700_000_000.25,
        ended: Some(1_700_000_001.5),
        exit: Some(Exit::Code(0)),
        contexts: vec![],
        results: vec![],
        images: Vec::new(),
    }
}

/// A child of process number `parent`.
pub fn child(pid: i32, birth: Birth, parent: usize, exit: Option<Exit>) -> Process {
    Process { parent: Some(parent), exit, ..process(pid, birth) }
}

/// An image by its argument vector.
pub fn image(argv: &[&str]) -> Image {
    Image {
        executable: format!("/home/u/project/{}", argv[0]),
        argv: argv.iter().map(ToString::to_string).collect(),
    }
}

/// A set from ranges of lines.
pub fn lines(ranges: &[std::ops::RangeInclusive<u32>]) -> Rc<NumberSet> {
    Rc::new(ranges.iter().cloned().flatten().collect())
}

/// A source file: its path, its executable lines, and the lines that each process hit.
pub fn file(path: &str, executable: &Rc<NumberSet>, hits: &[(usize, &Rc<NumberSet>)]) -> SourceFile {
    SourceFile {
        path: path.into(),
        runtime: None,
        snapshots: Vec::new(),
        state: SourceState::Unknown,
        executable: NumberSet::clone(executable),
        definitions: Vec::new(),
        excluded: NumberSet::default(),
        hits: hits.iter().map(|(process, lines)| (*process, Rc::clone(lines))).collect(),
        functions: Vec::new(),
        entered: Vec::new(),
        branches: Vec::new(),
        waived: Vec::new(),
        taken: Vec::new(),
        known_to_branch: None,
    }
}

/// The server of the README: five processes in one run, then a second run that uses other sources.
pub fn server() -> View {
    let mut processes = vec![
        Process { images: vec![image(&["./server", "--workers", "4"])], ..process(41290, Birth::Launch) },
        child(41291, Birth::Fork, 0, Some(Exit::Code(0))),
        child(41292, Birth::Fork, 0, Some(Exit::Signal(9))),
        child(41293, Birth::Vfork, 1, Some(Exit::Code(3))),
        child(41294, Birth::Clone, 0, None),
        Process { images: vec![image(&["./try it", "a\nb"])], ..process(41300, Birth::Launch) },
        child(41301, Birth::Fork, 5, Some(Exit::Signal(37))),
    ];
    processes[3].images = vec![image(&["sh", "-c", "exit $X"]), image(&["./tool", "it's"])];
    for (serial, process) in processes.iter_mut().enumerate() {
        process.serial = serial as u64;
    }
    processes[6].run = "fedcba9876543210".to_owned();
    processes[5].run = "fedcba9876543210".to_owned();

    let worker = lines(&[41..=76, 125..=180]);
    let mut server = file(
        "/home/u/project/server.c",
        &lines(&[1..=260]),
        &[(0, &lines(&[1..=30, 41..=70])), (1, &worker), (2, &worker), (4, &lines(&[78..=89, 125..=260]))],
    );
    server.functions = vec![
        Function { name: "main".to_owned(), line: 1, last: 1, ordinal: 0, processes: 1 },
        Function { name: "worker".to_owned(), line: 41, last: 41, ordinal: 1, processes: 3 },
        Function { name: "never".to_owned(), line: 90, last: 90, ordinal: 2, processes: 0 },
    ];
    server.entered = vec![(0, lines(&[0..=1])), (1, lines(&[1..=1])), (2, lines(&[1..=1])), (4, lines(&[]))];
    let mut tool =
        file("/home/u/project/src/tool.cc", &lines(&[3..=5, 9..=9]), &[(3, &lines(&[3..=5, 9..=9]))]);
    tool.functions = vec![
        Function { name: "run()::{lambda}".to_owned(), line: 3, last: 3, ordinal: 0, processes: 1 },
        Function { name: "run()::{lambda}".to_owned(), line: 9, last: 9, ordinal: 1, processes: 1 },
    ];
    tool.entered = vec![(3, lines(&[0..=1]))];
    let library = file(
        "/srv/lib/list.c",
        &lines(&[10..=11, 20..=21, 30..=31]),
        &[(5, &lines(&[10..=10])), (6, &lines(&[10..=11]))],
    );
    let empty = file("/srv/lib/none.h", &lines(&[]), &[]);
    View { processes, files: vec![server, tool, library, empty], programs: 3, ..View::default() }
}

/// Asserts that `actual` is the golden file `name`. With `UPDATE_GOLDEN` set, writes it instead.
pub fn check(name: &str, actual: &[u8]) {
    let path = paths::repository().join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{name} differs; UPDATE_GOLDEN=1 writes it anew\n--- expected\n{}\n--- actual\n{}",
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(actual)
    );
}
