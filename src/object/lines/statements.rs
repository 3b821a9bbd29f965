//! Which code belongs to a statement of which line.
//!
//! Code belongs to the last row at or before its address. So a row that is followed by another row at the
//! same address has no code: it is empty. The code of a row is a statement of its line
//!
//! * if the row, or another one of that line at the same address, is a statement row;
//! * if it continues a statement: the code before it is a statement of the same line. Code of line 0 in
//!   between does not count, since a compiler that comes back from there begins no new statement. Where GCC
//!   optimises, code to which other lines alone jump continues nothing: what a compiler puts on such a way,
//!   as the copy of a register, has the line of the code that happens to be before it.
//!
//! An empty statement row says that the compiler has moved the code of the statement: other code of its line
//! behind the row, up to the next statement row of that line, is a statement of it. If there is only one way
//! to the address, every task that comes there passes the row. If there are several, as behind an `if`, the
//! row may lie on one of them. Then the code of its line before the row, back to the last statement row, is a
//! statement of it as well.
//!
//! docs/decisions/0008-ranges-of-statement-rows.md says why, with figures.

use std::ops::Range;

use hashbrown::HashMap;

use crate::object::lines::Row;
use crate::object::lines::files::FileId;

/// Code of a statement; no code for an empty row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) code: Range<u64>,
    pub(crate) file: FileId,
    pub(crate) line: u32,
    /// The length of the first instruction, if one begins there.
    pub(crate) length: Option<u8>,
    /// Does the statement begin here? Otherwise the code before it is a statement of the same line, and this
    /// code has no statement row.
    pub(crate) begins: bool,
    /// One past the code of line 0 that follows.
    pub(crate) until: u64,
}

/// The code of one row, up to the next address that has a row.
struct RowCode {
    code: Range<u64>,
    row: Row,
    is_statement: bool,
    begins: bool,
}

/// What has been seen of a line since its last statement row.
#[derive(Default)]
struct SinceStatementRow {
    /// That row is empty: its code has been moved.
    is_moved: bool,
    /// The code of its other rows.
    others: Vec<usize>,
}

/// The ways to an address.
pub(crate) struct Ways<'w> {
    /// Are there several?
    pub(crate) is_join: &'w dyn Fn(u64) -> bool,
    /// Where the jumps to it are, if tasks come there by them alone, and if every statement of the code
    /// begins with a statement row.
    pub(crate) only_jumps: &'w dyn Fn(u64) -> Vec<u64>,
}

impl Ways<'_> {
    /// Is the code at `address`, which is of `place`, reached by jumps from other lines of `rows` alone?
    fn are_from_elsewhere(&self, address: u64, place: Option<(FileId, u32)>, rows: &[Row]) -> bool {
        let jumps = (self.only_jumps)(address);
        let place_of = |jump: u64| rows[..rows.partition_point(|row| row.address <= jump)].last()?.place();
        !jumps.is_empty() && jumps.iter().all(|jump| place_of(*jump) != place)
    }
}

