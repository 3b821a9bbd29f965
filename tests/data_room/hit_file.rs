//! Hit files that are whole, truncated, damaged, or left by a killed writer.

use crate::support::{context, hit_sites, image, object, run_files, start};
use forkcov::data::hit_file::{HitFile, HitFileContents, LogReference, ObjectHits};
use forkcov::data::{Exit, ProcessEnd};
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;

const TABLE: &str = "d.h.ab.0.object";
const SITES: usize = 600;
/// Two of one piece, and the last of the object, which is in a shorter one.
const HIT: [usize; 3] = [3, 4, 599];

/// What was written of a hit file, and where its segments end.
struct Whole {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Where the bytes of sites are.
    sites: Vec<Range<usize>>,
}

impl Whole {
    fn is_site(&self, at: usize) -> bool {
        self.sites.iter().any(|sites| sites.contains(&at))
    }
}

fn whole() -> Whole {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&run_files(&directory.path().join("d"), "ab"), &start("ab", 0)).unwrap();
    let path = file.path().unwrap();
    let written = || {
        let bytes = fs::read(&path).unwrap();
        bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
    };
    let mut ends = vec![written()];
    file.image(&image("server")).unwrap();
    ends.push(written());
    file.object(object(TABLE, SITES)).unwrap();
    ends.push(written());
    // A header, a place and the bytes.
    let first = ends[2] + 36..ends[2] + 36 + 128;
    file.set(object(TABLE, SITES), 3).unwrap();
    ends.push(first.end);
    file.log("d.h.ab.0.runtime").unwrap();
    ends.push(written());
    let last = ends[4] + 36..ends[4] + 36 + SITES - 512;
    file.set(object(TABLE, SITES), 599).unwrap();
    ends.push(last.end);
    assert_eq!(written(), last.end, "the last site is the last byte");
    file.end(Exit::Signal(11), 5.25).unwrap();
    ends.push(written());
    // After the end was written, too.
    file.set(object(TABLE, SITES), 4).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes.len(), ends[6]);
    Whole { bytes, ends, sites: vec![first, last] }
}

/// How many segments `contents` came from.
fn segments(contents: &HitFileContents) -> usize {
    let of_process = |process: &forkcov::data::ProcessRecord| {
        1 + process.images.len() + process.contexts.len() + usize::from(process.end.is_some())
    };
    let pieces = contents.sites.iter().map(|sites| 1 + sites.pieces.len()).sum::<usize>();
    contents.process.as_ref().map_or(0, of_process) + pieces + contents.logs.len()
}

#[test]
fn what_is_written_is_read() {
    let bytes = whole().bytes;
    let contents = HitFileContents::read(&bytes);
    assert_eq!(contents.damage, None);
    let sites = &contents.sites[0];
    assert_eq!((sites.table.as_str(), sites.count as usize), (TABLE, SITES));
    assert_eq!(hit_sites(sites), HIT);
    let pieces: Vec<_> = sites.pieces.iter().map(|piece| (piece.first, piece.hits.len())).collect();
    assert_eq!(pieces, [(0, 128), (512, SITES - 512)]);
    assert_eq!(
        contents.logs,
        [LogReference { name: "d.h.ab.0.runtime".to_owned(), place: None, image: Some(0), context: 0 }]
    );
    let process = contents.process.unwrap();
    assert_eq!((process.start, process.images), (start("ab", 0), vec![image("server")]));
    assert_eq!(process.end, Some(ProcessEnd { exit: Exit::Signal(11), ended: 5.25 }));
}

