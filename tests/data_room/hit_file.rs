//! What a reader finds in a hit file that was cut, damaged, or left by a writer that was killed.

use crate::support::{image, start};
use forkcov::data::hit_file::{Contents, HitFile, Hits, Log};
use forkcov::data::{End, Exit};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const SITES: usize = 50;

/// A whole hit file, and where each of its segments ends.
fn whole() -> (Vec<u8>, Vec<usize>) {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&directory.path().join("d"), &start("ab", 0)).unwrap();
    let path = file.path().to_owned();
    let length = || fs::metadata(&path).unwrap().len() as usize;
    let mut ends = vec![length()];
    file.image(&image("server")).unwrap();
    ends.push(length());
    let hits = file.object("d.h.ab.0.object", SITES).unwrap();
    ends.push(length());
    file.python("d.h.ab.0.python").unwrap();
    ends.push(length());
    file.end(Exit::Signal(11), 5.25).unwrap();
    ends.push(length());
    // After the end was written, too: the mapping outlives it.
    [3, 4, 49].into_iter().for_each(|site| hits.set(site));
    (fs::read(&path).unwrap(), ends)
}

/// How many segments `contents` came from.
fn segments(contents: &Contents) -> usize {
    let of_process =
        |process: &forkcov::data::Record| 1 + process.images.len() + usize::from(process.end.is_some());
    contents.process.as_ref().map_or(0, of_process) + contents.sites.len() + contents.logs.len()
}

#[test]
fn what_is_written_is_read() {
    let (bytes, _) = whole();
    let contents = Contents::read(&bytes);
    assert_eq!(contents.damage, None);
    let process = contents.process.unwrap();
    assert_eq!((process.start, process.images), (start("ab", 0), vec![image("server")]));
    assert_eq!(process.end, Some(End { exit: Exit::Signal(11), ended: 5.25 }));
    let sites = &contents.sites[0];
    assert_eq!((sites.table.as_str(), sites.count as usize), ("d.h.ab.0.object", SITES));
    let hit: Vec<_> = (0..SITES).filter(|site| sites.hits[*site] != 0).collect();
    assert_eq!(hit, [3, 4, 49]);
    assert_eq!(contents.logs, [Log { name: "d.h.ab.0.python".to_owned(), image: Some(0) }]);
}

#[test]
fn a_log_belongs_to_the_image_before_it_or_to_the_parents() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&directory.path().join("d"), &start("ab", 1)).unwrap();
    file.python("first").unwrap();
    file.image(&image("shell")).unwrap();
    file.image(&image("python")).unwrap();
    file.python("second").unwrap();
    let bytes = fs::read(file.path()).unwrap();
    let logs = Contents::read(&bytes).logs.into_iter().map(|log| (log.name, log.image));
    assert_eq!(logs.collect::<Vec<_>>(), [("first".to_owned(), None), ("second".to_owned(), Some(1))]);
}

#[test]
fn hits_are_in_the_file_though_the_writer_says_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&directory.path().join("d"), &start("ab", 0)).unwrap();
    let hits = file.object("d.h.ab.0.object", SITES).unwrap();
    hits.set(7);
    assert!(hits.is_set(7) && !hits.is_set(8));
    // The writer is killed here: nothing is flushed, unmapped or closed.
    std::mem::forget(hits);
    let bytes = fs::read(file.path()).unwrap();
    let contents = Contents::read(&bytes);
    assert_eq!((contents.damage, contents.sites[0].hits[7], contents.sites[0].hits[8]), (None, 1, 0));
    assert_eq!(contents.process.unwrap().end, None);
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_the_last_segment() {
    let (bytes, ends) = whole();
    let sites = ends[2] - SITES..ends[2];
    for cut in 0..=bytes.len() {
        let contents = Contents::read(&bytes[..cut]);
        let complete = ends.iter().filter(|end| **end <= cut).count();
        // Room for sites is there before their header: only damage can take it away.
        let in_sites = (ends[1] + 24..ends[2]).contains(&cut);
        assert_eq!(contents.damage.is_some(), in_sites, "cut at {cut}");
        let partly = usize::from(sites.contains(&cut));
        assert_eq!(segments(&contents), complete + partly, "cut at {cut}");
        if partly == 1 {
            assert_eq!(contents.sites[0].hits.len(), cut - sites.start);
        }
    }
}

