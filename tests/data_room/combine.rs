//! The result of `combine` on hit files and data files, and which inputs it removes.

use crate::support::{
    APPEND, KEEP, image, load, names_in, object, process, run, run_files, run_that_goes_on,
};
use crate::support::{start, table, view_of};
use forkcov::data::combine::{CombineOptions, combine, combine_run, put_beside, uncombined};
use forkcov::data::hit_file::{HitFile, ObjectRef};
use forkcov::data::view::{Filter, ProcessFilter, View};
use forkcov::data::{Error, Exit, RunFiles, Target, erase};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::slice;

#[test]
fn the_processes_that_ran_a_line_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("forkcov.data");
    run(&data_file, "ab", 3);
    let summary = combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!((summary.processes, summary.combined.len()), (3, 3));
    assert_eq!(names_in(directory.path()), ["forkcov.data"]);

    let view = load(&data_file);
    assert_eq!(view.programs, 1);
    let tree: Vec<_> = view.processes.iter().map(|process| (process.pid, process.parent)).collect();
    assert_eq!(tree, [(100, None), (101, Some(0)), (102, Some(1))]);
    let root = &view.processes[0];
    assert_eq!(
        (root.images.as_slice(), root.exit, root.ended),
        (&[image("server")][..], Some(Exit::Code(0)), Some(1001.5))
    );
    assert_eq!(view.processes[1].images, []);

    let main = &view.files[0];
    assert_eq!(main.path, PathBuf::from("/src/main.c"));
    assert_eq!(main.executable.iter().collect::<Vec<_>>(), (1..40).step_by(2).collect::<Vec<_>>());
    let lines: Vec<(usize, Vec<u32>)> =
        main.hits.iter().map(|(process, lines)| (*process, lines.iter().collect())).collect();
    assert_eq!(lines, [(0, vec![1, 3, 5, 7, 9]), (1, vec![1, 3, 5, 7, 9, 11]), (2, vec![1, 3, 5, 7, 9, 11])]);
    let counts: Vec<_> =
        main.functions.iter().map(|function| (function.line, function.processes)).take(5).collect();
    assert_eq!(counts, [(1, 3), (5, 3), (9, 3), (13, 0), (17, 0)]);
}

#[test]
fn a_filter_takes_lines_of_files_and_hits_of_processes() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    run(&data_file, "ab", 3);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let wants = |path: &std::path::Path| path.ends_with("main.c");
    let chosen = ProcessFilter { pids: &[101], ..ProcessFilter::default() };
    let view =
        View::load(&data_file, &Filter { wants: &wants, processes: chosen, ..Filter::default() }).unwrap();
    assert_eq!((view.files.len(), view.processes.len(), view.programs), (1, 1, 1));
    assert_eq!((view.processes[0].pid, view.processes[0].parent), (101, None));
    assert_eq!(view.files[0].hits.iter().map(|(process, _)| *process).collect::<Vec<_>>(), [0]);
    assert_eq!(view.files[0].functions[0].processes, 1);
    assert_eq!(view.files[0].executable.len(), 20);
    let none = View::load(&data_file, &Filter { wants: &|_| false, ..Filter::default() }).unwrap();
    assert_eq!((none.files.len(), none.programs), (0, 0));
}

#[test]
fn a_library_is_no_program_and_a_lost_parent_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let library = table("library", 8).write(&run_files(&data_file, "ab"), 0).unwrap();
    process(&data_file, &start("ab", 2), &library, 8, 8);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    assert_eq!((view.programs, view.processes[0].parent, view.files.len()), (0, None, 2));
}

#[test]
fn a_process_that_execs_itself_has_the_hits_of_both_images() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let name = table("server", 10).write(&run_files(&data_file, "ab"), 0).unwrap();
    let mut file = HitFile::create(&run_files(&data_file, "ab"), &start("ab", 0)).unwrap();
    for site in [2, 4] {
        file.image(&image("server")).unwrap();
        file.set(ObjectRef { number: site as u32, table: &name, sites: 10 }, site).unwrap();
    }
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    assert_eq!(view.files[0].hits[0].1.iter().collect::<Vec<_>>(), [3, 5]);
    assert_eq!(view.processes[0].images.len(), 2);
    assert_eq!(view.processes[0].exit, None, "its end was not seen");
}

