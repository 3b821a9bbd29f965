//! The result of `combine` on runtime logs of Python.

use crate::runtime_log::{Code, FUNCTION, HEADER, OF_3_10, OF_3_13, OTHER, Probe, SLOT, line_record};
use crate::support::{APPEND, KEEP, load, names_in, process, run_files, start, table};
use forkcov::data::combine::{CombineOptions, CombineSummary, combine};
use forkcov::data::hit_file::HitFile;
use forkcov::data::view::View;
use forkcov::data::{Exit, Image, erase};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::slice;

fn image(executable: &str) -> Image {
    Image { executable: executable.to_owned(), argv: vec!["python3".to_owned(), "main.py".to_owned()] }
}

/// `/src/main.py`: a module of lines 1 to 3 and 9, a function of lines 1 and 2 and a class of lines 3 to 8,
/// one method of which has a lambda and a function in it.
fn declare(probe: &mut Probe, is_qualified: bool) -> [u32; 6] {
    let file = probe.file("/src/main.py");
    let mut code = |parent, flags, qualified: &'static str, lines: &[u32]| {
        let own = qualified.rsplit('.').next().unwrap();
        let name = if is_qualified { qualified } else { own };
        probe.code(&Code { file, parent, flags, name, lines })
    };
    let module = code(0, OTHER, "<module>", &[1, 3, 9]);
    let function = code(module, FUNCTION, "run", &[1, 2]);
    let class = code(module, OTHER, "Server", &[3, 4]);
    let method = code(class, FUNCTION, "Server.serve", &[4, 5, 7]);
    let inner = code(method, FUNCTION, "Server.serve.<locals>.inner", &[5, 6]);
    let lambda = code(method, FUNCTION, "Server.serve.<locals>.<lambda>", &[7, 8]);
    [module, function, class, method, inner, lambda]
}

/// A process that writes to `logs`, the first of them its parent's if it is no root.
fn hit_file(data_file: &Path, run: &str, serial: u64, logs: &[&str]) -> PathBuf {
    let start = start(run, serial);
    let mut file = HitFile::create(&run_files(data_file, run), &start).unwrap();
    for (number, log) in logs.iter().enumerate() {
        if number > 0 || serial == 0 {
            file.image(&image(&format!("/bin/python{number}"))).unwrap();
        }
        file.log(log).unwrap();
    }
    file.end(Exit::Code(0), start.started + 1.0).unwrap();
    file.path().unwrap()
}

/// Two processes of one image: the parent ran the module and `run`, its child `serve` and the lambda.
fn run(data_file: &Path, run: &str, version: u32) -> ([Probe; 2], [PathBuf; 2]) {
    let mut parent = Probe::start(data_file, run, 0, version, 0);
    let [module, function, class, method, _, lambda] = declare(&mut parent, version == OF_3_13);
    parent.lines(module, &[1, 3]);
    parent.lines(class, &[3, 4]);
    parent.lines(function, &[2]);
    parent.lines(module, &[9]);
    let mut child = parent.fork(1, 1);
    child.lines(method, &[5, 7]);
    child.lines(lambda, &[8]);
    let logs = [parent, child];
    let hit_files = [0, 1].map(|serial| hit_file(data_file, run, serial as u64, &[&logs[serial].log.name()]));
    (logs, hit_files)
}

/// Of the only source file: which process, by its place in the view, ran which lines.
fn lines(view: &View) -> Vec<(usize, Vec<u32>)> {
    let [file] = view.files.as_slice() else { panic!("{:?}", view.files) };
    file.hits.iter().map(|(process, lines)| (*process, lines.iter().collect())).collect()
}

fn functions(view: &View) -> Vec<(u32, &str, usize)> {
    view.files[0].functions.iter().map(|it| (it.line, it.name.as_str(), it.processes)).collect()
}