#[test]
fn a_tail_of_zeros_is_no_damage() {
    let (bytes, ends) = whole();
    for cut in (0..bytes.len()).filter(|cut| !(ends[2] - SITES..ends[2]).contains(cut)) {
        let mut torn = bytes[..cut].to_vec();
        torn.resize(cut + 100, 0);
        let contents = Contents::read(&torn);
        assert_eq!(contents.damage, None, "zeros from {cut}");
        // A segment that ends in a zero byte may be complete.
        assert!(segments(&contents) >= ends.iter().filter(|end| **end <= cut).count(), "zeros from {cut}");
    }
}

#[test]
fn any_other_damage_is_noticed_and_what_stands_before_it_counts() {
    let (bytes, ends) = whole();
    for at in (0..bytes.len()).filter(|at| !(ends[2] - SITES..ends[2]).contains(at)) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let contents = Contents::read(&damaged);
        assert!(contents.damage.is_some(), "byte {at}");
        assert_eq!(segments(&contents), ends.iter().filter(|end| **end <= at).count(), "byte {at}");
    }
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let (bytes, _) = whole();
    fastrand::seed(5);
    for _ in 0..20_000 {
        let mut damaged = bytes.clone();
        for _ in 0..fastrand::usize(1..5) {
            let at = fastrand::usize(..damaged.len());
            damaged[at] = fastrand::u8(..);
        }
        damaged.rotate_left(fastrand::usize(..3));
        damaged.truncate(fastrand::usize(..=damaged.len()));
        Contents::read(&damaged);
    }
}

#[test]
fn a_call_that_fails_names_the_file_and_takes_back_what_it_wrote() {
    let nowhere = HitFile::create(Path::new("/nowhere/d"), &start("ab", 0)).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::NotFound);
    assert!(nowhere.to_string().starts_with("failed to create /nowhere/d.ci-example.100."), "{nowhere}");

    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&directory.path().join("d"), &start("ab", 0)).unwrap();
    let before = fs::read(file.path()).unwrap();
    let error = file.object("t", 1 << 32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(fs::read(file.path()).unwrap(), before);
    fs::remove_file(file.path()).unwrap();
    let error = file.end(Exit::Code(0), 1.0).unwrap_err();
    assert!(error.to_string().contains("d.ci-example.100."), "{error}");
}

#[test]
fn hits_may_go_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Hits>();
    is_send::<HitFile>();
}

#[test]
fn a_large_object_is_given_its_room_too() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&directory.path().join("d"), &start("ab", 0)).unwrap();
    let hits = file.object("d.h.ab.0.object", 1 << 20).unwrap();
    [0, 4096, (1 << 20) - 1].into_iter().for_each(|site| hits.set(site));
    file.image(&image("next")).unwrap();
    let bytes = fs::read(file.path()).unwrap();
    let contents = Contents::read(&bytes);
    assert_eq!((contents.damage, contents.process.unwrap().images.len()), (None, 1));
    let hit = contents.sites[0].hits.iter().enumerate().filter(|(_, byte)| **byte != 0);
    assert_eq!(hit.map(|(site, _)| site).collect::<Vec<_>>(), [0, 4096, (1 << 20) - 1]);
}

#[test]
fn memory_behaves_like_a_mapping() {
    let hits = Hits::memory(4);
    hits.set(2);
    hits.set(2);
    assert_eq!((hits.len(), hits.iter().collect::<Vec<_>>()), (4, vec![2]));
    assert!(!hits.is_set(3));
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&directory.path().join("d"), &start("ab", 0)).unwrap();
    assert!(file.object("t", 0).unwrap().is_empty());
}