#[test]
fn a_log_belongs_to_the_image_before_it_or_to_the_parents() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&run_files(&directory.path().join("d"), "ab"), &start("ab", 1)).unwrap();
    file.log("first").unwrap();
    file.image(&image("shell")).unwrap();
    file.image(&image("python")).unwrap();
    file.child_log("second", 7).unwrap();
    let bytes = fs::read(file.path().unwrap()).unwrap();
    let logs = HitFileContents::read(&bytes).logs.into_iter().map(|log| (log.name, log.place, log.image));
    let expected = [("first".to_owned(), None, None), ("second".to_owned(), Some(7), Some(1))];
    assert_eq!(logs.collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_hit_again_in_a_context_is_of_that_context_too() {
    let directory = tempfile::tempdir().unwrap();
    let object = object(TABLE, SITES);
    let mut file = HitFile::create(&run_files(&directory.path().join("d"), "ab"), &start("ab", 1)).unwrap();
    file.set(object, 7).unwrap();
    file.log("first").unwrap();
    let contexts = [context("test one", 2.0), context("test two", 3.5)];
    file.context(&contexts[0]).unwrap();
    assert!(!file.is_set(0, 7));
    file.set_all(object, [7..=8, 200..=200]).unwrap();
    file.context(&contexts[1]).unwrap();
    file.log("second").unwrap();
    file.set(object, 8).unwrap();
    assert!(file.is_set(0, 8) && !file.is_set(0, 7));
    let bytes = fs::read(file.path().unwrap()).unwrap();
    let contents = HitFileContents::read(&bytes);
    assert_eq!(contents.damage, None);
    let in_context = |context| {
        let pieces = contents.sites[0].pieces.iter().filter(|piece| piece.context == context);
        hit_sites(&ObjectHits { pieces: pieces.copied().collect(), ..contents.sites[0].clone() })
    };
    assert_eq!([0, 1, 2].map(in_context), [vec![7], vec![7, 8, 200], vec![8]]);
    assert_eq!(contents.logs.iter().map(|log| log.context).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(contents.process.unwrap().contexts, contexts);
}

#[test]
fn hits_are_in_the_file_though_the_writer_says_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = HitFile::create(&run_files(&directory.path().join("d"), "ab"), &start("ab", 0)).unwrap();
    file.set(object(TABLE, SITES), 7).unwrap();
    assert!(file.is_set(0, 7) && !file.is_set(0, 8) && !file.is_set(0, 300) && !file.is_set(1, 7));
    let path = file.path().unwrap();
    // The writer is killed here: nothing is flushed, unmapped or closed.
    std::mem::forget(file);
    let bytes = fs::read(path).unwrap();
    let contents = HitFileContents::read(&bytes);
    assert_eq!((contents.damage, hit_sites(&contents.sites[0])), (None, vec![7]));
    assert_eq!(contents.process.unwrap().end, None);
}

#[test]
fn a_tail_torn_at_any_byte_costs_only_the_last_segment() {
    let whole = whole();
    let Whole { bytes, ends, .. } = &whole;
    for cut in 0..=bytes.len() {
        let contents = HitFileContents::read(&bytes[..cut]);
        let complete = ends.iter().filter(|end| **end <= cut).count();
        // Room for sites is there before their header: only damage can take it away.
        let in_sites = whole.sites.iter().any(|sites| (sites.start - 12..sites.end).contains(&cut));
        assert_eq!(contents.damage.is_some(), in_sites, "cut at {cut}");
        let partly = whole.sites.iter().find(|sites| sites.contains(&cut));
        assert_eq!(segments(&contents), complete + usize::from(partly.is_some()), "cut at {cut}");
        if let Some(sites) = partly {
            assert_eq!(contents.sites[0].pieces.last().unwrap().hits.len(), cut - sites.start);
        }
    }
}

#[test]
fn a_tail_of_zeros_is_no_damage() {
    let whole = whole();
    let Whole { bytes, ends, .. } = &whole;
    for cut in (0..bytes.len()).filter(|cut| !whole.is_site(*cut)) {
        let mut torn = bytes[..cut].to_vec();
        torn.resize(cut + 5000, 0);
        let contents = HitFileContents::read(&torn);
        assert_eq!(contents.damage, None, "zeros from {cut}");
        // A segment that ends in a zero byte may be complete.
        assert!(segments(&contents) >= ends.iter().filter(|end| **end <= cut).count(), "zeros from {cut}");
    }
}

#[test]
fn any_other_damage_is_noticed_and_what_stands_before_it_counts() {
    let whole = whole();
    for at in (0..whole.bytes.len()).filter(|at| !whole.is_site(*at)) {
        let mut damaged = whole.bytes.clone();
        damaged[at] ^= 0x41;
        let contents = HitFileContents::read(&damaged);
        assert!(contents.damage.is_some(), "byte {at}");
        assert_eq!(segments(&contents), whole.ends.iter().filter(|end| **end <= at).count(), "byte {at}");
    }
}

#[test]
fn a_hit_file_of_another_version_is_said_to_be_one() {
    let mut bytes = whole().bytes;
    bytes[3] = b'1';
    let damage = HitFileContents::read(&bytes).damage.unwrap();
    assert_eq!(damage, "a hit file of another version of forkcov");
    assert_eq!(HitFileContents::read(b"int main() {}, and more of that").damage.unwrap(), "not a hit file");
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let bytes = whole().bytes;
    fastrand::seed(5);
    for _ in 0..20_000 {
        let mut damaged = bytes.clone();
        for _ in 0..fastrand::usize(1..5) {
            let at = fastrand::usize(..damaged.len());
            damaged[at] = fastrand::u8(..);
        }
        damaged.rotate_left(fastrand::usize(..3));
        damaged.truncate(fastrand::usize(..=damaged.len()));
        HitFileContents::read(&damaged);
    }
}

#[test]
fn a_call_that_fails_names_the_file_and_takes_back_what_it_wrote() {
    let directory = tempfile::tempdir().unwrap();
    let files = run_files(&directory.path().join("d"), "ab");
    let mut file = HitFile::create(&files, &start("ab", 0)).unwrap();
    let path = file.path().unwrap();
    let before = fs::read(&path).unwrap();
    let error = file.object(object("t", 1 << 32)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("d.ci-example.100."), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    // A file that has lost its name is written nevertheless.
    fs::remove_file(path).unwrap();
    file.set_all(object("t", 1 << 20), (0..1 << 20).step_by(128).map(|site| site..=site)).unwrap();
    file.end(Exit::Code(0), 1.0).unwrap();
    assert!(file.is_set(0, 256 * 100));
    fs::remove_dir(directory.path()).unwrap();
    let nowhere = HitFile::create(&files, &start("ab", 0)).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::NotFound);
    let expected = format!("failed to create {}/d.ci-example.100.", directory.path().display());
    assert!(nowhere.to_string().starts_with(&expected), "{nowhere}");
}

#[test]
fn a_hit_file_may_go_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<HitFile>();
}