/// The statements of wanted lines in a sequence of `rows` that ends at `end`, ascending.
pub(crate) fn of_sequence(rows: &[Row], end: u64, ways: &Ways) -> Vec<Statement> {
    let mut statements = Vec::with_capacity(rows.len());
    let mut codes: Vec<RowCode> = Vec::with_capacity(rows.len());
    let mut since: HashMap<(FileId, u32), SinceStatementRow> = HashMap::new();
    let mut current = None;
    let mut next = rows;
    while let [first, ..] = next {
        let start = first.address;
        let (here, rest) = next.split_at(next.iter().take_while(|row| row.address == start).count());
        next = rest;
        let Some(&row) = here.last() else { break };
        let place = row.place();
        let has_row = place.is_some() && here.iter().any(|other| other.wanted_line() == place);
        let mut is_statement = has_row;
        if row.line != 0 {
            is_statement |= place.is_some()
                && current == place
                && (has_row || !ways.are_from_elsewhere(start, place, rows));
            current = place.filter(|_| is_statement);
        }
        for ((file, line), length) in here.iter().filter_map(|row| Some((row.wanted_line()?, row.length))) {
            let is_empty = Some((file, line)) != place;
            let is_ambiguous = is_empty && (ways.is_join)(start);
            if is_empty && !is_ambiguous {
                let (code, until, begins) = (start..start, start, true);
                statements.push(Statement { code, file, line, length, begins, until });
            }
            let since = since.entry((file, line)).or_default();
            since.is_moved = is_empty;
            for index in since.others.drain(..) {
                codes[index].is_statement |= is_ambiguous;
            }
        }
        if let Some(place) = place.filter(|_| !has_row) {
            let since = since.entry(place).or_default();
            is_statement |= since.is_moved;
            since.others.push(codes.len());
        }
        let code = start..rest.first().map_or(end, |row| row.address);
        codes.push(RowCode { code, row, is_statement, begins: has_row });
    }
    let mut last = None;
    let mut until = end;
    let ends = codes.iter().rev().map(|code| {
        let end = until;
        until = if code.row.line == 0 { until } else { code.code.start };
        end
    });
    let mut ends: Vec<u64> = ends.collect();
    for RowCode { code, row, is_statement, begins } in codes {
        let until = ends.pop().unwrap_or(code.end);
        let place = row.place().filter(|_| is_statement);
        if let Some((file, line)) = place
            && !code.is_empty()
        {
            let begins = begins || place != last;
            let length = row.length;
            statements.push(Statement { code, file, line, length, begins, until });
        }
        last = place;
    }
    statements.sort_by_key(|statement| statement.code.start);
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::lines::Position;

    /// A sequence that ends at 100: address, line, and whether it is a statement row. There are two ways to
    /// 20, and only jumps from 12 to 70.
    fn lines_at(rows: &[(u64, u32, bool)]) -> Vec<(Range<u64>, u32, bool)> {
        let row = |&(address, line, is_stmt): &(u64, u32, bool)| Row {
            address,
            file: (line != 99).then_some(0),
            line,
            is_stmt,
            length: Some(1),
            position: Position::default(),
        };
        let rows: Vec<Row> = rows.iter().map(row).collect();
        let ways = Ways {
            is_join: &|address| address == 20,
            only_jumps: &|address| if address == 70 { vec![12] } else { vec![] },
        };
        let statements = of_sequence(&rows, 100, &ways);
        statements.into_iter().map(|it| (it.code, it.line, it.begins)).collect()
    }

    #[test]
    fn code_belongs_to_the_last_row_before_it() {
        let found = lines_at(&[(10, 1, true), (15, 2, true), (20, 99, true), (30, 3, false), (40, 4, true)]);
        assert_eq!(found, [(10..15, 1, true), (15..20, 2, true), (40..100, 4, true)]);
    }

    #[test]
    fn an_empty_row_is_passed_on_the_only_way_to_it_and_is_nothing_where_ways_join() {
        assert_eq!(lines_at(&[(10, 1, true), (10, 2, true)]), [(10..10, 1, true), (10..100, 2, true)]);
        assert_eq!(lines_at(&[(20, 1, true), (20, 2, true)]), [(20..100, 2, true)]);
        let again = [(20, 1, true), (20, 2, true), (20, 1, false)];
        assert_eq!(lines_at(&again), [(20..100, 1, true)], "the line has the code itself");
    }

    #[test]
    fn code_behind_an_empty_row_is_a_statement_of_its_line() {
        let found = lines_at(&[(8, 1, false), (10, 1, true), (10, 2, true), (14, 1, false), (30, 2, false)]);
        let of_line_1: Vec<_> = found.into_iter().filter(|it| it.1 == 1).map(|it| it.0).collect();
        assert_eq!(of_line_1, [10..10, 14..30], "on another way than the row, a task can come there");
    }

    #[test]
    fn a_row_that_is_no_statement_row_continues_its_line() {
        let found =
            lines_at(&[(10, 1, true), (12, 1, false), (14, 0, false), (16, 1, false), (18, 2, false)]);
        assert_eq!(found, [(10..12, 1, true), (12..14, 1, false), (16..18, 1, true)]);
    }

    #[test]
    fn code_that_other_lines_alone_jump_to_continues_nothing() {
        let found = lines_at(&[(10, 1, true), (60, 2, true), (70, 2, false), (80, 3, true)]);
        assert_eq!(found, [(10..60, 1, true), (60..70, 2, true), (80..100, 3, true)]);
        let found = lines_at(&[(10, 2, true), (60, 2, false), (70, 2, false), (80, 3, true)]);
        let own = [(10..60, 2, true), (60..70, 2, false), (70..80, 2, false), (80..100, 3, true)];
        assert_eq!(found, own, "a jump within the line");
    }

    #[test]
    fn the_code_of_an_empty_row_where_ways_join_is_near() {
        let code = [(5, 1, false), (8, 1, true), (10, 9, true), (12, 1, false), (14, 9, true)];
        let marker = [(20, 1, true), (20, 2, true)];
        let after = [(30, 1, false), (32, 2, true), (40, 1, true), (50, 2, true), (60, 1, false)];
        let found = lines_at(&[&code[..], &marker, &after].concat());
        let of_line_1: Vec<_> = found.into_iter().filter(|it| it.1 == 1).map(|it| it.0).collect();
        assert_eq!(of_line_1, [8..10, 12..14, 30..32, 40..50], "up to the next statement row of the line");
    }
}
