//! What a process runs: from its executable to the sites to plant. Each object is read once per run, however
//! many processes run it.

use crate::data::numbers;
use crate::data::table::{self, ObjectTable, SiteFunction};
use crate::object::{self, Object, Svma};
use crate::ptrace::Tid;
use crate::sources::SourceFilter;
use crate::tracer::Site;
use hashbrown::HashMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An object of which some line is of interest.
#[derive(Debug)]
pub struct Known {
    /// What is to be planted.
    pub sites: Arc<[Site]>,
    /// The name of its table, beside the hit files.
    pub table: String,
    entry: Svma,
}

/// The objects of a run.
#[derive(Debug)]
pub struct Images {
    data_file: PathBuf,
    host: String,
    run: String,
    filter: SourceFilter,
    objects: HashMap<FileId, Option<Arc<Known>>>,
    /// What could not be kept, a line each: data is lost.
    pub problems: Vec<String>,
    /// What cannot be covered and why, a line each.
    pub remarks: Vec<String>,
    /// What is worth saying with `--verbose`, a line each.
    pub notes: Vec<String>,
}

/// A file's identity as long as nobody writes to it: device, inode, size and time of change.
type FileId = (u64, u64, u64, i64, i64);

impl Images {
    /// None is known yet. Tables go beside `data_file`.
    pub fn new(data_file: PathBuf, host: String, run: String, filter: SourceFilter) -> Self {
        Self {
            data_file,
            host,
            run,
            filter,
            objects: HashMap::new(),
            problems: Vec::new(),
            remarks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The executable of `pid`, and its load bias. `None` when nothing in it is of interest.
    pub fn of(&mut self, pid: Tid) -> Option<(Arc<Known>, u64)> {
        // Through this link the very file is opened that is running, be it deleted, replaced, or in another
        // mount namespace (proc(5)).
        let file = match File::open(format!("/proc/{pid}/exe")) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => {
                self.remark(format!("no lines of {}: {error}", executable(pid).display()));
                return None;
            }
        };
        let found = file.metadata().ok()?;
        let id = (found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec());
        if !self.objects.contains_key(&id) {
            let known = self.read(&file, &executable(pid));
            self.objects.insert(id, known);
        }
        let known = self.objects.get(&id)?.clone()?;
        let bias = entry(pid)?.wrapping_sub(known.entry.0);
        Some((known, bias))
    }

    /// Did any object give a line?
    pub fn any_lines(&self) -> bool {
        self.objects.values().any(Option::is_some)
    }

    fn read(&mut self, file: &File, path: &Path) -> Option<Arc<Known>> {
        let mut object = match object::read(file, path, &|source| self.filter.wants(source)) {
            Ok(object) => object,
            Err(error) => {
                self.remark(format!("no lines of {}: {error}", path.display()));
                return None;
            }
        };
        self.note_dropped(&object);
        object.lines.retain(|line| line.line < numbers::LIMIT);
        if object.sites.is_empty() {
            return None;
        }
        let number = self.objects.len() as u32;
        match table_of(&object).write(&self.data_file, &self.host, &self.run, number) {
            Ok(table) => Some(Arc::new(Known { sites: sites_of(&object), table, entry: object.entry })),
            Err(error) => {
                self.problems.push(error.to_string());
                None
            }
        }
    }

    fn remark(&mut self, remark: String) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    fn note_dropped(&mut self, object: &Object) {
        let path = object.path.display();
        for (count, what) in [
            (object.dropped.inside_instruction, "lines dropped that begin inside an instruction"),
            (object.dropped.damaged_units, "units skipped whose debug information is damaged"),
        ] {
            if count > 0 {
                self.notes.push(format!("{path}: {count} {what}"));
            }
        }
    }
}

/// The path of a process's executable.
pub fn executable(pid: Tid) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default()
}

/// A process's argument vector; bytes that are not UTF-8 are replaced.
pub fn argv(pid: Tid) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    bytes.split(|&byte| byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

/// AT_ENTRY of the auxiliary vector (getauxval(3)): where the executable's own entry was loaded to, not the
/// dynamic linker's. The kernel loads all segments of an object with one bias.
fn entry(pid: Tid) -> Option<u64> {
    let vector = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let word = |bytes: &[u8]| bytes.try_into().map(u64::from_ne_bytes).ok();
    vector
        .chunks_exact(16)
        .find(|pair| word(&pair[..8]) == Some(libc::AT_ENTRY))
        .and_then(|pair| word(&pair[8..]))
}

fn sites_of(object: &Object) -> Arc<[Site]> {
    /// A branch may pass this prefix over, and so come to rest right behind it.
    const LOCK: u8 = 0xf0;
    let site = |site: &object::Site| Site {
        address: site.address.0,
        original: site.original,
        ambiguous: site.length == 1 || site.original == LOCK,
    };
    object.sites.iter().map(site).collect()
}

fn table_of(object: &Object) -> ObjectTable {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    ObjectTable {
        id: object.id.clone(),
        path: text(&object.path),
        sites: object.sites.len() as u32,
        files: object.files.iter().map(|path| text(path)).collect(),
        lines: object
            .lines
            .iter()
            .map(|&object::SiteLine { site, file, line }| table::SiteLine { site, file, line })
            .collect(),
        functions: object
            .functions
            .iter()
            .map(|function| SiteFunction {
                site: function.site,
                file: function.file,
                line: function.line,
                name: function.name.clone(),
            })
            .collect(),
    }
}
