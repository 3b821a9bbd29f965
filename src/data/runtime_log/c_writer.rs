//! What the probe's C code (`src/runtime/probe/log.c`) writes is what [`super::records`] reads.

use super::layout::{HEADER, MAGIC};
use super::records::{Body, Records};
use crate::runtime::probe::HostProgram;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// The C code, compiled as a program of this machine that writes what its input says.
static WRITER: LazyLock<HostProgram> = LazyLock::new(|| HostProgram::compile("log_test.c"));

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Line { code: u32, line: i32 },
    Arc { code: u32, from: i32, to: i32 },
    Code { numbers: [u32; 5], name: Vec<u8>, table: Vec<u8> },
}

/// A record, and the number of the process that writes it.
fn record() -> impl Strategy<Value = (u32, Content)> {
    let bytes =
        || prop_oneof![prop::collection::vec(any::<u8>(), 0..40), prop::collection::vec(any::<u8>(), 9000)];
    let line = (any::<u32>(), any::<i32>()).prop_map(|(code, line)| Content::Line { code, line });
    let arc = (any::<u32>(), any::<i32>(), any::<i32>()).prop_map(|(code, from, to)| Content::Arc {
        code,
        from,
        to,
    });
    let code = (any::<[u32; 5]>(), bytes(), bytes()).prop_map(|(numbers, name, table)| Content::Code {
        numbers,
        name,
        table,
    });
    (0..u32::MAX, prop_oneof![3 => line, 2 => arc, 1 => code])
}

fn empty_log(path: &Path) {
    let mut log = vec![0; HEADER as usize];
    log[..MAGIC.len()].copy_from_slice(&MAGIC);
    fs::write(path, log).unwrap();
}

/// The input of the writer for these records. Its process may be unable to map the log.
fn script(records: &[(u32, Content)], is_remote: bool) -> String {
    let hex = |bytes: &[u8]| bytes.iter().fold("=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
    let mut script = if is_remote { "remote\n".to_owned() } else { String::new() };
    for (process, content) in records {
        let process = process + 1;
        match content {
            Content::Line { code, line } => {
                writeln!(script, "line {process} {code} {}", line.cast_unsigned())
            }
            Content::Arc { code, from, to } => writeln!(script, "arc {process} {code} {from} {to}"),
            Content::Code { numbers: [a, b, c, d, e], name, table } => {
                writeln!(script, "code {process} {a} {b} {c} {d} {e} {} {}", hex(name), hex(table))
            }
        }
        .unwrap();
    }
    script
}

/// Lets the C code write these records to the log at `path`. Gives the slots of the code units.
fn write(path: &Path, records: &[(u32, Content)], is_remote: bool) -> Vec<u32> {
    let output = WRITER.run(Some(path), &script(records, is_remote)).unwrap();
    output.lines().map(|slot| slot.parse().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_the_probe_writes_is_read(
        records in prop::collection::vec(record(), 0..40),
        is_remote in any::<bool>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        empty_log(&path);
        let slots = write(&path, &records, is_remote);
        let log = fs::read(&path).unwrap();
        let mut read = Vec::new();
        let mut read_slots = Vec::new();
        for record in Records::of(&log) {
            let record = record.map_err(TestCaseError::fail)?;
            let content = match record.body {
                Body::Line { code, line } => Content::Line { code, line },
                Body::Arc { code, from, to } => Content::Arc { code, from, to },
                Body::Code(code) => {
                    read_slots.push(record.slot);
                    let first = code.record.first_line.cast_unsigned();
                    let numbers = [code.file, code.parent, first, code.record.flags, code.record.code_size];
                    Content::Code { numbers, name: code.record.name.to_vec(), table: code.record.line_table.to_vec() }
                }
                body => return Err(TestCaseError::fail(format!("{body:?}"))),
            };
            read.push((record.process as u32, content));
        }
        prop_assert_eq!(read, records);
        prop_assert_eq!(read_slots, slots);
    }
}
