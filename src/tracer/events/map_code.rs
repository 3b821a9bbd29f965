//! Maps the out-of-line code of objects into a process, and the counters.

use crate::machine::blocks::MAP_PASSED;
use crate::machine::{OutOfLineCode, Trampolines};
use crate::ptrace::{self, Error, FileMapper, Memory, Result, Syscalls};
use crate::tracer::recorder::Recorder;
use crate::tracer::sites::Mapping;
use crate::tracer::spaces::space::{MappedObjects, MappingCode};
use crate::tracer::spaces::{MappedCode, OtherTasks, PreparedObject, PreparedObjects};
use crate::tracer::stop::StopContext;
use std::rc::Rc;

/// An object that has as many sites for each of the stops after which it would get trampolines gets them when
/// it is mapped: nearly every process stops so often in it.
const SITES_PER_STOP: usize = 64;

/// What is needed to map the code of an object.
struct CodeMapper<'a, R: Recorder> {
    mapper: FileMapper<'a>,
    recorder: &'a mut R,
    record: &'a mut R::Record,
    prepared: &'a mut PreparedObjects,
    mapping: &'a Mapping,
    trampolines: &'a Trampolines,
    /// The number of counters for all objects of the process.
    room: usize,
}

impl<R: Recorder> StopContext<'_, R> {
    /// These objects are mapped now. Maps the out-of-line code of those that are to have trampolines before
    /// any code of theirs runs, and gives what was mapped; none if other tasks run. With `in_exec`, the task
    /// has not yet left exec(2).
    pub fn map_code_of(&mut self, mapped: &MappedObjects, in_exec: bool) -> Result<Vec<MappedCode>> {
        let mappings = &mapped.mappings;
        let space = self.spaces.get(self.process.space);
        let is_wanted = |mapping: &&Mapping| {
            let is_new = !space.has_module(mapping) && space.code_of(mapping).is_none();
            is_new && mapping.sites.trampolines.is_some() && self.gets_trampolines_at_once(mapping)
        };
        let wanted: Vec<&Mapping> = mappings.iter().filter(is_wanted).collect();
        let mut code = Vec::new();
        if wanted.is_empty() || self.others == OtherTasks::Running || !self.can_self_count() {
            return Ok(code);
        }
        if in_exec && !ptrace::passes_descriptors() {
            // Calls can be injected only where the task is in none.
            self.task.finish_syscall()?;
        }
        let countable = |mapping: &&Mapping| mapping.sites.trampolines.is_some();
        let room = mappings.iter().filter(countable).map(|mapping| mapping.sites.counters()).sum();
        for mapping in wanted {
            let mut mapped_code = self.map_code(mapping, room)?;
            if let Some(code) = &mut mapped_code {
                code.pristine.clone_from(&mapped.pristine);
                code.stand_in = self.map_stand_in(code)?;
            }
            code.extend(mapped_code);
        }
        Ok(code)
    }

    /// Maps a file with everything inserted over the code, if there can be one, and gives its device and
    /// inode.
    fn map_stand_in(&mut self, code: &MappedCode) -> Result<Option<(u64, u64)>> {
        let (id, task) = (self.process.space, self.task);
        let Some((file, identity)) = code.stand_in() else { return Ok(None) };
        let Some(MappingCode { calls, address }) = self.spaces.get(id).mapping_code() else {
            return Ok(None);
        };
        let memory = self.spaces.open(id, task.tid(), self.others)?.memory();
        let mapper = FileMapper { task, memory, calls, code: address, along: None };
        let mapped = ignore_failure(mapper.map(file))?;
        self.restore_sigtrap()?;
        Ok(mapped.map(|_| identity))
    }

    /// An object that an earlier image has been given trampolines for, or that is so large that it would get
    /// them soon.
    fn gets_trampolines_at_once(&self, mapping: &Mapping) -> bool {
        let many = SITES_PER_STOP.saturating_mul(self.trampolines_after as usize);
        let is_large = mapping.sites.len() >= many || self.prepared.has(mapping.object);
        self.trampolines_after > 0 && is_large
    }

    /// Maps the out-of-line code of an object, and counters, at first with room for so many. `None` if that
    /// cannot be done: breakpoints serve as well.
    pub fn map_code(&mut self, mapping: &Mapping, room: usize) -> Result<Option<MappedCode>> {
        let (task, id) = (self.task, self.process.space);
        let space = self.spaces.get(id);
        let Some(trampolines) = mapping.sites.trampolines.as_ref().filter(|_| space.has_room_for_code())
        else {
            return Ok(None);
        };
        let known = space.mapping_code();
        let mut opened = self.spaces.open(id, task.tid(), self.others)?;
        let memory = opened.memory();
        let place =
            || Ok((Syscalls::find(task.tid(), memory)?, BorrowedCode::new(memory, mapping.region.start)?));
        let (calls, address, borrowed) = match known {
            Some(MappingCode { calls, address }) => (calls, address, None),
            None => match ignore_failure(place())? {
                Some((calls, borrowed)) => (calls, borrowed.address, Some(borrowed)),
                None => return Ok(None),
            },
        };
        let mut mapper = CodeMapper {
            mapper: FileMapper { task, memory, calls, code: address, along: None },
            recorder: self.recorder,
            record: &mut self.process.record,
            prepared: self.prepared,
            mapping,
            trampolines,
            room,
        };
        let mapped = mapper.map();
        if let Some(borrowed) = borrowed {
            borrowed.restore(memory)?;
        }
        let mapped = ignore_failure(mapped)?.flatten();
        if let Some(prepared) = &mapped {
            let address = prepared.mapping_code(mapping.bias);
            opened.set_mapping_code(known.unwrap_or(MappingCode { calls, address }));
        }
        let code = mapped.map(|prepared| prepared.mapped(mapping, memory)).transpose();
        let code = ignore_failure(code)?.flatten();
        self.restore_sigtrap()?;
        Ok(code)
    }
}

