//! Functions: the entries of their own code and of inlined copies, and the lines that they span.

pub(crate) mod names;
pub(crate) mod scopes;

use gimli::{AttributeValue, DebugInfoOffset, Dwarf, Unit, UnitOffset, constants};
use hashbrown::HashMap;

use crate::elf::Code;
use crate::elf::sections::Slice;
use crate::object::functions::names::{DeclaredFile, FunctionName, NameAttributes, Names};
use crate::object::functions::scopes::{Scope, Span};
use crate::object::lines::files::{FileId, FileLookup};
use crate::object::lines::statements::Statement;
use crate::object::lines::{LineTable, Row};

/// A function of a unit, in a wanted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitFunction {
    pub(crate) file: FileId,
    /// The line of the declaration, or of the entry if there is no declaration. If the compiler made the
    /// function, the first line for which it has code.
    pub(crate) line: u32,
    /// The last line for which it has code.
    pub(crate) last: u32,
    /// `None` if the debug information has none.
    pub(crate) name: Option<String>,
    /// Did the compiler make it, as an initialiser of global variables (`DW_AT_artificial`)?
    pub(crate) is_artificial: bool,
    /// The entry of its own code.
    pub(crate) entry: Option<u64>,
    /// The beginnings of inlined copies, or all statements of a copy if its beginning is not recorded.
    pub(crate) inlined: Vec<u64>,
}

/// A longer list of ranges is damaged. Very many functions could refer to the same one.
const MAX_RANGES: usize = 1024;
/// The ranges of a unit together are never more than this.
const MAX_SPANS: usize = 1 << 22;

/// Collects the functions of an object.
pub(crate) struct Functions<'c> {
    code: &'c Code<'c>,
    pub(crate) elsewhere: &'c dyn FileLookup,
    pub(crate) found: Vec<UnitFunction>,
    /// The number of units that could not be read to the end.
    pub(crate) damaged: usize,
}

impl<'c> Functions<'c> {
    /// Begins without any function.
    pub(crate) fn new(code: &'c Code<'c>, elsewhere: &'c dyn FileLookup) -> Self {
        Self { code, elsewhere, found: Vec::new(), damaged: 0 }
    }

    /// Adds the functions of `unit`.
    ///
    /// # Errors
    /// When the entries are damaged. Those before the damage have been added.
    pub(crate) fn collect<'a>(
        &mut self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        table: &LineTable,
        names: &Names<'_, 'a>,
    ) -> gimli::Result<()> {
        let mut collector = Collector {
            dwarf,
            unit,
            table,
            names,
            code: self.code,
            found: Vec::new(),
            scopes: Vec::new(),
            spans: Vec::new(),
            origins: HashMap::new(),
        };
        let result = collector.walk();
        self.found.extend(collector.finish());
        result
    }
}

/// The functions of one unit.
struct Collector<'u, 'n, 'a> {
    dwarf: &'u Dwarf<Slice<'a>>,
    unit: &'u Unit<Slice<'a>>,
    table: &'u LineTable,
    names: &'u Names<'n, 'a>,
    code: &'u Code<'u>,
    found: Vec<UnitFunction>,
    /// Own code and inlined copies, each after the scope that contains it.
    scopes: Vec<Scope>,
    /// The addresses of the scopes.
    spans: Vec<Span>,
    /// The functions of inlined copies, by their abstract instances.
    origins: HashMap<Origin, Option<usize>>,
}

/// The position of an abstract instance.
#[derive(PartialEq, Eq, Hash)]
enum Origin {
    Unit(UnitOffset),
    Other(DebugInfoOffset),
    Supplement(DebugInfoOffset),
}

impl<'a> Collector<'_, '_, 'a> {
    fn walk(&mut self) -> gimli::Result<()> {
        let mut entries = self.unit.entries_raw(None)?;
        // The functions of the scopes that contain the next entry, with the depth of each.
        let mut outer: Vec<(isize, Option<usize>)> = Vec::new();
        while !entries.is_empty() {
            let depth = entries.next_depth();
            while outer.pop_if(|scope| scope.0 >= depth).is_some() {}
            let Some(abbreviation) = entries.read_abbreviation()? else {
                continue;
            };
            let tag = abbreviation.tag();
            if !matches!(tag, constants::DW_TAG_subprogram | constants::DW_TAG_inlined_subroutine) {
                entries.skip_attributes(abbreviation.attributes())?;
                continue;
            }
            let mut naming = NameAttributes::default();
            let mut place = EntryRanges::default();
            for specification in abbreviation.attributes() {
                let attribute = entries.read_attribute(*specification)?;
                match attribute.name() {
                    constants::DW_AT_low_pc => place.low_pc = Some(attribute.value()),
                    constants::DW_AT_high_pc => place.high_pc = Some(attribute.value()),
                    constants::DW_AT_entry_pc => place.entry_pc = Some(attribute.value()),
                    constants::DW_AT_ranges => place.ranges = Some(attribute.value()),
                    _ => naming.take(&attribute),
                }
            }
            let Some(address) = place.entry(self.dwarf, self.unit, self.code)? else {
                continue;
            };
            let function = if tag == constants::DW_TAG_subprogram {
                self.function(address, naming)
            } else {
                match self.inlined(naming) {
                    // A copy from a file without wanted lines cannot hide a wanted line.
                    InlinedOrigin::Unwanted => continue,
                    InlinedOrigin::Unknown => None,
                    InlinedOrigin::Function(function) => Some(function),
                }
            };
            let inlined = tag == constants::DW_TAG_inlined_subroutine;
            let entry = place.entry_pc.map(|_| address).filter(|_| inlined);
            let caller = outer.last().and_then(|scope| scope.1);
            outer.push((depth, function));
            self.scopes.push(Scope { function, inlined, caller, entry, statements: Vec::new() });
            self.add_spans(&place)?;
        }
        Ok(())
    }

