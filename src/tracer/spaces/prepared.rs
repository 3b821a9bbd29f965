//! What one image has made of an object, with which the next images begin.
//!
//! The out-of-line code of an object is the same in each process, but for two numbers: how far it is from the
//! object, and where the counters are. So it is relocated once for these, in a file that processes map; only
//! the return addresses at its end depend on the load bias. The code of the object, with breakpoints and
//! jumps in it, is kept as well: where a process has the original code, it is written as a whole.

use super::code_memory::CodeMemory;
use super::module_breakpoints::ModuleBreakpoints;
use super::pristine_code::PristineCode;
use super::shared_bits::SharedBits;
use super::stand_in::StandIn;
use super::trampoline_state::Relatives;
use super::window::Window;
use crate::elf::Svma;
use crate::machine::{OutOfLineCode, blocks};
use crate::plain::stream::{Reader, Stored, Writer};
use crate::ptrace::{CodeFile, Error, Memory, PassedFile, Result, most_descriptors};
use crate::tracer::sites::{Mapping, ObjectId};
use fixedbitset::FixedBitSet;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

/// An object can have so many, at different distances.
const MOST_OF_OBJECT: usize = 4;
/// No more code of an object is kept, in bytes.
const MOST_TEXT: usize = 1 << 26;
/// Nor of all objects.
const MOST_TEXTS: usize = 1 << 28;

/// What the images of a run have made of the objects, the newest first. Each has a descriptor.
#[derive(Debug, Default)]
pub struct PreparedObjects(VecDeque<(ObjectId, Rc<PreparedObject>)>);

/// The out-of-line code of an object for one distance and one place of counters.
#[derive(Debug)]
pub struct PreparedObject {
    /// The address of the out-of-line code minus the load bias.
    distance: u64,
    /// The offset of the counter of site 0.
    counters: u32,
    /// The code, the return addresses, and `blocks::MAP_PASSED`.
    file: CodeFile,
    /// The load bias of the return addresses in the file.
    bias: u64,
    text: OnceCell<Rc<PreparedText>>,
    /// The text in a file; `None` if it can have none.
    stand_in: OnceCell<Option<StandIn>>,
    /// The text was made in this run.
    is_new: Cell<bool>,
    /// Sites at which an image has come often.
    busy: Rc<RefCell<FixedBitSet>>,
}

/// What later runs can begin with: where the out-of-line code is, and the code of the object.
#[derive(Debug)]
pub struct KeptCode {
    /// As of [`PreparedObject`].
    distance: u64,
    counters: u32,
    text: Rc<PreparedText>,
}

/// The code of an object, with what is inserted.
#[derive(Debug)]
struct PreparedText {
    inserted: SharedBits,
    jumps: SharedBits,
    runs: Vec<PreparedRun>,
}

/// Some adjacent code.
#[derive(Debug)]
struct PreparedRun {
    start: Svma,
    original: Vec<u8>,
    changed: Vec<u8>,
}

/// Out-of-line code of an object that has been mapped into a process.
#[derive(Debug, Clone)]
pub struct MappedCode {
    pub object: ObjectId,
    pub bias: u64,
    pub code: OutOfLineCode,
    prepared: Rc<PreparedObject>,
    /// The code of the object, if it can be read from its file.
    pub pristine: Option<Rc<PristineCode>>,
    /// Device and inode of the file that has taken the place of the object's code, with everything inserted.
    pub stand_in: Option<(u64, u64)>,
}

impl PreparedObjects {
    /// Has an image made something of the object?
    pub fn has(&self, object: ObjectId) -> bool {
        self.0.iter().any(|(of, _)| *of == object)
    }

    /// What can serve for an object whose counters begin at this offset.
    pub fn of(&self, object: ObjectId, counters: u32) -> Vec<Rc<PreparedObject>> {
        let all = self.0.iter().filter(|(of, _)| *of == object).map(|(_, prepared)| prepared);
        all.filter(|prepared| prepared.counters == counters).cloned().collect()
    }

    /// Makes the out-of-line code of an object that has trampolines.
    ///
    /// # Errors
    /// As [`CodeFile::new`].
    pub fn add(&mut self, mapping: &Mapping, at: OutOfLineCode) -> Result<Rc<PreparedObject>> {
        let mut code = Vec::new();
        if let Some(trampolines) = &mapping.sites.trampolines {
            code = blocks::relocate(trampolines, at, mapping.bias);
            code.extend(blocks::return_addresses(trampolines, mapping.bias));
        }
        code.extend(blocks::MAP_PASSED);
        let prepared = Rc::new(PreparedObject {
            distance: at.address.wrapping_sub(mapping.bias),
            counters: at.counters,
            file: CodeFile::new(&code)?,
            bias: mapping.bias,
            text: OnceCell::new(),
            stand_in: OnceCell::new(),
            is_new: Cell::new(false),
            busy: Rc::default(),
        });
        self.0.push_front((mapping.object, Rc::clone(&prepared)));
        self.drop_oldest(mapping.object);
        Ok(prepared)
    }