impl<R: Recorder> CodeMapper<'_, R> {
    /// Maps the code where it can be mapped without being relocated, or else where there is room.
    fn map(&mut self) -> Result<Option<Rc<PreparedObject>>> {
        let (object, bias) = (self.mapping.object, self.mapping.bias);
        let Some(counters) = self.make_counters() else { return Ok(None) };
        if !self.prepared.has(object)
            && let Some(kept) = self.recorder.kept_code(object)
        {
            self.prepared.add_kept(self.mapping, kept)?;
        }
        for prepared in self.prepared.of(object, counters) {
            if ignore_failure(self.map_prepared(&prepared))?.is_some() {
                return Ok(Some(prepared));
            }
        }
        if self.make_counters() != Some(counters) {
            return Ok(None);
        }
        let length = (self.trampolines.code.len() + MAP_PASSED.len()) as u64;
        let extent = self.trampolines.extent(bias);
        let address = ptrace::free_place_near(self.mapper.task.tid(), extent, length)?;
        let prepared = self.prepared.add(self.mapping, OutOfLineCode { address, counters })?;
        self.map_prepared(&prepared)?;
        Ok(Some(prepared))
    }

    /// The offset of the counter of the object's first site.
    fn make_counters(&mut self) -> Option<u32> {
        self.recorder.make_counters(self.record, &self.mapper, self.mapping.object, self.room)
    }

    /// Maps out-of-line code, and along with it the counters, if the process has none yet.
    fn map_prepared(&mut self, prepared: &PreparedObject) -> Result<()> {
        let file = prepared.file(self.mapping.bias);
        if self.recorder.counters(self.record).is_some() {
            return self.mapper.map(file).map(drop);
        }
        self.make_counters();
        let mapper = FileMapper { along: Some(file), ..self.mapper };
        let none = Error::Failed { call: "map counters", errno: nix::errno::Errno::ENOMEM };
        self.recorder.map_counters(self.record, &mapper).map(drop).ok_or(none)
    }
}

/// A place in the code of a program that has been overwritten by `blocks::MAP_PASSED` for a while. No task
/// runs there meanwhile.
struct BorrowedCode {
    address: u64,
    original: [u8; MAP_PASSED.len()],
}

impl BorrowedCode {
    fn new(memory: &Memory, address: u64) -> Result<Self> {
        let mut original = [0; MAP_PASSED.len()];
        memory.read(address, &mut original)?;
        memory.write(address, MAP_PASSED)?;
        Ok(Self { address, original })
    }

    fn restore(self, memory: &Memory) -> Result<()> {
        memory.write(self.address, &self.original)
    }
}

/// The value, or `None` if a call has failed. The death of the task is an error.
fn ignore_failure<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(Error::Failed { .. }) => Ok(None),
        result => result.map(Some),
    }
}
