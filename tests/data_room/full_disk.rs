//! A full disk: a file system of half a megabyte, where this test may mount one.

use crate::support::{KEEP, hit_sites, load, names_in, object, process, run, run_files, start, table};
use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::hit_file::{HitFile, HitFileContents};
use forkcov::data::runtime_log::{LogStart, RuntimeLog, SourceList};
use forkcov::data::{Exit, Image};
use forkcov_testing::needs::{self, Lack};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::fs;
use std::io::ErrorKind;
use std::panic::resume_unwind;
use std::path::Path;

/// Runs `test` in a small file system that only its thread sees, if the kernel lets us mount one.
fn on_a_small_disk(test: impl FnOnce(&Path) + Send) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let mounted = || {
        // The namespace is the thread's alone, and goes with it.
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        mount(Some("tmpfs"), path, Some("tmpfs"), MsFlags::empty(), Some("size=512k"))
    };
    let done = std::thread::scope(|scope| scope.spawn(|| mounted().map(|()| test(path))).join());
    if let Err(errno) = done.unwrap_or_else(|panic| resume_unwind(panic)) {
        needs::give_up(Lack::machine("mount", format!("mounting a small tmpfs is not permitted: {errno}")));
    }
}

fn fill(directory: &Path) {
    let mut bytes = 1 << 19;
    while bytes > 0 {
        let path = directory.join(format!("filler{bytes}"));
        if fs::write(&path, vec![1; bytes]).is_err() {
            fs::remove_file(path).unwrap();
            bytes /= 2;
        } else {
            break;
        }
    }
    let mut number = 0;
    while fs::write(directory.join(format!("page{number}")), [1; 4096]).is_ok() {
        number += 1;
    }
    fs::remove_file(directory.join(format!("page{number}"))).unwrap();
}

#[test]
fn combine_changes_nothing() {
    on_a_small_disk(|directory| {
        let data_file = directory.join("d");
        combine(&run(&data_file, "aa", 2), &data_file, &CombineOptions::default()).unwrap();
        let inputs = run(&data_file, "bb", 3);
        fill(directory);
        let before = (names_in(directory), fs::read(&data_file).unwrap());
        for append in [false, true] {
            let error = combine(&inputs, &data_file, &CombineOptions { append, keep: false, rewrite: None })
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(&format!("failed to write {}: ", data_file.display())), "{error}");
            assert_eq!((names_in(directory), fs::read(&data_file).unwrap()), before);
        }
        assert_eq!(load(&data_file).processes.len(), 2);
    });
}

#[test]
fn hits_for_which_there_is_no_room_are_kept_until_there_is() {
    on_a_small_disk(|directory| {
        let data_file = directory.join("d");
        const SITES: usize = 1 << 20;
        let name = table("server", 40).write(&run_files(&data_file, "ab"), 0).unwrap();
        let object = object(&name, SITES);
        let mut file = HitFile::create(&run_files(&data_file, "ab"), &start("ab", 0)).unwrap();
        // Every hit is far from the others, so there is not room for all.
        let sites = || (0..SITES).step_by(300);
        let error = file.set_all(object, sites().map(|site| site..=site)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        let path = file.path().unwrap();
        assert!(error.to_string().starts_with(&format!("failed to write {}: ", path.display())), "{error}");
        let hit = || {
            let bytes = fs::read(&path).unwrap();
            let contents = HitFileContents::read(&bytes);
            assert_eq!(contents.damage, None);
            hit_sites(&contents.sites[0])
        };
        assert!(!hit().is_empty() && hit().len() < sites().count(), "{}", hit().len());
        assert!(sites().all(|site| file.is_set(0, site) && !file.is_set(0, site + 1)));
        assert_eq!(file.save(|_| object).unwrap_err().kind(), ErrorKind::StorageFull);
        // More room than there was, without which nothing of it could be seen.
        mount(None::<&str>, directory, None::<&str>, MsFlags::MS_REMOUNT, Some("size=4m")).unwrap();
        file.save(|_| object).unwrap();
        assert_eq!(hit(), sites().collect::<Vec<_>>());
        file.set(object, 1).unwrap();
        assert_eq!(hit()[..3], [0, 1, 300]);
    });
}

#[test]
fn on_a_full_disk_a_hit_file_is_as_it_was() {
    on_a_small_disk(|directory| {
        let data_file = directory.join("d");
        let name = table("server", 40).write(&run_files(&data_file, "ab"), 0).unwrap();
        let mut file = HitFile::create(&run_files(&data_file, "ab"), &start("ab", 0)).unwrap();
        file.set(object(&name, 40), 1).unwrap();
        process(&data_file, &start("ab", 1), &name, 40, 40);
        assert_eq!(combine(&[], &data_file, &KEEP).unwrap().processes, 2);
        fill(directory);
        let before = names_in(directory);
        let error = HitFile::create(&run_files(&data_file, "ab"), &start("ab", 2)).unwrap_err();
        assert_eq!((error.kind(), names_in(directory)), (ErrorKind::StorageFull, before));
        // There is some room in the file itself; the rest is refused.
        let path = file.path().unwrap();
        let image = Image { executable: "x".repeat(5000), argv: Vec::new() };
        let before = fs::read(&path).unwrap();
        assert_eq!(file.image(&image).unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), before);
        file.end(Exit::Code(0), 1.0).unwrap();
        assert_eq!(HitFileContents::read(&fs::read(&path).unwrap()).damage, None);
    });
}

#[test]
fn a_runtime_log_that_cannot_grow_is_as_it_was() {
    on_a_small_disk(|directory| {
        let data_file = directory.join("d");
        let start = LogStart { runtime: "python", version: 0, owner: 0, parent: None, first: 0 };
        let mut log = RuntimeLog::create(&run_files(&data_file, "ab"), 0, &start).unwrap();
        let mut list = SourceList::create(&run_files(&data_file, "ab")).unwrap();
        fill(directory);
        let before = fs::read(log.path()).unwrap();
        let error = log.grow(before.len() as u64 + 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(
            error.to_string().starts_with(&format!("failed to write {}: ", log.path().display())),
            "{error}"
        );
        assert_eq!((log.size(), fs::read(log.path()).unwrap()), (before.len() as u64, before.clone()));
        let long = vec![0x81; 1 << 17];
        assert_eq!(log.append(&long).unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(log.size(), before.len() as u64);
        assert_eq!(list.add(&long).unwrap_err().kind(), ErrorKind::StorageFull);
        let names = names_in(directory);
        let error = RuntimeLog::create(&run_files(&data_file, "ab"), 1, &start).unwrap_err();
        assert_eq!((error.kind(), names_in(directory)), (ErrorKind::StorageFull, names));
    });
}
