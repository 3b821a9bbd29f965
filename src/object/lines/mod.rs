//! Line tables: line programs are run, and rows for code of the object are kept.

pub(crate) mod files;
pub(crate) mod headers;
pub(crate) mod roots;
pub(crate) mod wanted;

use std::ops::Range;

use gimli::{Dwarf, IncompleteLineProgram, LineInstruction, LineRow, Unit};

use crate::elf::Code;
use crate::elf::sections::Slice;
use crate::object::lines::files::{FileId, FileTable, Files};

/// A row of the line table. The code from its address up to that of the next row belongs to this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) address: u64,
    /// `None` if the file is not wanted.
    pub(crate) file: Option<FileId>,
    /// 0 for code without a line.
    pub(crate) line: u32,
    /// Is it a recommended breakpoint location?
    pub(crate) is_stmt: bool,
}

impl Row {
    /// The wanted line that this row makes executable, if there is one.
    pub(crate) fn wanted_line(&self) -> Option<(FileId, u32)> {
        let file = self.file?;
        (self.is_stmt && self.line != 0).then_some((file, self.line))
    }
}

/// More rows than the line tables of this code have: a few bytes, compressed, can stand for any number.
pub(crate) fn most_rows(code: &Code) -> usize {
    let bytes: usize = code.regions().iter().map(|region| region.bytes.len()).sum();
    bytes.saturating_mul(16).saturating_add(1 << 20)
}

/// The live sequences of a line program.
#[derive(Debug, Default)]
pub(crate) struct LineTable {
    pub(crate) files: FileTable,
    rows: Vec<Row>,
    /// The rows of each, and one past its last address. Never empty; ascending by address once the
    /// program has been run.
    sequences: Vec<(Range<usize>, u64)>,
    /// Wanted rows for addresses without code in the object.
    pub(crate) not_loaded: usize,
    /// The program could not be run to its end.
    pub(crate) damaged: bool,
}

/// The program could not be run to its end.
struct Damage;

impl From<gimli::Error> for Damage {
    fn from(_: gimli::Error) -> Self {
        Self
    }
}