#[test]
fn the_processes_that_ran_a_line_are_kept_and_the_log_goes_with_the_hit_files() {
    for version in [OF_3_10, OF_3_13] {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("d");
        run(&data_file, "ab", version);
        let summary = combine(&[], &data_file, &CombineOptions::default()).unwrap();
        assert_eq!((summary.processes, summary.damaged), (2, vec![]));
        assert_eq!(names_in(directory.path()), ["d"]);

        let view = load(&data_file);
        assert_eq!((view.programs, &view.files[0].path), (1, &PathBuf::from("/src/main.py")));
        assert_eq!(view.files[0].executable.iter().collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
        assert_eq!(lines(&view), [(0, vec![1, 2, 3, 4, 9]), (1, vec![5, 7, 8])]);
        let expected = [(1, "run", 1), (4, "Server.serve", 1), (5, "Server.serve.<locals>.inner", 0)];
        assert_eq!(functions(&view), expected, "{version:x}");
    }
}

#[test]
fn interpreters_of_two_versions_agree_on_what_a_function_is() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    run(&data_file, "aa", OF_3_10);
    run(&data_file, "bb", OF_3_13);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    assert_eq!(functions(&view).iter().map(|(.., processes)| *processes).collect::<Vec<_>>(), [2, 2, 0]);
    let connection = rusqlite::Connection::open(&data_file).unwrap();
    let ids: String = connection
        .query_row(
            "SELECT group_concat(runtime || ':' || identity, ' ' ORDER BY identity) FROM object",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(ids, "python:3.10.13 python:3.13.0");
}

#[test]
fn a_process_may_run_two_interpreters_one_after_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let ([parent, _], _) = run(&data_file, "ab", OF_3_10);
    let first = parent.fork(2, 2);
    let mut second = Probe::start(&data_file, "ab", 3, OF_3_13, 2);
    let [_, function, ..] = declare(&mut second, true);
    second.lines(function, &[2]);
    let names = [first.log.name(), second.log.name()];
    hit_file(&data_file, "ab", 2, &[&names[0], &names[1]]);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    assert_eq!((view.programs, lines(&view)[2].clone()), (2, (2, vec![2])));
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn an_interpreter_with_lines_of_its_own_is_one_program() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    run(&data_file, "ab", OF_3_13);
    let native = table("python0", 8).write(&run_files(&data_file, "ab"), 0).unwrap();
    process(&data_file, &start("ab", 2), &native, 8, 8);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    assert_eq!((view.files.len(), view.programs), (3, 1));
}

#[test]
fn a_child_without_its_parent_has_its_lines_and_the_parent_may_come_later() {
    let directory = tempfile::tempdir().unwrap();
    let [together, apart] = ["together", "apart"].map(|name| directory.path().join(name));
    let (_, [parent, child]) = run(&directory.path().join("d"), "ab", OF_3_13);
    combine(&[parent.clone(), child.clone()], &together, &KEEP).unwrap();
    combine(&[child], &apart, &APPEND).unwrap();
    let alone = load(&apart);
    assert_eq!((alone.programs, lines(&alone)), (0, vec![(0, vec![5, 7, 8])]));
    assert_eq!(alone.files[0].executable.len(), 9);
    combine(&[parent], &apart, &APPEND).unwrap();
    assert_eq!(load(&apart), load(&together));
    assert_eq!(names_in(directory.path()), ["apart", "together"]);
}

#[test]
fn the_log_stays_as_long_as_a_hit_file_of_its_run_does() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let ([probe, _], [parent, _]) = run(&data_file, "ab", OF_3_13);
    combine(&[parent], &data_file, &CombineOptions::default()).unwrap();
    assert!(probe.log.path().exists());
    // As `combine d.*` names them.
    let all: Vec<_> = names_in(directory.path()).iter().map(|name| directory.path().join(name)).collect();
    let summary = combine(&all[1..], &data_file, &APPEND).unwrap();
    assert_eq!((summary.combined.len(), summary.damaged), (1, vec![]));
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn erase_removes_logs() {
    let directory = tempfile::tempdir().unwrap();
    run(&directory.path().join("d"), "ab", OF_3_13);
    erase(&directory.path().join("d")).unwrap();
    assert_eq!(names_in(directory.path()), Vec::<String>::new());
}

#[test]
fn a_hit_file_whose_log_is_missing_is_named_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let ([probe, child], hit_files) = run(&data_file, "ab", OF_3_13);
    let whole = fs::read(probe.log.path()).unwrap();
    fs::remove_file(probe.log.path()).unwrap();
    let summary = combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let mut damaged = summary.damaged;
    damaged.sort();
    let expected = [probe.log.name() + ": No such", child.log.name() + ": a log that it continues: No such"];
    for (((path, reason), hit_file), expected) in damaged.iter().zip(&hit_files).zip(expected) {
        assert_eq!(path, hit_file);
        assert!(reason.starts_with(&format!("its runtime log {expected}")), "{reason}");
    }
    let view = load(&data_file);
    assert_eq!((damaged.len(), view.processes.len(), view.files.len()), (2, 2, 0));
    // When it is found again, nothing is lost.
    fs::write(probe.log.path(), whole).unwrap();
    combine(&[], &data_file, &APPEND).unwrap();
    assert_eq!(lines(&load(&data_file)).len(), 2);
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn a_hit_file_cannot_name_a_log_elsewhere_or_of_another_run() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("sub/d");
    fs::create_dir(directory.path().join("sub")).unwrap();
    let ([elsewhere, _], _) = run(&directory.path().join("d"), "ab", OF_3_13);
    let ([other, _], _) = run(&data_file, "cd", OF_3_13);
    for name in
        [format!("../{}", elsewhere.log.name()), other.log.name(), "d.ci-example.ab.0.object".to_owned()]
    {
        let hit_file = hit_file(&data_file, "ab", 0, &[&name]);
        let output = directory.path().join("out");
        let summary = combine(slice::from_ref(&hit_file), &output, &KEEP).unwrap();
        let reason = format!("its runtime log {name}: not a valid name");
        assert_eq!((summary.damaged, load(&output).files), (vec![(hit_file, reason)], vec![]));
    }
}