    /// Adds what an earlier run has made of the object, if it has the counters there.
    ///
    /// # Errors
    /// As [`CodeFile::new`].
    pub fn add_kept(&mut self, mapping: &Mapping, kept: KeptCode) -> Result<()> {
        let KeptCode { distance, counters, text } = kept;
        let address = mapping.bias.wrapping_add(distance);
        let prepared = self.add(mapping, OutOfLineCode { address, counters })?;
        let _ = prepared.text.set(text);
        Ok(())
    }

    /// What this run has made, for later runs: at most one for each object.
    pub fn to_keep(&self) -> Vec<(ObjectId, KeptCode)> {
        let mut kept: Vec<(ObjectId, KeptCode)> = Vec::new();
        for (object, prepared) in self.0.iter().filter(|(_, prepared)| prepared.is_new.get()) {
            if let Some(text) = prepared.text.get().filter(|_| kept.iter().all(|(of, _)| of != object)) {
                let PreparedObject { distance, counters, .. } = **prepared;
                kept.push((*object, KeptCode { distance, counters, text: Rc::clone(text) }));
            }
        }
        kept
    }

    /// One was added for `object`. Drops the oldest ones beyond what may be kept.
    fn drop_oldest(&mut self, object: ObjectId) {
        let (mut of_object, mut texts) = (0, 0);
        let most = (most_descriptors() / 8).clamp(1, 1024) as usize;
        self.0.retain(|(of, prepared)| {
            of_object += usize::from(*of == object);
            texts += prepared.text.get().map_or(0, |text| text.size());
            texts <= MOST_TEXTS && (*of != object || of_object <= MOST_OF_OBJECT)
        });
        self.0.truncate(most);
    }
}

impl PreparedObject {
    /// Where the out-of-line code of an object with this load bias is to be.
    pub fn code(&self, bias: u64) -> OutOfLineCode {
        OutOfLineCode { address: bias.wrapping_add(self.distance), counters: self.counters }
    }

    /// The file of the code, to be mapped for an object with this load bias.
    pub fn file(&self, bias: u64) -> PassedFile<'_> {
        self.file.at(self.code(bias).address)
    }

    /// The address of `blocks::MAP_PASSED` then.
    pub fn mapping_code(&self, bias: u64) -> u64 {
        self.code(bias).address + self.file.size() - blocks::MAP_PASSED.len() as u64
    }

    /// The code has been mapped. Writes what depends on the load bias.
    ///
    /// # Errors
    /// As [`Memory::write`].
    pub fn mapped(self: Rc<Self>, mapping: &Mapping, memory: &Memory) -> Result<MappedCode> {
        let (object, bias) = (mapping.object, mapping.bias);
        if let Some(trampolines) = mapping.sites.trampolines.as_ref().filter(|_| bias != self.bias) {
            let addresses = blocks::return_addresses(trampolines, bias);
            memory.write(self.mapping_code(bias) - addresses.len() as u64, &addresses)?;
        }
        Ok(MappedCode { object, bias, code: self.code(bias), prepared: self, pristine: None, stand_in: None })
    }
}

impl MappedCode {
    /// Is it of the object, mapped to this place?
    pub fn is_of(&self, mapping: &Mapping) -> bool {
        self.object == mapping.object && self.bias == mapping.bias
    }

    /// What can be mapped in place of the code, if that is the executable's, of which nothing has run yet.
    pub fn stand_in(&self) -> Option<(PassedFile<'_>, (u64, u64))> {
        let (code, text) = (self.pristine.as_ref()?, self.prepared.text.get()?);
        let make = || {
            let is_original = text.is_all_in(code, self.bias);
            is_original.then(|| StandIn::new(code, text.changes(self.bias))).flatten()
        };
        let stand_in = self.prepared.stand_in.get_or_init(make).as_ref()?;
        Some((stand_in.over(code)?, stand_in.identity()))
    }
}

impl ModuleBreakpoints {
    /// Inserts every site of an object that has just been mapped, with its out-of-line code.
    pub fn insert_with_code(&mut self, memory: CodeMemory<'_>, mapped: &MappedCode) -> Result<()> {
        self.trampolines.code = Some(mapped.code);
        let text = &mapped.prepared.text;
        if let Some(text) = text.get()
            && (mapped.stand_in.is_some() || text.replace_original(memory, mapped)?)
        {
            self.become_like(&text.inserted, &text.jumps);
        } else {
            let made = self.insert_and_keep(memory)?;
            if let Some(made) = made {
                mapped.prepared.is_new.set(text.set(Rc::new(made)).is_ok());
            }
        }
        let busy = Rc::clone(&mapped.prepared.busy);
        self.trampolines.relatives = Rc::new(Relatives { busy, ..Relatives::default() });
        self.trampolines.relatives.have_trampolines.set(true);
        Ok(())
    }