impl LineTable {
    /// Runs `program`. Sequences that were complete before any damage are kept.
    pub(crate) fn run<'a>(
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        program: IncompleteLineProgram<Slice<'a>>,
        (names, files): (FileTable, &mut Files<'_, 'a>),
        code: &Code,
    ) -> Self {
        let mut table = Self { files: names, ..Self::default() };
        table.damaged = table.try_run(dwarf, unit, program, files, code).is_err();
        table.sequences.sort_unstable_by_key(|(rows, end)| (table.rows[rows.start].address, *end));
        table
    }

    fn try_run<'a>(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        mut program: IncompleteLineProgram<Slice<'a>>,
        files: &mut Files<'_, 'a>,
        code: &Code,
    ) -> Result<(), Damage> {
        // `LineRows` hides the rows that it refuses. It also cannot be stopped before the one
        // instruction that overflows in gimli 0.34 when it is negated.
        let mut instructions = program.header().instructions();
        let mut row = LineRow::new(program.header());
        let most = most_rows(code);
        let mut begin = self.rows.len();
        let mut refused = false;
        while let Some(instruction) = instructions.next_instruction(program.header())? {
            let address = match &instruction {
                LineInstruction::SetAddress(address) => Some(*address),
                LineInstruction::AdvanceLine(i64::MIN) => return Err(Damage),
                LineInstruction::DefineFile(file) => {
                    self.files.push(files.defined(dwarf, unit, program.header(), file));
                    None
                }
                _ => None,
            };
            let is_row = row.execute(instruction, &mut program)?;
            // If gimli takes the new address for a tombstone, it does not change the row's address.
            refused = address.map_or(refused, |address| row.address() != address);
            if !is_row {
                continue;
            }
            if row.end_sequence() {
                self.end_sequence(begin, row.address(), code);
                begin = self.rows.len();
                refused = false;
            } else {
                let file = self.files.get(row.file_index());
                let line = row.line().map_or(Ok(0), |line| u32::try_from(line.get())).unwrap_or(0);
                let has_line = file.is_none_or(|file| files.has_line(file, line));
                let row = Row {
                    address: row.address(),
                    file,
                    line: if has_line { line } else { 0 },
                    is_stmt: row.is_stmt(),
                };
                if self.rows.len() > most {
                    return Err(Damage);
                }
                if !refused {
                    self.rows.push(row);
                } else if row.wanted_line().is_some() {
                    self.not_loaded += 1;
                }
            }
            row.reset(program.header());
        }
        if begin == self.rows.len() {
            Ok(())
        } else {
            self.rows.truncate(begin);
            Err(Damage)
        }
    }

    /// Makes the rows from `begin` on a sequence, without those for addresses without code.
    fn end_sequence(&mut self, begin: usize, end: u64, code: &Code) {
        let Some(first) = self.rows.get(begin) else {
            return;
        };
        let region = code.live(first.address, end);
        let code_end = region.map_or(0, |region| region.end());
        let mut kept = begin;
        for index in begin..self.rows.len() {
            let row = self.rows[index];
            if row.address >= code_end {
                self.not_loaded += usize::from(row.wanted_line().is_some());
            } else if row.address < end {
                self.rows[kept] = row;
                kept += 1;
            }
            // A row at the end of the sequence covers nothing: another function is there.
        }
        self.rows.truncate(kept);
        if kept > begin {
            self.sequences.push((begin..kept, end));
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The addresses of each live sequence.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        self.sequences.iter().map(|(rows, end)| self.rows[rows.start].address..*end)
    }

    /// The rows of each live sequence.
    pub(crate) fn sequences(&self) -> impl Iterator<Item = &[Row]> {
        self.sequences.iter().map(|(rows, _)| &self.rows[rows.clone()])
    }

    /// The rows at `address`, or else the row that covers it, for each sequence that contains it. There
    /// are several such sequences if the linker has folded identical functions.
    pub(crate) fn rows_of(&self, address: u64) -> impl Iterator<Item = &Row> {
        let start = |sequence: &(Range<usize>, u64)| self.rows[sequence.0.start].address;
        let next = self.sequences.partition_point(|sequence| start(sequence) <= address);
        let nearest = self.sequences[..next].last().map(start);
        self.sequences[..next]
            .iter()
            .rev()
            .take_while(move |sequence| Some(start(sequence)) == nearest)
            .filter(move |(_, end)| address < *end)
            .flat_map(move |(rows, _)| {
                let rows = &self.rows[rows.clone()];
                let before = rows.partition_point(|row| row.address < address);
                let after = rows.partition_point(|row| row.address <= address);
                &rows[before.min(after.saturating_sub(1))..after]
            })
    }

    /// The rows in `range`, each with whether code belongs to it, and not to another row at the same
    /// address. None if the linker has folded identical functions: it is not known to which the rows
    /// belong.
    pub(crate) fn rows_within(&self, range: Range<u64>) -> impl Iterator<Item = (&Row, bool)> {
        let first = self.sequences.partition_point(|(rows, _)| self.rows[rows.start].address <= range.start);
        (first.saturating_sub(1)..self.sequences.len())
            .take_while(move |index| self.start(*index).is_some_and(|start| start < range.end))
            .filter(|index| !self.is_folded(*index))
            .flat_map(move |index| {
                let rows = &self.rows[self.sequences[index].0.clone()];
                let first = rows.partition_point(|row| row.address < range.start);
                let end = rows.partition_point(|row| row.address < range.end);
                let spans = |at: usize| rows.get(at + 1).is_none_or(|next| next.address != rows[at].address);
                (first..end).map(move |at| (&rows[at], spans(at)))
            })
    }

    /// Does another sequence begin at the same address?
    fn is_folded(&self, index: usize) -> bool {
        let start = self.start(index);
        self.start(index + 1) == start
            || index.checked_sub(1).is_some_and(|before| self.start(before) == start)
    }

    /// The first address of a sequence.
    fn start(&self, index: usize) -> Option<u64> {
        self.sequences.get(index).map(|(rows, _)| self.rows[rows.start].address)
    }
}