#[test]
fn a_large_object_takes_room_for_what_is_hit_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let large = object(TABLE, 1 << 20);
    let mut file = HitFile::create(&run_files(&directory.path().join("d"), "ab"), &start("ab", 0)).unwrap();
    let length = |file: &HitFile| fs::metadata(file.path().unwrap()).unwrap().len();
    let few = [0, 4096, (1 << 20) - 1];
    file.set_all(large, few.map(|site| site..=site)).unwrap();
    file.image(&image("next")).unwrap();
    assert!(length(&file) < 1024, "{}", length(&file));
    let bytes = fs::read(file.path().unwrap()).unwrap();
    let contents = HitFileContents::read(&bytes);
    assert_eq!((contents.damage, contents.process.unwrap().images.len()), (None, 1));
    assert_eq!(hit_sites(&contents.sites[0]), few);
    file.set_all(large, [0..=(1 << 20) - 1]).unwrap();
    file.end(Exit::Code(0), 1.0).unwrap();
    let bytes = fs::read(file.path().unwrap()).unwrap();
    assert!(bytes.len() < (1 << 20) * 3 / 2, "{}", bytes.len());
    let contents = HitFileContents::read(&bytes);
    assert_eq!((contents.damage, contents.process.unwrap().end.is_some()), (None, true));
    assert!(hit_sites(&contents.sites[0]).into_iter().eq(0..1 << 20));
}

#[test]
fn a_file_that_could_not_be_made_knows_what_was_hit() {
    let mut file = HitFile::missing();
    let object = object("t", 1000);
    file.image(&image("server")).unwrap();
    file.set_all(object, [2..=2, 999..=999, 2..=2]).unwrap();
    file.save(|_| object).unwrap();
    file.end(Exit::Code(0), 1.0).unwrap();
    assert!(file.path().is_none());
    assert_eq!((0..1000).filter(|site| file.is_set(0, *site)).collect::<Vec<_>>(), [2, 999]);
}
