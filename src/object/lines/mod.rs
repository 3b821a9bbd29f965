//! Line tables: line programs are run, and rows for code of the object are kept.

pub(crate) mod files;
pub(crate) mod headers;
pub(crate) mod roots;
pub(crate) mod statements;
pub(crate) mod wanted;

use std::ops::Range;

use gimli::{ColumnType, Dwarf, IncompleteLineProgram, LineInstruction, LineRow, Unit};

use crate::elf::Code;
use crate::elf::sections::Slice;
use crate::machine::InstructionWalk;
use crate::object::lines::files::{FileId, FileTable, Files};
use crate::object::lines::statements::{Statement, Ways};

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
    /// The length of the instruction at its address; `None` if none begins there, or if nothing is wanted of
    /// the row.
    pub(crate) length: Option<u8>,
    /// Which of the statements of the line its code is of.
    pub(crate) position: Position,
}

/// A place in a line: its column, and the number of one of the blocks there (DWARF 5, section 6.2.2,
/// "discriminator"). All code that a compiler makes of one statement, as a `switch`, has the same, and other
/// code of the line another one, but for what macros contain.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// 0 if it is not known.
    pub(crate) column: u32,
    pub(crate) discriminator: u32,
}

impl Position {
    fn of(row: &LineRow) -> Self {
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let column = match row.column() {
            ColumnType::LeftEdge => 0,
            ColumnType::Column(column) => number(column.get()),
        };
        Self { column, discriminator: number(row.discriminator()) }
    }
}

impl Row {
    /// The wanted line to which its code belongs, if there is one.
    pub(crate) fn place(&self) -> Option<(FileId, u32)> {
        self.file.map(|file| (file, self.line)).filter(|(_, line)| *line != 0)
    }

