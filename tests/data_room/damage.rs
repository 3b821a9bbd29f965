//! Data files that are damaged, foreign, or of another version.

use crate::support::{APPEND, KEEP, load, run, view_of};
use forkcov::data::Target;
use forkcov::data::combine::{CombineOptions, check_output, combine};
use forkcov::data::view::{Filter, View};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::slice;

/// A data file that is larger than a few pages.
fn data_file(directory: &Path) -> PathBuf {
    let data_file = directory.join("d");
    combine(&run(&data_file, "aa", 60), &data_file, &CombineOptions::default()).unwrap();
    data_file
}

fn complaint(data_file: &Path) -> String {
    let error = View::load(data_file, &Filter::default()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("failed to read {}: ", data_file.display())), "{error}");
    assert!(!error.contains('\n'), "{error}");
    error
}

#[test]
fn what_is_no_data_file_is_said_to_be_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x");
    let missing = View::load(&path, &Filter::default()).unwrap_err().to_string();
    assert!(missing.starts_with(&format!("failed to open {}: ", path.display())), "{missing}");
    fs::write(&path, "int main() {}").unwrap();
    assert!(complaint(&path).contains("not a data file of forkcov"));
    fs::write(&path, "").unwrap();
    assert!(complaint(&path).contains("it is empty"));
    let hit_file = run(&directory.path().join("d"), "aa", 1).remove(0);
    assert!(complaint(&hit_file).contains("a hit file"));
    fs::remove_file(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(complaint(&path).contains("not a data file of forkcov"));
}

#[test]
fn a_newer_data_file_is_said_to_be_newer() {
    let directory = tempfile::tempdir().unwrap();
    let path = data_file(directory.path());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    assert!(
        complaint(&path).contains("its schema is 99, this one reads 4 to 6): update forkcov"),
        "{}",
        complaint(&path)
    );
}

#[test]
fn a_damaged_data_file_is_an_error_wherever_it_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = data_file(directory.path());
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 5 * 4096);
    let inputs = run(&directory.path().join("e"), "bb", 1);
    for cut in [50, 100, 4096, 4096 + 2048, bytes.len() / 2, bytes.len() - 4096] {
        fs::write(&path, &bytes[..cut]).unwrap();
        complaint(&path);
        let error = combine(&inputs, &path, &APPEND).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes[..cut], "it was touched");
        assert!(inputs[0].exists());
    }
}

#[test]
fn a_damaged_page_makes_an_input_damaged_and_leaves_no_half_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = data_file(directory.path());
    let sound = run(&directory.path().join("e"), "bb", 2);
    let expected = view_of(&sound);
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    let bytes = fs::read(&path).unwrap();
    for page in 1..pages {
        fs::write(&path, &bytes).unwrap();
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .write_all_at(&[0x5a; 4096], page * 4096)
            .unwrap();
        let output = directory.path().join("out");
        let all = [slice::from_ref(&path), &sound[..]].concat();
        let summary = combine(&all, &output, &KEEP).unwrap();
        assert_eq!(summary.damaged.len(), 1, "page {page}");
        assert_eq!(load(&output), expected, "page {page}");
    }
}

#[test]
fn an_input_that_is_wrong_only_in_its_meaning_leaves_no_half_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = data_file(directory.path());
    let bytes = fs::read(&path).unwrap();
    let sound = run(&directory.path().join("e"), "bb", 2);
    let expected = view_of(&sound);
    for damage in [
        "UPDATE process SET birth = 'egg' WHERE serial = 30",
        "UPDATE process SET serial = -1 WHERE serial = 30",
        "UPDATE image SET argv = '{'",
        "UPDATE number_set SET numbits = zeroblob(9000000) WHERE id = (SELECT max(lines) FROM hit)",
        "DELETE FROM function WHERE ordinal = 1",
        "UPDATE hit SET lines = 4321 WHERE process = 30",
        "DROP TABLE object_path",
    ] {
        fs::write(&path, &bytes).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {damage}")).unwrap();
        drop(connection);
        let output = directory.path().join("out");
        let all = [slice::from_ref(&path), &sound[..]].concat();
        let summary = combine(&all, &output, &KEEP).unwrap();
        assert_eq!(summary.damaged.len(), 1, "{damage}");
        assert_eq!(load(&output), expected, "{damage}");
    }
}

#[test]
fn a_foreign_file_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("main.c");
    fs::write(&source, "int main() {}").unwrap();
    let inputs = run(&directory.path().join("d"), "aa", 1);
    for output in [source.as_path(), directory.path(), Path::new("/dev/null")] {
        for options in [CombineOptions::default(), APPEND] {
            Target::of(output).and_then(|target| check_output(&target, options.append)).unwrap_err();
            let error = combine(&inputs, output, &options).unwrap_err().to_string();
            assert!(error.contains(&output.display().to_string()), "{error}");
        }
    }
    assert_eq!(fs::read(&source).unwrap(), b"int main() {}");
    assert!(inputs[0].exists());
}

#[test]
fn a_damaged_data_file_may_be_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = data_file(directory.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..4096]).unwrap();
    let target = Target::of(&path).unwrap();
    check_output(&target, false).unwrap();
    check_output(&target, true).unwrap_err();
    combine(&run(&path, "bb", 1), &path, &CombineOptions::default()).unwrap();
    assert_eq!(load(&path).processes.len(), 1);
}

#[test]
fn a_damaged_data_file_that_is_asked_for_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = data_file(directory.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let sound = directory.path().join("sound");
    combine(&run(&directory.path().join("e"), "bb", 1), &sound, &KEEP).unwrap();
    let error = combine(&[sound.clone(), path.clone()], &path, &KEEP).unwrap_err().to_string();
    assert!(error.starts_with(&format!("failed to read {}: ", path.display())), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes[..bytes.len() / 2]);
    assert!(sound.exists());
}

#[test]
fn a_symbolic_link_is_not_written_through() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("real");
    fs::create_dir(&real).unwrap();
    let (own, empty) = (data_file(&real), real.join("empty"));
    fs::write(&empty, "").unwrap();
    let link = directory.path().join("d");
    let inputs = run(&link, "bb", 1);
    for target in [&own, &empty, &real.join("missing")] {
        std::os::unix::fs::symlink(target, &link).unwrap();
        let before = fs::read(target).ok();
        for options in [CombineOptions::default(), APPEND] {
            let error = combine(&inputs, &link, &options).unwrap_err().to_string();
            assert!(error.contains("a symbolic link"), "{error}");
        }
        assert_eq!(fs::read(target).ok(), before);
        fs::remove_file(&link).unwrap();
    }
    assert!(inputs[0].exists());
}

#[test]
fn an_output_that_cannot_be_made_leaves_the_inputs() {
    let directory = tempfile::tempdir().unwrap();
    let inputs = run(&directory.path().join("d"), "aa", 1);
    let output = directory.path().join("none/d");
    let error = combine(&inputs, &output, &CombineOptions::default()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("failed to write {}: ", output.display())), "{error}");
    assert!(inputs[0].exists());
}
