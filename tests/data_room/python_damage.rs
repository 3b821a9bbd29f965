//! Runtime logs of Python that are truncated, damaged, or left by a killed writer.

use crate::runtime_log::{ARC, CODE, Code, FUNCTION, LINE, OF_3_10, OTHER, Probe, SLOT};
use crate::runtime_log::{arc_record, code_record, line_record, record};
use crate::support::{KEEP, load, run_files, start};
use forkcov::data::combine::combine;
use forkcov::data::hit_file::HitFile;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::slice;
use tempfile::TempDir;

/// A log with a module of lines 1 to 9, and the hit file of its process.
struct Scene {
    directory: TempDir,
    probe: Probe,
    file: u32,
    module: u32,
    hit_file: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("d");
        let mut probe = Probe::start(&data_file, "ab", 0, OF_3_10, 1);
        let file = probe.file("/src/main.py");
        let mut hit_file = HitFile::create(&run_files(&data_file, "ab"), &start("ab", 1)).unwrap();
        hit_file.log(&probe.log.name()).unwrap();
        hit_file.left(2000.0).unwrap();
        let hit_file = hit_file.path().unwrap();
        let module = probe.code(&code(file, 0, OTHER, "<module>", &[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        Self { directory, probe, file, module, hit_file }
    }

    fn log(&self) -> PathBuf {
        self.probe.log.path()
    }

    /// Which lines ran, and what is said to be wrong.
    fn combined(&self) -> (BTreeSet<u32>, Option<String>) {
        let output = self.directory.path().join("out");
        let summary = combine(slice::from_ref(&self.hit_file), &output, &KEEP).unwrap();
        let view = load(&output);
        assert_eq!(view.processes.len(), 1);
        let hits = view.files.iter().flat_map(|file| &file.hits);
        let ran = hits.flat_map(|(_, lines)| lines.iter()).collect();
        (ran, summary.damaged.into_iter().map(|(_, reason)| reason).next())
    }

    /// The same, of damage that is there.
    fn damaged(&self) -> (BTreeSet<u32>, String) {
        let (ran, reason) = self.combined();
        let reason = reason.expect("nothing is said to be wrong");
        let prefix = format!("its runtime log {}: ", self.probe.log.name());
        (ran, reason.strip_prefix(&prefix).unwrap_or_else(|| panic!("{reason}")).to_owned())
    }
}

fn code<'a>(file: u32, parent: u32, flags: u32, name: &'a str, lines: &'a [u32]) -> Code<'a> {
    Code { file, parent, flags, name, lines }
}

fn of(ran: &[u32]) -> BTreeSet<u32> {
    ran.iter().copied().collect()
}

/// Every state in which the log is as `record` is written: claimed, begun, with more and more of its content,
/// complete.
fn states(record: &[u8]) -> Vec<Vec<u8>> {
    let mut states = vec![vec![0; record.len()]];
    if record.len() > SLOT {
        let mut begun = record.to_vec();
        begun[7] &= 0x7f;
        states.extend((8..=record.len()).map(|written| {
            let mut state = begun[..written].to_vec();
            state.resize(record.len(), 0);
            state
        }));
    } else {
        states.extend((8..=record.len()).map(|written| {
            let mut state = vec![0; record.len()];
            state[8..written].copy_from_slice(&record[8..written]);
            state
        }));
    }
    states.push(record.to_vec());
    states
}

#[test]
fn a_thread_may_be_killed_anywhere_and_others_write_on() {
    let mut scene = Scene::new();
    let records = [
        code_record(1, OF_3_10, &code(scene.file, scene.module, FUNCTION, "function", &[4, 5, 6])),
        line_record(1, scene.module, 7),
        arc_record(1, scene.module, 3, 8),
    ];
    let sound = fs::read(scene.log()).unwrap();
    let next = scene.probe.next;
    for record in &records {
        for state in states(record) {
            fs::write(scene.log(), &sound).unwrap();
            scene.probe.next = next;
            scene.probe.line(scene.module, 1);
            let slot = scene.probe.append(&state);
            scene.probe.line(scene.module, 2);
            let mut expected = of(&[1, 2]);
            if &state == record && record == &records[1] {
                expected.insert(7);
            }
            assert_eq!(scene.combined(), (expected.clone(), None), "{state:x?}");
            // Another thread may know its slot, though only if it was complete when the machine stopped.
            if record == &records[0] && state[..8] != [0; 8] {
                scene.probe.line(slot, 4);
                scene.probe.code(&code(scene.file, slot, FUNCTION, "inner", &[6]));
                expected.extend((&state == record).then_some(4));
                assert_eq!(scene.combined(), (expected, None), "{state:x?}");
            }
        }
    }
}

#[test]
fn of_a_log_that_is_cut_what_stands_before_counts_and_all_of_it_when_it_is_whole_again() {
    let mut scene = Scene::new();
    let mut ends = Vec::new();
    for line in 1..=9 {
        let slot = scene.probe.append(&line_record(1, scene.module, line));
        ends.push(((slot as usize + 1) * SLOT, line));
    }
    let whole = fs::read(scene.log()).unwrap();
    let end = ends[8].0 + 2 * SLOT;
    for cut in (0..end).chain([whole.len() - 1]) {
        fs::write(scene.log(), &whole[..cut]).unwrap();
        let expected = ends.iter().filter(|(end, _)| *end <= cut).map(|(_, ran)| *ran).collect();
        let reason = match cut {
            0..8 => "not a runtime log, or made by another version of forkcov",
            // Wherever it is cut: its header says how long it was.
            _ => "cut short",
        };
        assert_eq!(scene.damaged(), (expected, reason.to_owned()), "cut at {cut}");
    }
    fs::write(scene.log(), &whole).unwrap();
    assert_eq!(scene.combined(), (ends.into_iter().map(|(_, ran)| ran).collect(), None));
}

#[test]
fn damage_is_named_and_what_else_there_is_counts() {
    let mut scene = Scene::new();
    let sound = fs::read(scene.log()).unwrap();
    let next = scene.probe.next;
    let (file, module) = (scene.file, scene.module);
    let with = |mut bytes: Vec<u8>, at: usize, byte: u8| {
        bytes[at] = byte;
        bytes
    };
    let function = code_record(1, OF_3_10, &code(file, module, FUNCTION, "function", &[4, 5]));
    let odd_table = {
        let fields = [file, module, 4, 1, 3, FUNCTION, 0, 0].map(u32::to_le_bytes);
        record(1, CODE, &[fields.as_flattened(), b"f\x02\x01\x02"].concat())
    };
    let of_no_code: Vec<(Vec<u8>, &str)> =
        [0, 1, 1 << 30].map(|slot| (line_record(1, slot, 7), "a line of no code unit")).into();
    let large = [&line_record(1, module, 7)[..7], &[0x81; 9 + (1 << 24)]].concat();
    let mut cases = vec![
        (with(line_record(1, module, 7), 4, 2), "a record that does not fit"),
        (with(line_record(1, module, 7), 4, 0), "a record that does not fit"),
        (with(line_record(1, module, 7), 6, 1), "a record that does not fit"),
        (with(large, 6, 0x10), "a record that does not fit"),
        (with(line_record(1, module, 7), 0, 0), "a record of no process"),
        (with(line_record(1, module, 7), 0, 1), "a record of another process"),
        (with(line_record(1, module, 7), 7, 0x85), "a record of unknown kind"),
        (with(line_record(1, module, 7), 7, LINE as u8), "a record of unknown kind"),
        (line_record(1, module, 1 << 26), "a line number out of range"),
        (arc_record(1, 1, 3, 4), "an arc of no code unit"),
        (arc_record(1, module, 0, 4), "an arc of a line number out of range"),
        (arc_record(1, module, 3, 0), "an arc of a line number out of range"),
        (arc_record(1, module, 3, -(1 << 26)), "an arc of a line number out of range"),
        (arc_record(1, module, 1 << 31, 4), "an arc of a line number out of range"),
        (record(1, ARC, &[0; 8]), "a record that does not fit"),
        (with(function.clone(), 20, 100), "a record that does not fit"),
        (with(function.clone(), 22, 1), "a record that does not fit"),
        (record(1, CODE, &[0; 8]), "a record that does not fit"),
        (odd_table, "a malformed line table"),
        (code_record(1, OF_3_10, &code(0, 0, OTHER, "<module>", &[1])), "a code unit of no source file"),
        (code_record(1, OF_3_10, &code(9, 0, OTHER, "<module>", &[1])), "a code unit of no source file"),
        (
            code_record(1, OF_3_10, &code(file, 1, OTHER, "C", &[1])),
            "a code unit inside a record that is none",
        ),
    ];
    cases.extend(of_no_code);
    for (damage, expected) in cases {
        fs::write(scene.log(), &sound).unwrap();
        scene.probe.next = next;
        scene.probe.line(module, 1);
        let shown = &damage[..damage.len().min(60)];
        scene.probe.append(&damage);
        scene.probe.line(module, 2);
        assert_eq!(scene.damaged(), (of(&[1, 2]), expected.to_owned()), "{shown:x?}");
    }
}

#[test]
fn lines_that_the_interpreter_has_for_no_line_are_none() {
    let mut scene = Scene::new();
    for line in [0, u32::MAX, 3] {
        scene.probe.line(scene.module, line);
    }
    assert_eq!(scene.combined(), (of(&[3]), None));
}

#[test]
fn no_damaged_byte_costs_the_processes_or_the_program() {
    let mut scene = Scene::new();
    scene.probe.code(&code(scene.file, scene.module, FUNCTION, "function", &[4, 5]));
    scene.probe.lines(scene.module, &[1, 2, 3]);
    scene.probe.arc(scene.module, 2, 3);
    let whole = fs::read(scene.log()).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for at in 0..used {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            fs::write(scene.log(), bytes).unwrap();
            scene.combined();
        }
    }
}
