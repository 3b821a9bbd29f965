//! Interpreters in processes: where one is mapped, and how its probe is injected.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::maps::{FileMapping, Maps, file_identity};
use crate::machine::Patch;
use crate::object::{FileIdentity, Svma};
use crate::ptrace::{self, Memory, Stopped, Syscalls, Tid};
use crate::runtime::probe::ProbeImage;
use crate::runtime::{self, Interpreter, Runtime, Start};
use crate::sources::normalised;
use crate::tracer::{EntryHook, HookPurpose, Probe, ProbeDetour};
use hashbrown::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The interpreters of a run. Each file is read once.
#[derive(Debug)]
pub struct Interpreters {
    wanted: ProbeWork,
    files: HashMap<FileIdentity, Option<Arc<Interpreter>>>,
}

/// What probes do beside recording lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProbeWork {
    /// Do they measure branches?
    pub branches: bool,
    /// Do tests of the interpreter's own test framework begin contexts?
    pub tests: bool,
    /// Do they say how tests of the interpreter's frameworks end?
    pub results: bool,
}

/// An interpreter that a process has mapped.
#[derive(Debug)]
pub struct MappedInterpreter {
    interpreter: Arc<Interpreter>,
    bias: u64,
    wanted: ProbeWork,
}

impl Interpreters {
    /// None yet.
    pub fn new(wanted: ProbeWork) -> Self {
        Self { wanted, files: HashMap::new() }
    }

    /// The functions of the interpreter at which a probe is started or called.
    pub fn entry_hooks(&mut self, maps: &Maps, diagnostics: &Diagnostics) -> Vec<EntryHook> {
        let Some(MappedInterpreter { interpreter, bias, .. }) = self.find(maps, diagnostics) else {
            return Vec::new();
        };
        let purpose = match interpreter.runtime.start() {
            Start::AfterReturnOf(_) => HookPurpose::StartProbe,
            Start::AtCallsOf(_) => HookPurpose::CallProbe,
        };
        let hook =
            |&(at, original): &(Svma, Patch)| EntryHook { address: at.loaded(bias), original, purpose };
        interpreter.entry_functions.iter().map(hook).collect()
    }

    /// The interpreter that is mapped, as the executable or as a library.
    pub fn find(&mut self, maps: &Maps, diagnostics: &Diagnostics) -> Option<MappedInterpreter> {
        maps.code.iter().filter(|mapped| maps.is_executable(mapped) || is_library(mapped)).find_map(
            |mapped| {
                let read = |file| match Interpreter::read(file) {
                    Ok(interpreter) => interpreter.map(Arc::new),
                    Err(missing) => {
                        diagnostics.report(Diagnostic::UncoveredRuntime {
                            runtime: missing.runtime.title(),
                            program: mapped.path.clone(),
                            reason: format!("it does not export {}", missing.name),
                        });
                        None
                    }
                };
                let interpreter = match self.files.get(&maps.identity(mapped).ok()??) {
                    Some(known) => known.clone()?,
                    None => {
                        let file = maps.open(mapped).ok()??;
                        let read = read(&file);
                        self.files.entry(file_identity(&file)?).insert(read).get().clone()?
                    }
                };
                let bias = interpreter.segments.bias(mapped.region.start, mapped.offset)?;
                Some(MappedInterpreter { interpreter, bias, wanted: self.wanted })
            },
        )
    }
}

fn is_library(mapped: &FileMapping) -> bool {
    let name = mapped.path.file_name();
    name.is_some_and(|name| runtime::ALL.iter().any(|runtime| runtime.is_library(name.as_bytes())))
}

impl MappedInterpreter {
    /// Its runtime.
    pub fn runtime(&self) -> &'static dyn Runtime {
        self.interpreter.runtime
    }

    /// Injects the probe into the memory of `task`. Gives also the address at which it begins.
    ///
    /// # Errors
    /// When the process cannot map memory.
    pub(super) fn inject_probe(&self, task: &Stopped, memory: &Memory) -> ptrace::Result<(Probe, u64)> {
        let image = self.interpreter.runtime.probe();
        let calls = Syscalls::find(task.tid(), memory)?;
        let mut base = calls.map(task, image.size, None)?;
        if let Some(near) = self.place_near_entry(task.tid(), image)
            && calls.move_to(task, base, image.size, near).is_ok()
        {
            base = near;
        }
        let put = self.fill(base, &calls, task, memory);
        if put.is_err() {
            let _ = calls.unmap(task, base, image.size);
        }
        let probe = Probe {
            start: base + image.start,
            done: base + image.done,
            returned: base + image.returned,
            asked: base + image.asked,
            process: base + image.process,
            after_fork: base + image.after_fork,
            fork_flag: base + image.fork_flag,
            begin_context: base + image.begin_context,
            threads: base + image.threads,
            detour: image
                .detour
                .map(|(stub, displaced)| ProbeDetour { stub: base + stub, displaced: base + displaced }),
        };
        put.map(|()| (probe, base))
    }

    /// Where a jump at the entry of the hooked function reaches the probe, if it is to be called so.
    fn place_near_entry(&self, tid: Tid, image: &ProbeImage) -> Option<u64> {
        image.detour?;
        let (entry, _) = self.interpreter.entry_functions.first()?;
        let entry = entry.loaded(self.bias);
        ptrace::free_place_near(tid, entry..entry + 1, image.size).ok()
    }

    fn fill(&self, base: u64, calls: &Syscalls, task: &Stopped, memory: &Memory) -> ptrace::Result<()> {
        let image = self.interpreter.runtime.probe();
        let functions = self.interpreter.functions.iter().map(|at| at.map_or(0, |at| at.loaded(self.bias)));
        memory.write(base + image.table, &functions.flat_map(u64::to_le_bytes).collect::<Vec<u8>>())?;
        memory.write(base, image.code)?;
        let put = |word, is_wanted| memory.write(base + word, &u32::from(is_wanted).to_le_bytes());
        put(image.branches, self.wanted.branches)?;
        put(image.tests, self.wanted.tests)?;
        put(image.results, self.wanted.results)?;
        match calls.make_executable(task, base, image.code_size()) {
            // What has been written to is not let run (PR_SET_MDWE of prctl(2), SELinux), but a file may be.
            Err(ptrace::Error::Failed { .. }) => map_image(image, base, calls, task, memory),
            made => made,
        }
    }
}

/// Maps the code of the probe from a file to `base`, in place of a mapping that is not used yet.
fn map_image(
    image: &ProbeImage,
    base: u64,
    calls: &Syscalls,
    task: &Stopped,
    memory: &Memory,
) -> ptrace::Result<()> {
    let file = image.file().map_err(|error| ptrace::Error::of_own("make a file of the probe", &error))?;
    let file = calls.pass(task, memory, base, &file)?;
    let mapped = calls.map_code(task, base, image.code_size(), file);
    calls.close(task, file)?;
    mapped
}

/// The absolute, normalised path of the source file that an interpreter in `pid` calls `name`.
pub fn source(pid: Tid, name: &[u8]) -> Option<PathBuf> {
    let name = Path::new(OsStr::from_bytes(name));
    if name.is_absolute() {
        return Some(normalised(name));
    }
    let directory = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    Some(normalised(&directory.join(name)))
}