    /// Inserts every site. Gives the code that has come of it, unless the process had other code than the
    /// object.
    fn insert_and_keep(&mut self, memory: CodeMemory<'_>) -> Result<Option<PreparedText>> {
        let (mut runs, mut is_whole) = (Vec::new(), true);
        self.by_runs(self.pending().collect(), |module, run| {
            let kept = module.insert_run_and_keep(memory, run);
            is_whole &= kept.is_ok();
            kept.map(|run| runs.extend(run.map(|run| run.behind(&runs))))
        })?;
        let is_kept = is_whole && self.modified.is_empty();
        let (inserted, jumps) = (self.inserted.clone(), self.trampolines.jumps.clone());
        let text = is_kept.then_some(PreparedText { inserted, jumps, runs });
        Ok(text.filter(|text| text.size() <= MOST_TEXT))
    }

    fn insert_run_and_keep(&mut self, memory: CodeMemory<'_>, run: &[usize]) -> Result<Option<PreparedRun>> {
        let Some(span) = self.span(run) else { return Ok(None) };
        let start = self.unloaded(span.start);
        let mut window = Window::read(memory, span)?;
        self.insert_into(&mut window, run);
        let (original, changed) = window.write_and_keep()?;
        Ok(Some(PreparedRun { start, original, changed }))
    }
}

impl Stored for KeptCode {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        let PreparedText { inserted, jumps, runs } = &*self.text;
        writer.value(&(self.distance, self.counters, runs.len()))?;
        inserted.store(writer)?;
        jumps.store(writer)?;
        runs.iter().try_for_each(|run| {
            writer.value(&run.start.0)?;
            writer.array(&run.original)?;
            writer.array(&run.changed)
        })
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        let (distance, counters, count): (u64, u32, usize) = reader.value()?;
        let (inserted, jumps) = (SharedBits::load(reader)?, SharedBits::load(reader)?);
        let run = |_| {
            let start = Svma(reader.value()?);
            let (original, changed) = (reader.bytes()?, reader.bytes()?);
            if original.len() != changed.len() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            Ok(PreparedRun { start, original, changed })
        };
        let runs = (0..count).map(run).collect::<io::Result<_>>()?;
        Ok(Self { distance, counters, text: Rc::new(PreparedText { inserted, jumps, runs }) })
    }
}

impl PreparedRun {
    /// As it has been before the runs in front of it were changed, which can overlap it.
    fn behind(mut self, others: &[Self]) -> Self {
        for other in others {
            let overlap = self.start.0..other.start.0 + other.original.len() as u64;
            if let Some(at) = self.start.0.checked_sub(other.start.0).filter(|_| !overlap.is_empty()) {
                let length = self.original.len().min((overlap.end - overlap.start) as usize);
                self.original[..length].copy_from_slice(&other.original[at as usize..][..length]);
            }
        }
        self
    }
}

impl PreparedText {
    fn size(&self) -> usize {
        self.runs.iter().map(|run| run.original.len() + run.changed.len()).sum()
    }

    /// What was changed, with its addresses.
    fn changes(&self, bias: u64) -> impl Iterator<Item = (u64, &[u8])> {
        self.runs.iter().map(move |run| (run.start.loaded(bias), &*run.changed))
    }

    fn is_all_in(&self, code: &PristineCode, bias: u64) -> bool {
        self.runs.iter().all(|run| code.has(run.start.loaded(bias), &run.original))
    }

    /// Writes the code into a process that has the original, if it has all of it.
    fn replace_original(&self, memory: CodeMemory<'_>, mapped: &MappedCode) -> Result<bool> {
        let bias = mapped.bias;
        let has_original = |run: &PreparedRun| {
            let start = run.start.loaded(bias);
            if mapped.pristine.as_ref().is_some_and(|code| code.has(start, &run.original)) {
                return Ok(true);
            }
            let mut there = vec![0; run.original.len()];
            memory.read(start, &mut there).map(|()| there == run.original)
        };
        for run in &self.runs {
            match has_original(run) {
                Err(Error::Gone) => return Err(Error::Gone),
                Ok(true) => {}
                _ => return Ok(false),
            }
        }
        let write = |run: &PreparedRun| memory.write(run.start.loaded(bias), &run.changed);
        match self.runs.iter().try_for_each(write) {
            Err(Error::Gone) => Err(Error::Gone),
            written => Ok(written.is_ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Edges;
    use crate::tracer::sites::{Region, Sites};
    use std::sync::Arc;

    #[test]
    fn the_newest_are_kept() {
        let mut all = PreparedObjects::default();
        let mut add = |object: u32, address: u64| {
            let region = Region { start: 0, file: (0, 0) };
            let (object, sites) =
                (ObjectId(object), Arc::new(Sites::new(Vec::new(), Edges::default(), None)));
            let mapping = Mapping { object, sites, bias: 0x1000, region };
            all.add(&mapping, OutOfLineCode { address, counters: 8 }).unwrap();
        };
        add(1, 0x5000);
        (0..6).for_each(|place| add(2, 0x10_0000 + place * 0x1000));
        let places = |object, counters| -> Vec<u64> {
            all.of(ObjectId(object), counters).iter().map(|of| of.code(0).address).collect()
        };
        assert_eq!(places(2, 8), [0x10_4000, 0x10_3000, 0x10_2000, 0x10_1000]);
        assert_eq!(places(1, 8), [0x4000]);
        assert!(places(1, 9).is_empty() && all.has(ObjectId(1)) && !all.has(ObjectId(3)));
    }
}