    /// A function with code of its own, if that begins in a wanted file.
    fn function(&mut self, address: u64, naming: NameAttributes<'a>) -> Option<usize> {
        // Without a live row the function was discarded by the linker, or this is one of its tombstones.
        let rows: Vec<&Row> = self.table.rows_of(address).collect();
        if rows.iter().all(|row| row.file.is_none()) {
            return None;
        }
        let named = self.names.resolve(self.unit, naming);
        let declared = self.declaration(&named).flatten();
        let (file, line) = entry_line(&rows, address, &named)?;
        // It is entered where its code is, which can be a macro of another file.
        let line = declared.filter(|declared| declared.0 == file).map_or(line, |declared| declared.1);
        self.found.push(UnitFunction {
            file,
            line,
            last: line,
            name: named.name(),
            is_artificial: named.artificial,
            entry: Some(address),
            inlined: Vec::new(),
        });
        Some(self.found.len() - 1)
    }

    /// The function of an inlined copy.
    fn inlined(&mut self, naming: NameAttributes<'a>) -> InlinedOrigin {
        let origin = match naming.origin {
            Some(AttributeValue::UnitRef(offset)) => Origin::Unit(offset),
            Some(AttributeValue::DebugInfoRef(offset)) => {
                offset.to_unit_offset(&self.unit.header).map_or(Origin::Other(offset), Origin::Unit)
            }
            Some(AttributeValue::DebugInfoRefSup(offset)) => Origin::Supplement(offset),
            _ => return InlinedOrigin::Unknown,
        };
        if let Some(known) = self.origins.get(&origin) {
            return known.map_or(InlinedOrigin::Unwanted, InlinedOrigin::Function);
        }
        let named = self.names.resolve(self.unit, naming);
        let known = match self.declaration(&named) {
            None => return InlinedOrigin::Unknown,
            Some(None) => None,
            Some(Some((file, line))) => {
                let Some(name) = named.name() else { return InlinedOrigin::Unknown };
                let name = Some(name);
                self.found.push(UnitFunction {
                    file,
                    line,
                    last: line,
                    name,
                    is_artificial: named.artificial,
                    entry: None,
                    inlined: Vec::new(),
                });
                Some(self.found.len() - 1)
            }
        };
        self.origins.insert(origin, known);
        known.map_or(InlinedOrigin::Unwanted, InlinedOrigin::Function)
    }

    /// Where a function is declared: `Some(None)` if in a file that is not wanted, `None` if unknown.
    fn declaration(&self, named: &FunctionName) -> Option<Option<(FileId, u32)>> {
        let line = u32::try_from(named.line?).ok().filter(|line| *line != 0)?;
        let file = match named.file? {
            // Up to DWARF 4, number 0 is not a file (7.15).
            DeclaredFile::Own(0) if self.unit.header.version() <= 4 => return None,
            // A split unit has the file table of its skeleton (DWARF 5, 7.3.2.2).
            DeclaredFile::Own(number) => self.table.files.get(number),
            DeclaredFile::Elsewhere(file) => file,
        };
        Some(file.map(|file| (file, line)))
    }

    /// Adds the addresses of the last scope.
    fn add_spans(&mut self, place: &EntryRanges<'a>) -> gimli::Result<()> {
        let scope = self.scopes.len() - 1;
        let room = MAX_SPANS.saturating_sub(self.spans.len());
        let spans = &mut self.spans;
        let mut add = |begin, end| spans.extend((begin < end).then_some(Span { begin, end, scope }));
        if let Some(ranges) = place.ranges {
            let ranges = self.dwarf.attr_ranges(self.unit, ranges)?;
            if let Some(mut ranges) = ranges {
                for _ in 0..MAX_RANGES.min(room) {
                    let Some(range) = ranges.next()? else { break };
                    add(range.begin, range.end);
                }
            }
        } else if let (Some(low_pc), Some(high_pc)) = (place.low_pc, place.high_pc)
            && let Some(begin) = self.dwarf.attr_address(self.unit, low_pc)?
            && room > 0
        {
            let length = || high_pc.udata_value().and_then(|length| begin.checked_add(length));
            let end = self.dwarf.attr_address(self.unit, high_pc)?.or_else(length);
            add(begin, end.unwrap_or(begin));
        }
        Ok(())
    }