#[test]
fn the_old_data_file_is_replaced_or_added_to() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let inputs: Vec<_> = ["aa", "bb", "cc"].map(|name| run(&data_file, name, 2)).concat();
    combine(&inputs[..2], &data_file, &KEEP).unwrap();
    combine(&inputs[2..4], &data_file, &KEEP).unwrap();
    assert_eq!(load(&data_file), view_of(&inputs[2..4]));
    combine(&inputs[4..], &data_file, &CombineOptions { append: true, keep: true, rewrite: None }).unwrap();
    assert_eq!(load(&data_file), view_of(&inputs[2..]));
}

#[test]
fn a_record_without_an_end_is_completed_by_a_later_one() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let name = table("server", 10).write(&run_files(&data_file, "ab"), 0).unwrap();
    let mut file = HitFile::create(&run_files(&data_file, "ab"), &start("ab", 0)).unwrap();
    file.set(object(&name, 10), 1).unwrap();
    let early = directory.path().join("early");
    combine(&[], &early, &KEEP).unwrap_err();
    combine(&[file.path().unwrap()], &early, &KEEP).unwrap();
    file.set(object(&name, 10), 3).unwrap();
    file.image(&image("server")).unwrap();
    file.end(Exit::Signal(9), 2000.0).unwrap();
    let path = file.path().unwrap();
    let both = view_of(&[early.clone(), path.clone()]);
    assert_eq!(both, view_of(slice::from_ref(&path)));
    assert_ne!(both, load(&early));
    // And the other way round.
    combine(&[early], &data_file, &KEEP).unwrap();
    combine(&[path], &data_file, &CombineOptions { append: true, keep: true, rewrite: None }).unwrap();
    assert_eq!(load(&data_file), both);
}

#[test]
fn directories_stand_for_the_files_in_them() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("forkcov.data");
    let [one, two] = ["one", "two"].map(|name| directory.path().join(name));
    for (place, name) in [(&one, "aa"), (&two, "bb")] {
        fs::create_dir(place).unwrap();
        run(&place.join("forkcov.data"), name, 2);
    }
    fs::write(one.join("notes.txt"), "mine").unwrap();
    // One machine has combined already.
    combine(&[], &two.join("forkcov.data"), &CombineOptions::default()).unwrap();
    let summary = combine(&[one.clone(), two.clone()], &output, &CombineOptions::default()).unwrap();
    assert_eq!((summary.processes, summary.combined.len()), (4, 3));
    assert_eq!((names_in(&one), names_in(&two)), (vec!["notes.txt".to_owned()], vec![]));
    assert_eq!(load(&output).processes.len(), 4);
}

#[test]
fn the_output_may_be_an_input() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    run(&data_file, "aa", 2);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let more = run(&data_file, "bb", 2);
    combine(&[&more[..], slice::from_ref(&data_file)].concat(), &data_file, &CombineOptions::default())
        .unwrap();
    assert_eq!(load(&data_file).processes.len(), 4);
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn damaged_inputs_are_named_and_left_and_the_others_combined() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let hit_files = run(&data_file, "ab", 3);
    let mut bytes = fs::read(&hit_files[1]).unwrap();
    bytes[30] ^= 1; // in the first segment
    fs::write(&hit_files[1], &bytes).unwrap();
    let table = directory.path().join("d.ci-example.ab.0.object");
    let missing = directory.path().join("missing");
    let foreign = directory.path().join("foreign");
    fs::write(&foreign, "int main() {}").unwrap();
    let all = [&hit_files[..], &[missing.clone(), foreign.clone(), table.clone()]].concat();
    let summary = combine(&all, &data_file, &CombineOptions::default()).unwrap();
    assert_eq!(summary.combined.len(), 2);
    let mut damaged: Vec<_> = summary.damaged.iter().map(|(path, _)| path.clone()).collect();
    damaged.sort();
    assert_eq!(damaged, [hit_files[1].clone(), foreign, missing]);
    assert!(hit_files[1].exists() && table.exists(), "what is damaged may still need its table");
    assert!(!hit_files[0].exists());
    assert_eq!(load(&data_file).processes.len(), 2);
}

