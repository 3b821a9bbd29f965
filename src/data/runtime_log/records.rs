//! The records of a log, as they were written.

use super::layout::{
    ARC, ARC_CODE, ARC_FROM, ARC_SIZE, ARC_TO, CODE, CODE_CODE_SIZE, CODE_CONTENT, CODE_FILE,
    CODE_FIRST_LINE, CODE_FLAGS, CODE_NAME_LENGTH, CODE_PARENT, CODE_TABLE_LENGTH, COMPLETE, HEADER,
    KIND_SHIFT, LINE, LINE_CODE, LINE_NUMBER, MOST_RECORD, SIZE_SHIFT, SLOT,
};
use crate::runtime::CodeRecord;

/// A record that a writer has at least begun.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// Its slot in this log. Other records refer to it by this and the number of the log's first slot.
    pub(super) slot: u32,
    /// The serial of the process that wrote it.
    pub(super) process: u64,
    pub(super) body: Body<'a>,
}

#[derive(Debug)]
pub(super) enum Body<'a> {
    /// A line of the code unit in the slot `code` ran.
    Line {
        code: u32,
        line: i32,
    },
    /// Control went from a line of the code unit in the slot `code` to another, or out of the code unit.
    Arc {
        code: u32,
        from: i32,
        to: i32,
    },
    Code(LoggedCode<'a>),
    /// Its writer was killed before it was complete.
    Incomplete,
}

/// A code unit.
#[derive(Debug)]
pub(super) struct LoggedCode<'a> {
    /// The number of its source file.
    pub(super) file: u32,
    /// The slot of the code unit around it; 0 if there is none.
    pub(super) parent: u32,
    /// What its runtime interprets.
    pub(super) record: CodeRecord<'a>,
}

/// The records of a whole log. A slot where no record can begin is an error, and is skipped. So is a record
/// whose size does not agree with its content.
#[derive(Debug)]
pub(super) struct Records<'a> {
    log: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// Those of a log that has its header.
    pub(super) fn of(log: &'a [u8]) -> Self {
        Self { log, at: HEADER as usize }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        const SLOT_SIZE: usize = SLOT as usize;
        loop {
            let at = self.at;
            let rest = self.log.get(at..).filter(|rest| rest.len() >= SLOT_SIZE)?;
            self.at += SLOT_SIZE;
            let header = u64::from(u32_at(rest, 0)) | u64::from(u32_at(rest, 4)) << 32;
            if header == 0 {
                continue; // claimed but never written to
            }
            let size = (header >> SIZE_SHIFT & 0xff_ffff) as usize * SLOT_SIZE;
            let record = rest.get(..size).filter(|_| (1..=MOST_RECORD as usize).contains(&size));
            let Some(record) = record else {
                return Some(Err("a record that does not fit"));
            };
            let Some(process) = u64::from(header as u32).checked_sub(1) else {
                return Some(Err("a record of no process"));
            };
            let body = match (header >> KIND_SHIFT & 0x7f, header & COMPLETE != 0) {
                (CODE | ARC, false) => Some(Body::Incomplete),
                (ARC, true) => arc(record),
                (LINE, true) => line(record),
                (CODE, true) => code(record),
                _ => return Some(Err("a record of unknown kind")),
            };
            let Some(body) = body else { return Some(Err("a record that does not fit")) };
            self.at = at + size;
            return Some(Ok(Record { slot: (at / SLOT_SIZE) as u32, process, body }));
        }
    }
}

fn line(record: &[u8]) -> Option<Body<'_>> {
    let is_one_slot = record.len() == SLOT as usize;
    is_one_slot.then(|| Body::Line {
        code: u32_at(record, LINE_CODE),
        line: u32_at(record, LINE_NUMBER).cast_signed(),
    })
}

fn arc(record: &[u8]) -> Option<Body<'_>> {
    let number = |offset| u32_at(record, offset).cast_signed();
    (record.len() as u64 == ARC_SIZE).then(|| Body::Arc {
        code: u32_at(record, ARC_CODE),
        from: number(ARC_FROM),
        to: number(ARC_TO),
    })
}

fn code(record: &[u8]) -> Option<Body<'_>> {
    if record.len() < CODE_CONTENT {
        return None;
    }
    let field = |offset| u32_at(record, offset);
    let lengths = [CODE_NAME_LENGTH, CODE_TABLE_LENGTH].map(field);
    let [name, line_table] = contents(record, CODE_CONTENT, lengths)?;
    let first_line = field(CODE_FIRST_LINE).cast_signed();
    let [file, parent, flags, code_size] = [CODE_FILE, CODE_PARENT, CODE_FLAGS, CODE_CODE_SIZE].map(field);
    let record = CodeRecord { name, first_line, flags, line_table, code_size };
    Some(Body::Code(LoggedCode { file, parent, record }))
}

/// The parts of these lengths that a record has from offset `at` on, if they fill it up to its last slot.
fn contents<const N: usize>(record: &[u8], at: usize, lengths: [u32; N]) -> Option<[&[u8]; N]> {
    let mut end = at;
    let mut parts = [&record[..0]; N];
    for (part, length) in parts.iter_mut().zip(lengths) {
        let begin = end;
        end = begin.checked_add(length as usize)?;
        *part = record.get(begin..end)?;
    }
    (end.next_multiple_of(SLOT as usize) == record.len()).then_some(parts)
}

/// The number at an offset that the record has.
fn u32_at(record: &[u8], offset: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&record[offset..offset + 4]);
    u32::from_le_bytes(bytes)
}