    /// The wanted line that this row makes executable, if there is one.
    pub(crate) fn wanted_line(&self) -> Option<(FileId, u32)> {
        self.place().filter(|_| self.is_stmt)
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
    /// Ascending by address once the program has been run.
    sequences: Vec<Sequence>,
    /// Wanted rows for addresses without code in the object.
    pub(crate) not_loaded: usize,
    /// The program could not be run to its end.
    pub(crate) damaged: bool,
}

/// Rows that ascend by address.
#[derive(Debug)]
struct Sequence {
    /// Indices into [`LineTable::rows`]; never empty.
    rows: Range<usize>,
    /// One past its last address.
    end: u64,
    /// One past the last address of its code.
    code_end: u64,
    /// The statements of wanted lines, once they have been found.
    statements: Vec<Statement>,
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
        let rows = &table.rows;
        table.sequences.sort_by_key(|sequence| (rows[sequence.rows.start].address, sequence.end));
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
                    length: None,
                    position: Position::of(&row),
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
            let code_end = end.min(code_end);
            self.sequences.push(Sequence { rows: begin..kept, end, code_end, statements: Vec::new() });
        }
    }

    /// All rows.
    pub(crate) fn rows_mut(&mut self) -> &mut [Row] {
        &mut self.rows
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The addresses of each live sequence.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        self.sequences.iter().map(|sequence| self.rows[sequence.rows.start].address..sequence.end)
    }

    /// Looks at the instruction at each wanted row. Gives the number of statement rows inside an
    /// instruction.
    pub(crate) fn find_instructions(&mut self, code: &Code) -> usize {
        let mut inside = 0;
        for sequence in &self.sequences {
            let rows = &mut self.rows[sequence.rows.clone()];
            // Code after the last wanted row is not decoded.
            let Some(last) = rows.iter().rposition(|row| row.place().is_some()) else {
                continue;
            };
            let start = rows[0].address;
            let Some(region) = code.region(start) else {
                continue;
            };
            let mut walk = InstructionWalk::new(region, &code.symbols, start);
            for row in rows[..=last].iter_mut().filter(|row| row.place().is_some()) {
                row.length = walk.length_at(row.address);
                inside += usize::from(row.is_stmt && row.length.is_none());
            }
        }
        inside
    }

    /// The addresses of all wanted rows at which an instruction begins.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = u64> {
        self.rows.iter().filter(|row| row.length.is_some()).map(|row| row.address)
    }

    /// Finds the statements of wanted lines.
    pub(crate) fn find_statements(&mut self, ways: &Ways) {
        for sequence in &mut self.sequences {
            let rows = &self.rows[sequence.rows.clone()];
            sequence.statements = statements::of_sequence(rows, sequence.code_end, ways);
        }
    }

    /// The statements of wanted lines, sequence by sequence.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.sequences.iter().flat_map(|sequence| &sequence.statements)
    }

    /// The rows at `address`, or else the row that covers it, for each sequence that contains it. There
    /// are several such sequences if the linker has folded identical functions.
    pub(crate) fn rows_of(&self, address: u64) -> impl Iterator<Item = &Row> {
        self.sequences_of(address).flat_map(move |sequence| {
            let rows = &self.rows[sequence.rows.clone()];
            let before = rows.partition_point(|row| row.address < address);
            let after = rows.partition_point(|row| row.address <= address);
            &rows[before.min(after.saturating_sub(1))..after]
        })
    }

    /// The statements that begin at `address`, for each sequence that contains it.
    pub(crate) fn statements_at(&self, address: u64) -> impl Iterator<Item = &Statement> {
        self.sequences_of(address).flat_map(move |sequence| {
            let statements = &sequence.statements;
            let first = statements.partition_point(|statement| statement.code.start < address);
            let at = statements[first..].iter().take_while(move |statement| statement.code.start == address);
            at.filter(|statement| statement.begins)
        })
    }

    fn sequences_of(&self, address: u64) -> impl Iterator<Item = &Sequence> {
        let start = |sequence: &Sequence| self.rows[sequence.rows.start].address;
        let next = self.sequences.partition_point(|sequence| start(sequence) <= address);
        let nearest = self.sequences[..next].last().map(start);
        self.sequences[..next]
            .iter()
            .rev()
            .take_while(move |sequence| Some(start(sequence)) == nearest)
            .filter(move |sequence| address < sequence.end)
    }

    /// The rows in `range` that have code: the last ones at their addresses. None if the linker has folded
    /// identical functions: it is not known to which the rows belong.
    pub(crate) fn rows_within(&self, range: Range<u64>) -> impl Iterator<Item = &Row> {
        self.sequences_within(range.clone()).flat_map(move |sequence| {
            let rows = &self.rows[sequence.rows.clone()];
            let first = rows.partition_point(|row| row.address < range.start);
            let end = rows.partition_point(|row| row.address < range.end);
            let spans = |at: &usize| rows.get(at + 1).is_none_or(|next| next.address != rows[*at].address);
            (first..end).filter(spans).map(move |at| &rows[at])
        })
    }

    /// The statements that begin in `range`, as [`Self::rows_within`].
    pub(crate) fn statements_within(&self, range: Range<u64>) -> impl Iterator<Item = &Statement> {
        self.sequences_within(range.clone()).flat_map(move |sequence| {
            let statements = &sequence.statements;
            let first = statements.partition_point(|statement| statement.code.start < range.start);
            let end = statements.partition_point(|statement| statement.code.start < range.end);
            statements[first..end].iter().filter(|statement| statement.begins)
        })
    }

    fn sequences_within(&self, range: Range<u64>) -> impl Iterator<Item = &Sequence> {
        let start = |sequence: &Sequence| self.rows[sequence.rows.start].address;
        let first = self.sequences.partition_point(|sequence| start(sequence) <= range.start);
        (first.saturating_sub(1)..self.sequences.len())
            .take_while(move |index| self.start(*index).is_some_and(|start| start < range.end))
            .filter(|index| !self.is_folded(*index))
            .map(|index| &self.sequences[index])
    }

    /// Does another sequence begin at the same address?
    fn is_folded(&self, index: usize) -> bool {
        let start = self.start(index);
        self.start(index + 1) == start
            || index.checked_sub(1).is_some_and(|before| self.start(before) == start)
    }

    /// The first address of a sequence.
    fn start(&self, index: usize) -> Option<u64> {
        self.sequences.get(index).map(|sequence| self.rows[sequence.rows.start].address)
    }
}