#[test]
fn without_its_table_a_process_has_no_lines_and_its_run_stays() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let RunFiles { directory: run, .. } = run_that_goes_on(&data_file, "a1", 1);
    let table = run.path().join("d.ci-example.a1.0.object");
    let whole = fs::read(&table).unwrap();
    fs::write(&table, &whole[..whole.len() - 1]).unwrap();
    let target = Target::of(&data_file).unwrap();
    let summary = combine_run("a1", &run, &target, &CombineOptions::default(), None).unwrap();
    let (path, reason) = &summary.damaged[0];
    assert!(reason.contains("d.ci-example.a1.0.object"), "{reason}");
    assert!(table.exists() && path.exists() && path.starts_with(run.path()));
    assert_eq!((load(&data_file).processes.len(), load(&data_file).files.len()), (1, 0));
    // When it is found again, nothing is lost.
    fs::write(&table, whole).unwrap();
    drop(run);
    combine(&[], &data_file, &CombineOptions { append: true, keep: false, rewrite: None }).unwrap();
    assert_eq!(load(&data_file).files.len(), 2);
    assert!(!table.exists() && names_in(directory.path()) == ["d"]);
}

#[test]
fn a_hit_file_cannot_name_a_table_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("sub/d");
    fs::create_dir(directory.path().join("sub")).unwrap();
    let name = table("server", 10).write(&run_files(&directory.path().join("d"), "ab"), 0).unwrap();
    process(&data_file, &start("ab", 0), &format!("../{name}"), 10, 10);
    let summary = combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!(summary.damaged.len(), 1);
    assert!(directory.path().join(name).exists());
}

#[test]
fn a_run_that_goes_on_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let active = run_that_goes_on(&data_file, "a2", 2);
    run(&data_file, "bb", 2);
    let summary = combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!((summary.combined.len(), summary.active.len()), (2, 2));
    assert_eq!(names_in(directory.path()), ["d"]);
    let error = combine(&[], &data_file, &CombineOptions::default()).unwrap_err();
    assert!(error.to_string().contains("its run has not ended"), "{error}");
    // It may combine them itself, though.
    let target = Target::of(&data_file).unwrap();
    combine_run("a2", &active.directory, &target, &APPEND, None).unwrap();
    assert!(!active.directory.path().exists());
    assert_eq!(load(&data_file).processes.len(), 4);
}

#[test]
fn what_a_killed_run_left_in_its_directory_is_found_by_the_data_file() {
    let place = tempfile::tempdir().unwrap();
    let data_file = place.path().join("d");
    let RunFiles { directory, .. } = run_that_goes_on(&data_file, "a3", 3);
    let path = directory.path().to_owned();
    // A killed process holds no lock.
    drop(directory);
    combine(&[], &place.path().join("other"), &CombineOptions::default()).unwrap_err();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, uncombined(&data_file)), (0o700, 3));
    let summary = combine(&[place.path().to_owned()], &data_file, &KEEP).unwrap();
    assert_eq!((summary.combined.len(), path.exists()), (3, true));
    // A directory that others can enter is not one of ours.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    combine(&[], &data_file, &CombineOptions::default()).unwrap_err();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!((load(&data_file).processes.len(), path.exists()), (3, false));
}

#[test]
fn a_run_can_leave_its_files_beside_the_data_file() {
    let place = tempfile::tempdir().unwrap();
    let data_file = place.path().join("d");
    let RunFiles { directory, .. } = run_that_goes_on(&data_file, "a4", 2);
    put_beside(&directory, &Target::of(&data_file).unwrap()).unwrap();
    assert!(!directory.path().exists());
    drop(directory);
    let names = names_in(place.path());
    assert_eq!((names.len(), names.last().unwrap().as_str()), (3, "d.ci-example.a4.0.object"));
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!((load(&data_file).processes.len(), names_in(place.path())), (2, vec!["d".to_owned()]));
}

#[test]
fn a_hit_file_that_was_cut_anywhere_is_damaged_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let data_file = place.path().join("d");
    let whole = run(&data_file, "aa", 2).remove(1);
    let bytes = fs::read(&whole).unwrap();
    for cut in 0..bytes.len() {
        fs::write(&whole, &bytes[..cut]).unwrap();
        let summary = combine(&[], &data_file, &KEEP).unwrap();
        let [(path, reason)] = &summary.damaged[..] else { panic!("cut at {cut}: {summary:?}") };
        assert_eq!((path, summary.combined.len()), (&whole, 1), "cut at {cut}: {reason}");
    }
    let reason = "it has no end: it was cut short, or taken from the directory of a killed run";
    fs::write(&whole, b"").unwrap();
    let summary = combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!(summary.damaged, [(whole.clone(), reason.to_owned())]);
    assert!(whole.exists() && names_in(place.path()).iter().any(|name| name.ends_with(".object")));
    fs::write(&whole, bytes).unwrap();
    combine(&[], &data_file, &APPEND).unwrap();
    assert_eq!((load(&data_file).processes.len(), names_in(place.path())), (2, vec!["d".to_owned()]));
}