    /// The functions, with the lines and copies that follow from the scopes.
    fn finish(mut self) -> impl Iterator<Item = UnitFunction> {
        for (range, scope) in scopes::innermost(self.spans) {
            let scope = &mut self.scopes[scope];
            let Some(function) = scope.function else { continue };
            let end = scope.caller.and_then(|caller| copy_end(&self.found[function], &self.found[caller]));
            let function = &mut self.found[function];
            let is_own = |file, line: u32| file == function.file && end.is_none_or(|end| line < end);
            let rows = self.table.rows_within(range.clone());
            let lines = rows.filter(|row| row.file.is_some_and(|file| is_own(file, row.line)));
            let (first, last) = lines.fold((u32::MAX, 0), |(first, last), row| {
                (if row.line == 0 { first } else { first.min(row.line) }, last.max(row.line))
            });
            if scope.inlined {
                let statements = self.table.statements_within(range);
                let own = statements.filter(|statement| is_own(statement.file, statement.line));
                scope.statements.extend(own.map(|statement| statement.code.start));
            }
            function.last = function.last.max(last);
            if function.is_artificial && !scope.inlined {
                function.line = function.line.min(first);
            }
        }
        for scope in self.scopes.into_iter().filter(|scope| scope.inlined) {
            let Some(function) = scope.function.map(|function| &mut self.found[function]) else { continue };
            let is_own = |statement: &Statement| {
                statement.file == function.file && (function.line..=function.last).contains(&statement.line)
            };
            let begins = |at: &u64| self.table.statements_at(*at).any(is_own);
            match scope.entry.filter(begins) {
                Some(entry) => function.inlined.push(entry),
                None => function.inlined.extend(scope.statements),
            }
        }
        self.found.into_iter().filter(|function| function.entry.is_some() || !function.inlined.is_empty())
    }
}

/// The line at which code of `function` ends in a copy that is inlined into `caller`, if that is declared
/// behind it: GCC counts instructions of the caller that it has moved among those of the copy.
fn copy_end(function: &UnitFunction, caller: &UnitFunction) -> Option<u32> {
    (caller.file == function.file && caller.line > function.line).then_some(caller.line)
}

/// The function of an inlined copy.
enum InlinedOrigin {
    /// A function in a file that is not wanted.
    Unwanted,
    /// An unknown function, for example of another unit (link-time optimisation).
    Unknown,
    /// The function with this index.
    Function(usize),
}

/// The attributes of an entry that say where its code is.
#[derive(Default)]
struct EntryRanges<'a> {
    low_pc: Option<AttributeValue<Slice<'a>>>,
    high_pc: Option<AttributeValue<Slice<'a>>>,
    entry_pc: Option<AttributeValue<Slice<'a>>>,
    ranges: Option<AttributeValue<Slice<'a>>>,
}

impl<'a> EntryRanges<'a> {
    /// The entry of the function (DWARF 5, 2.18): `DW_AT_entry_pc`, which can be relative to the lowest
    /// address, or else the first address of its first range.
    ///
    /// If clang puts blocks into sections of their own, the range with the entry comes last. The
    /// function's symbol is there; those of the other parts have no type.
    fn entry(
        &self,
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        code: &Code,
    ) -> gimli::Result<Option<u64>> {
        let address = |value: AttributeValue<_>| dwarf.attr_address(unit, value);
        let base = match (self.low_pc, self.ranges) {
            (Some(low_pc), _) => address(low_pc)?,
            (None, Some(ranges)) => match dwarf.attr_ranges(unit, ranges)? {
                Some(mut ranges) => {
                    let first = ranges.next()?.map(|range| range.begin);
                    let mut next = first;
                    let mut parts = 1;
                    while parts < MAX_RANGES && next.is_some_and(|next| !code.has_function_at(next)) {
                        next = ranges.next()?.map(|range| range.begin);
                        parts += 1;
                    }
                    next.filter(|next| code.has_function_at(*next)).or(first)
                }
                None => None,
            },
            (None, None) => return Ok(None),
        };
        Ok(match self.entry_pc {
            None => base,
            Some(entry) => match address(entry)? {
                Some(entry) => Some(entry),
                None => base.and_then(|base| base.checked_add(entry.udata_value()?)),
            },
        })
    }
}

/// The file and line of an entry at `address`.
///
/// If there are several rows, the one with the line of the declaration is the best: rows before it may
/// be the empty end of the previous function. If the compiler gives no line, that of the declaration is
/// used.
fn entry_line(rows: &[&Row], address: u64, named: &FunctionName) -> Option<(FileId, u32)> {
    let declared = |row: &&&Row| Some(u64::from(row.line)) == named.line;
    let here = || rows.iter().filter(|row| row.address == address && row.is_stmt && row.line != 0);
    let row = here().find(declared).or_else(|| here().next()).or(rows.last())?;
    let line = match row.line {
        0 => u32::try_from(named.line?).ok()?,
        line => line,
    };
    (line != 0).then_some((row.file?, line))
}
