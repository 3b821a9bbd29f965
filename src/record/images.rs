//! What a process has mapped: from files to the sites to plant. Each object is read once per run, however many
//! processes map it.

use super::maps::{Mapped, Maps};
use crate::data::numbers;
use crate::data::table::{self, ObjectTable, SiteFunction};
use crate::object::{self, Object, Rendezvous, Segments};
use crate::ptrace::Tid;
use crate::sources::SourceFilter;
use crate::tracer::{Loader, Mapping, ObjectId, Site};
use hashbrown::HashMap;
use std::fs::{self, File};
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
    segments: Segments,
}

/// The objects of a run.
#[derive(Debug)]
pub struct Images {
    data_file: PathBuf,
    host: String,
    run: String,
    filter: SourceFilter,
    /// By number.
    known: Vec<Known>,
    files: HashMap<FileId, Option<ObjectId>>,
    loaders: HashMap<FileId, Option<Arc<Rendezvous>>>,
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
            known: Vec::new(),
            files: HashMap::new(),
            loaders: HashMap::new(),
            problems: Vec::new(),
            remarks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What `pid` has mapped at its exec, and where its dynamic linker tells of changes.
    pub fn image(&mut self, pid: Tid) -> (Vec<Mapping>, Option<Loader>) {
        let maps = Maps::of(pid);
        (self.mappings(&maps, &[]), self.loader(&maps))
    }

    /// What `pid` has mapped now; what it had `before` is not looked for again, and need not be found any more.
    pub fn mapped(&mut self, pid: Tid, before: &[Mapping]) -> Vec<Mapping> {
        self.mappings(&Maps::of(pid), before)
    }

    fn mappings(&mut self, maps: &Maps, before: &[Mapping]) -> Vec<Mapping> {
        let mut mappings: Vec<Mapping> = Vec::new();
        for mapped in &maps.code {
            let same = before.iter().find(|mapping| mapping.region == mapped.region);
            let Some(mapping) = same.cloned().or_else(|| self.mapping(maps, mapped)) else { continue };
            if !mappings.iter().any(|other| other.object == mapping.object && other.bias == mapping.bias) {
                mappings.push(mapping);
            }
        }
        mappings
    }

    /// `None` when no source of that object is of interest.
    fn mapping(&mut self, maps: &Maps, mapped: &Mapped) -> Option<Mapping> {
        let object = self.object(maps, mapped)?;
        let Known { sites, segments, .. } = self.known(object);
        let bias = segments.bias(mapped.region.start, mapped.offset)?;
        Some(Mapping { object, sites: Arc::clone(sites), bias, region: mapped.region })
    }

    fn loader(&mut self, maps: &Maps) -> Option<Loader> {
        let mapped = maps.loader()?;
        let file = maps.open(mapped).ok()??;
        let rendezvous = self.loaders.entry(file_id(&file)?);
        let rendezvous = rendezvous.or_insert_with(|| Rendezvous::read(&file).map(Arc::new)).clone()?;
        let bias = rendezvous.segments.bias(mapped.region.start, mapped.offset)?;
        Some(Loader {
            notify: rendezvous.notify.loaded(bias),
            state: rendezvous.state.loaded(bias),
            is_pointer: rendezvous.is_pointer,
        })
    }

    /// An object by its number.
    pub fn known(&self, object: ObjectId) -> &Known {
        &self.known[object.0 as usize]
    }

    /// The object whose code is mapped there.
    fn object(&mut self, maps: &Maps, mapped: &Mapped) -> Option<ObjectId> {
        let file = match maps.open(mapped) {
            Ok(file) => file?,
            Err(error) => {
                self.remark(format!("no lines of {}: {error}", mapped.path.display()));
                return None;
            }
        };
        let id = file_id(&file)?;
        if !self.files.contains_key(&id) {
            let known = self.read(&file, &mapped.path);
            let object = known.map(|known| {
                self.known.push(known);
                ObjectId(self.known.len() as u32 - 1)
            });
            self.files.insert(id, object);
        }
        *self.files.get(&id)?
    }

    /// Did any object give a line?
    pub fn any_lines(&self) -> bool {
        !self.known.is_empty()
    }

    fn read(&mut self, file: &File, path: &Path) -> Option<Known> {
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
        let number = self.known.len() as u32;
        match table_of(&object).write(&self.data_file, &self.host, &self.run, number) {
            Ok(table) => Some(Known { sites: sites_of(&object), table, segments: object.segments }),
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

fn file_id(file: &File) -> Option<FileId> {
    let found = file.metadata().ok()?;
    Some((found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec()))
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