#[test]
fn what_is_not_ours_is_not_found() {
    let place = tempfile::tempdir().unwrap();
    let data_file = place.path().join("d");
    let hit_files = run(&data_file, "aa", 3);
    let elsewhere = place.path().join("elsewhere");
    fs::rename(&hit_files[0], &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &hit_files[0]).unwrap();
    let is_other = std::os::unix::fs::chown(&hit_files[1], Some(12345), None).is_ok();
    let summary = combine(&[], &data_file, &KEEP).unwrap();
    let damaged: Vec<_> = summary.damaged.iter().map(|(_, reason)| reason.as_str()).collect();
    if is_other {
        assert_eq!(damaged, ["not a regular file", "another user's file: name it to combine it"]);
    } else {
        assert_eq!(damaged, ["not a regular file"]);
    }
    combine(&hit_files, &data_file, &KEEP).unwrap();
    assert_eq!(load(&data_file).processes.len(), 3, "those that are named count");
}

#[test]
fn what_dead_runs_left_goes_with_the_last_of_their_hit_files() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let hit_files = run(&data_file, "ab", 2);
    combine(&hit_files[..1], &data_file, &CombineOptions::default()).unwrap();
    assert!(directory.path().join("d.ci-example.ab.0.object").exists(), "the other hit file needs it");
    combine(&[], &data_file, &CombineOptions { append: true, keep: false, rewrite: None }).unwrap();
    assert_eq!(names_in(directory.path()), ["d"]);
    assert_eq!(load(&data_file).processes.len(), 2);
}

#[test]
fn erase_removes_all_that_is_ours() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    combine(&run(&data_file, "aa", 2), &data_file, &KEEP).unwrap();
    for name in ["d-journal", ".d.x1y2.forkcov-tmp", "d.ci-example.aa.7.counters", "d.bak", "e"] {
        fs::write(directory.path().join(name), "").unwrap();
    }
    erase(&data_file).unwrap();
    erase(&data_file).unwrap();
    assert_eq!(names_in(directory.path()), ["d.bak", "e"]);
}

#[test]
fn nothing_to_combine_is_an_error_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    combine(&run(&data_file, "aa", 1), &data_file, &CombineOptions::default()).unwrap();
    let before = fs::read(&data_file).unwrap();
    let error =
        combine(&[directory.path().join("none")], &data_file, &CombineOptions::default()).unwrap_err();
    assert!(matches!(&error, Error::NothingToCombine { damaged, .. } if damaged.len() == 1), "{error}");
    assert_eq!(fs::read(&data_file).unwrap(), before);
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn what_a_killed_combine_left_goes_with_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    fs::write(directory.path().join(".d.x1y2z3.forkcov-tmp"), "half a database").unwrap();
    combine(&run(&data_file, "aa", 1), &data_file, &CombineOptions::default()).unwrap();
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn additions_at_the_same_time_come_one_after_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let runs: Vec<_> = (0..8).map(|number| run(&data_file, &format!("{number:02x}"), 5)).collect();
    std::thread::scope(|scope| {
        for hit_files in &runs {
            let data_file = &data_file;
            scope.spawn(move || combine(hit_files, data_file, &APPEND).unwrap());
        }
    });
    assert_eq!(load(&data_file).processes.len(), 40);
    assert_eq!(names_in(directory.path()), ["d"]);
}

#[test]
fn the_data_file_has_the_mode_that_the_umask_gives_and_keeps_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let plain = directory.path().join("plain");
    fs::write(&plain, "").unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode();
    let hit_files = run(&data_file, "aa", 2);
    combine(&hit_files[..1], &data_file, &KEEP).unwrap();
    assert_eq!(mode(&data_file), mode(&plain));
    fs::set_permissions(&data_file, fs::Permissions::from_mode(0o600)).unwrap();
    combine(&hit_files, &data_file, &CombineOptions { append: true, keep: true, rewrite: None }).unwrap();
    assert_eq!(mode(&data_file) & 0o777, 0o600);
}
