//! Where the lines of an executable begin, by another reader of DWARF than forkcov's: `readelf --debug-dump=decodedline`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// The sites of one executable: addresses as its program headers give them, and the lines that begin there.
#[derive(Debug, Default)]
pub struct LineTable {
    /// Every `is_stmt` row of a source under the directory that was asked for.
    pub sites: BTreeMap<u64, Vec<(PathBuf, u32)>>,
    /// `e_entry`.
    pub entry: u64,
}

impl LineTable {
    /// Reads the rows of `executable` whose source is under `sources`; relative names are taken from there.
    pub fn read(executable: &Path, sources: &Path) -> Result<LineTable, String> {
        let headers = readelf(&["--wide", "--file-header", "--program-headers"], executable)?;
        let text = text_segments(&headers);
        let entry = headers.lines().find_map(|line| line.trim().strip_prefix("Entry point address:"));
        let entry = entry.and_then(hexadecimal).ok_or_else(|| format!("no entry in {}", executable.display()))?;
        let mut table = LineTable { entry, ..LineTable::default() };
        for row in rows(&readelf(&["--wide", "--debug-dump=decodedline"], executable)?) {
            let file = normalise(&sources.join(&row.file));
            if file.starts_with(sources) && text.iter().any(|segment| segment.contains(&row.address)) {
                table.sites.entry(row.address).or_default().push((file, row.line));
            }
        }
        Ok(table)
    }
}

struct Row {
    file: PathBuf,
    line: u32,
    address: u64,
}

fn readelf(options: &[&str], file: &Path) -> Result<String, String> {
    let mut command = Command::new("readelf");
    let output = command.args(options).arg(file).output().map_err(|why| format!("failed to run {command:?}: {why}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Lines such as `  LOAD  0x001000 0x0000000000001000 0x0000000000001000 0x0001cd 0x0001cd R E 0x1000`.
fn text_segments(headers: &str) -> Vec<std::ops::Range<u64>> {
    headers
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let executable = words.first() == Some(&"LOAD") && words[6..words.len() - 1].concat().contains('E');
            let start = hexadecimal(words.get(2)?)?;
            executable.then_some(start..start + hexadecimal(words.get(5)?)?)
        })
        .collect()
}

/// The `is_stmt` rows of every sequence that the linker kept.
///
/// A file's name stands alone in a line that ends with a colon, after `CU: ` where it is the unit's own. A row is
/// `NAME LINE ADDRESS [VIEW] [x]`, with `-` or `END` for a line where a sequence ends.
fn rows(dump: &str) -> Vec<Row> {
    let (mut kept, mut sequence, mut file) = (Vec::new(), Vec::new(), PathBuf::new());
    let mut start = None;
    for line in dump.lines() {
        if let Some(name) = line.strip_suffix(':').or_else(|| line.strip_suffix(":[++]")) {
            file = PathBuf::from(name.strip_prefix("CU: ").unwrap_or(name));
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(position) = words.iter().position(|word| word.starts_with("0x")).filter(|p| *p >= 2) else {
            continue;
        };
        let Some(address) = hexadecimal(words[position]) else { continue };
        start.get_or_insert(address);
        match words[position - 1].parse() {
            Ok(line) if line > 0 && words.last() == Some(&"x") => sequence.push(Row { file: file.clone(), line, address }),
            Ok(_) => {}
            Err(_) => {
                let dropped = matches!(start.take(), Some(0 | 1 | u64::MAX));
                kept.extend(sequence.drain(..).filter(|_| !dropped));
            }
        }
    }
    kept
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.trim().trim_start_matches("0x"), 16).ok()
}

fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}
