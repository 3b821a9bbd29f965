//! The image of a process: which of its addresses belong to which line table.

use crate::line_table::LineTable;
use forkcov_testing::paths;
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const AT_BASE: u64 = 7;
const AT_ENTRY: u64 = 9;

/// The tables of every file that has been seen; those of other people's files are empty.
pub struct Tables<'a> {
    tables: HashMap<PathBuf, Rc<LineTable>>,
    first: Option<&'a str>,
}

/// A process's code.
#[derive(Clone)]
pub struct Image {
    /// Every file of the test suite that it has mapped: where, what its lines are, and what to add to their
    /// addresses.
    files: Vec<(Range<u64>, Rc<LineTable>, u64)>,
    /// Where stepping starts: AT_ENTRY, or the function that the tables were asked for.
    pub first: u64,
    /// The code of the dynamic linker, which alone changes what is mapped.
    linker: Range<u64>,
    /// Was the last instruction the dynamic linker's?
    in_linker: bool,
    /// The byte at `first`, while a breakpoint stands there.
    pub start: Option<u8>,
}

struct Line {
    range: Range<u64>,
    executable: bool,
    offset: u64,
    path: PathBuf,
}

impl<'a> Tables<'a> {
    /// No table yet. Images that have a function called `first` begin there.
    pub fn new(first: Option<&'a str>) -> Tables<'a> {
        Tables { tables: HashMap::new(), first }
    }

    /// The table of `file`, of which the sources under `sources` count.
    fn get(&mut self, file: &Path, sources: &Path) -> Result<Rc<LineTable>, String> {
        if let Some(table) = self.tables.get(file) {
            return Ok(table.clone());
        }
        let ours = file.starts_with(paths::scratch());
        let table =
            Rc::new(if ours { LineTable::read(file, sources, self.first)? } else { LineTable::default() });
        Ok(self.tables.entry(file.to_path_buf()).or_insert(table).clone())
    }

    /// Every table so far.
    pub fn all(&self) -> impl Iterator<Item = &LineTable> {
        self.tables.values().map(Rc::as_ref)
    }
}

impl Image {
    /// What `pid` has mapped now.
    pub fn of(pid: i32, tables: &mut Tables, sources: &Path) -> Result<Image, String> {
        let failed = |why| format!("failed to read of process {pid}: {why}");
        let auxv = fs::read(format!("/proc/{pid}/auxv")).map_err(failed)?;
        let words: Vec<u64> =
            auxv.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap())).collect();
        let auxiliary = |kind| words.chunks_exact(2).find(|pair| pair[0] == kind).map_or(0, |pair| pair[1]);
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).map_err(failed)?;
        let lines: Vec<Line> = maps.lines().filter_map(line).collect();

        let entry = auxiliary(AT_ENTRY);
        let anchor = Some(auxiliary(AT_BASE)).filter(|base| *base != 0).unwrap_or(entry);
        let linker = lines.iter().find(|line| line.range.contains(&anchor)).map(|line| &line.path);
        let linker = lines.iter().find(|line| line.executable && Some(&line.path) == linker);
        let mut image = Image {
            files: Vec::new(),
            first: entry,
            linker: linker.map(|line| line.range.clone()).unwrap_or_default(),
            in_linker: true,
            start: None,
        };
        for line in lines {
            let table = tables.get(&line.path, sources)?;
            match image.files.last_mut() {
                // More of the same: a file that is mapped again begins at its beginning.
                Some((range, last, _)) if Rc::ptr_eq(last, &table) && line.offset > 0 => {
                    range.end = line.range.end
                }
                _ if !table.begins.is_empty() => {
                    let bias = line.range.start.wrapping_sub(table.base);
                    image.files.push((line.range, table, bias));
                }
                _ => {}
            }
        }
        let first = image.files.iter().find_map(|(_, table, bias)| Some(table.first?.wrapping_add(*bias)));
        image.first = first.unwrap_or(entry);
        Ok(image)
    }

    /// Has it no line of interest?
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Is `counter` the first instruction behind the dynamic linker's? Then what is mapped may have changed.
    pub fn leaves_linker(&mut self, counter: u64) -> bool {
        std::mem::replace(&mut self.in_linker, self.linker.contains(&counter)) && !self.in_linker
    }

    /// The table of the object that has `counter`, and the address in it.
    pub fn table_at(&self, counter: u64) -> Option<(&LineTable, u64)> {
        let (_, table, bias) = self.files.iter().find(|(range, ..)| range.contains(&counter))?;
        Some((table, counter.wrapping_sub(*bias)))
    }
}

/// A line of `/proc/PID/maps` that is of a file (proc(5)).
fn line(text: &str) -> Option<Line> {
    let mut fields = text.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let offset = number(fields.next()?)?;
    // A file that has lost its name is still that file.
    let path = fields.nth(2).filter(|path| path.starts_with('/'))?;
    let executable = permissions.contains('x');
    Some(Line { range: number(start)?..number(end)?, executable, offset, path: PathBuf::from(path) })
}