#[test]
fn a_process_cannot_say_what_another_ran() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let ([mut parent, mut child], hit_files) = run(&data_file, "ab", OF_3_13);
    let module = (parent.log.first() as usize + HEADER / SLOT) as u32;
    // Lines in the name of the other, and a header that claims to be the other's.
    child.append(&line_record(0, module, 9));
    parent.append(&line_record(1, module, 9));
    let forged = File::options().write(true).open(child.log.path()).unwrap();
    let expected = [(0, vec![1, 2, 3, 4, 9]), (1, vec![5, 7, 8])];
    let damage = |summary: CombineSummary| -> Vec<PathBuf> {
        summary.damaged.into_iter().map(|(path, _)| path).collect()
    };
    assert_eq!(damage(combine(&hit_files, &data_file, &KEEP).unwrap()).len(), 2);
    assert_eq!(lines(&load(&data_file)), expected);
    forged.write_all_at(&0_u64.to_le_bytes(), 40).unwrap();
    combine(&hit_files, &data_file, &KEEP).unwrap();
    assert_eq!(lines(&load(&data_file)), expected[..1]);
}

#[test]
fn a_log_may_claim_any_ancestry() {
    for (parent, first) in [(0, 5000), (1, 5000), (2, 0), (3, 1 << 31), (u32::MAX, u32::MAX), (1, u32::MAX)] {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("d");
        let ([_, child], hit_files) = run(&data_file, "ab", OF_3_13);
        let forged = File::options().write(true).open(child.log.path()).unwrap();
        forged.write_all_at(&u32::to_le_bytes(parent), 12).unwrap();
        forged.write_all_at(&u32::to_le_bytes(first), 32).unwrap();
        combine(&hit_files, &data_file, &KEEP).unwrap();
        assert_eq!(lines(&load(&data_file))[0], (0, vec![1, 2, 3, 4, 9]), "{parent} {first}");
    }
}

#[test]
fn a_chain_of_forks_may_be_long() {
    const LENGTH: u32 = 20_000;
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let mut log = Probe::start(&data_file, "ab", 0, OF_3_13, 0);
    let [module, ..] = declare(&mut log, true);
    for number in 1..=LENGTH {
        log = log.fork(number, u64::from(number));
        // Most of a log is empty here, and would fill the disk.
        File::options().write(true).open(log.log.path()).unwrap().set_len(HEADER as u64 + 64).unwrap();
    }
    log.line(module, 9);
    let last = hit_file(&data_file, "ab", u64::from(LENGTH), &[&log.log.name()]);
    let summary = combine(&[last], &data_file, &KEEP).unwrap();
    assert_eq!(lines(&load(&data_file)), [(0, vec![9])], "{:?}", summary.damaged);
}

#[test]
fn the_arcs_that_a_process_took_are_directions_of_branches() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let mut parent = Probe::start(&data_file, "ab", 0, OF_3_13, 0);
    let [module, function, _, method, ..] = declare(&mut parent, true);
    parent.lines(module, &[1, 3, 9]);
    parent.arc(module, 3, 9);
    parent.arc(module, 9, -1);
    parent.arc(function, 3, 9);
    let mut child = parent.fork(1, 1);
    child.arc(method, 5, 7);
    child.arc(module, 3, 9);
    let logs = [&parent, &child].map(|probe| probe.log.name());
    let hit_files = [0, 1].map(|serial| hit_file(&data_file, "ab", serial as u64, &[&logs[serial]]));
    let summary = combine(&hit_files, &data_file, &KEEP).unwrap();
    assert!(summary.damaged.is_empty(), "{:?}", summary.damaged);
    let view = load(&data_file);
    let [file] = view.files.as_slice() else { panic!("{:?}", view.files) };
    let all: Vec<_> = file.branches.iter().map(|branch| (branch.line, branch.jump, branch.way)).collect();
    assert_eq!(all, [(3, 0, 9), (5, 0, 7), (9, 0, -1)]);
    let way = |ordinal| file.branches.iter().find(|branch| branch.ordinal == ordinal).unwrap().way;
    let taken = |process: usize| -> Vec<i64> {
        let (_, taken) = file.taken.iter().find(|(taker, _)| *taker == process).unwrap();
        let mut ways: Vec<i64> = taken.iter().map(way).collect();
        ways.sort_unstable();
        ways
    };
    assert_eq!((taken(0), taken(1)), (vec![-1, 9], vec![7, 9]));
}
