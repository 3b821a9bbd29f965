//! The address spaces of all processes, and the breakpoints in each.
//!
//! A breakpoint belongs to an address space, not to a process: fork(2) copies the space, vfork(2) and
//! CLONE_VM share it, exec replaces it.

mod code_memory;
mod copies;
mod copy_answers;
mod edge_jumps;
pub mod entry_hooks;
mod hosts;
mod installed_trampolines;
#[cfg(test)]
mod jump_tests;
pub mod linker;
mod module_breakpoints;
mod module_trampolines;
mod opened;
mod prepared;
mod pristine_code;
mod shared_bits;
pub mod space;
mod stand_in;
mod trampoline_state;
mod trampolines;
mod window;

pub use code_memory::{CodeMemory, OtherTasks};
pub use copies::CopiedCode;
pub use opened::OpenedSpace;
pub use prepared::{KeptCode, MappedCode, PreparedObject, PreparedObjects};
pub use pristine_code::PristineCode;

use crate::ptrace::{Error, Memory, Result, Stopped, Tid, most_descriptors};
use nix::errno::Errno;
use space::Space;

/// An address space, by number. It is valid as long as a process uses the space; then the number is used
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpaceId(usize);

/// The address spaces of all living processes.
#[derive(Debug, Default)]
pub struct Spaces {
    slots: Vec<Slot>,
    /// Slots that no process uses.
    free: Vec<usize>,
    /// At least as many memories as are open.
    opened: u64,
    /// All processes are being released: nothing is inserted any more.
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Slot {
    space: Space,
    /// Opened when it is needed first, and closed again when many are open.
    memory: Option<Memory>,
    /// How many processes run in it.
    users: usize,
    /// How often something was inserted since the exec, or the fork, that made the space.
    generation: u64,
}

impl Spaces {
    /// A new, empty space, after an exec.
    pub fn create(&mut self) -> SpaceId {
        self.add(Space::default())
    }

    /// A copy of a space, after a fork.
    pub fn copy(&mut self, from: SpaceId) -> SpaceId {
        let mut space = self.get(from).clone();
        space.reenable_trampolines();
        space.forget_lent_and_owed();
        self.add(space)
    }

    /// A copy for a process that may have been forked before all of `from` was inserted: its memory has to be
    /// compared.
    pub fn copy_unverified(&mut self, from: SpaceId) -> SpaceId {
        let copy = self.copy(from);
        self.slots[copy.0].space.forget_insertions();
        copy
    }

    /// A copy for a process that was probably, but not certainly, forked from `from`.
    pub fn copy_of_likely_parent(&mut self, from: SpaceId) -> SpaceId {
        let copy = self.copy(from);
        self.slots[copy.0].space.distrust();
        copy
    }

    /// One more process runs in the space, after a vfork, or a clone with CLONE_VM.
    pub fn share(&mut self, id: SpaceId) -> SpaceId {
        self.slots[id.0].users += 1;
        id
    }

    /// A process has left the space, by an exec or by its end.
    pub fn release(&mut self, id: SpaceId) {
        let slot = &mut self.slots[id.0];
        match slot.users {
            // It is free already: listed twice, its number would be given to two spaces.
            0 => {}
            1 => {
                *slot = Slot::default();
                self.free.push(id.0);
            }
            _ => slot.users -= 1,
        }
    }

    /// A space.
    pub fn get(&self, id: SpaceId) -> &Space {
        &self.slots[id.0].space
    }

    /// A space, to change what is known of it.
    pub fn get_mut(&mut self, id: SpaceId) -> &mut Space {
        &mut self.slots[id.0].space
    }

    /// Does more than one process run in it?
    pub fn is_shared(&self, id: SpaceId) -> bool {
        self.slots[id.0].users > 1
    }

    /// Rises whenever something is inserted that may not have been there before.
    pub fn generation(&self, id: SpaceId) -> u64 {
        self.slots[id.0].generation
    }

    /// From now on nothing is inserted any more.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// Opens a space by way of `tid`, which runs in it, while its `others` run or do not.
    ///
    /// # Errors
    /// As [`Memory::open`].
    pub fn open(&mut self, id: SpaceId, tid: Tid, others: OtherTasks) -> Result<OpenedSpace<'_>> {
        self.open_by(id, others, || Memory::open(tid))
    }

    /// As [`Spaces::open`], to insert something: counts a generation. `None` after [`Spaces::close`].
    ///
    /// # Errors
    /// As [`Spaces::open`].
    pub fn open_to_insert(
        &mut self,
        id: SpaceId,
        tid: Tid,
        others: OtherTasks,
    ) -> Result<Option<OpenedSpace<'_>>> {
        if self.is_closed {
            return Ok(None);
        }
        self.slots[id.0].generation += 1;
        self.open(id, tid, others).map(Some)
    }

    /// Opens the space of a process at its first stop, when even the memory of a process that is not dumpable
    /// can be opened. Does nothing if there is no breakpoint in it.
    ///
    /// # Errors
    /// As [`Memory::open_at_first_stop`].
    pub fn open_at_first_stop(&mut self, id: SpaceId, task: &Stopped) -> Result<()> {
        if self.get(id).is_empty() {
            return Ok(());
        }
        self.open_by(id, OtherTasks::Running, || Memory::open_at_first_stop(task)).map(drop)
    }

    fn open_by(
        &mut self,
        id: SpaceId,
        others: OtherTasks,
        open: impl Fn() -> Result<Memory>,
    ) -> Result<OpenedSpace<'_>> {
        let memory = match self.slots[id.0].memory.take() {
            Some(memory) => memory,
            None => {
                self.leave_descriptors();
                self.opened += 1;
                match open() {
                    Err(Error::Failed { errno: Errno::EMFILE | Errno::ENFILE, .. }) => {
                        self.close_all();
                        open()?
                    }
                    opened => opened?,
                }
            }
        };
        let slot = &mut self.slots[id.0];
        let memory = CodeMemory { memory: slot.memory.insert(memory), others };
        Ok(OpenedSpace { space: &mut slot.space, memory, generation: &mut slot.generation })
    }

    /// Closes all memories if they take a quarter of the descriptors: others are left for the files of the
    /// run.
    fn leave_descriptors(&mut self) {
        let most = most_descriptors() / 4;
        if self.opened >= most {
            // Some have been closed with their spaces.
            self.opened = self.slots.iter().filter(|slot| slot.memory.is_some()).count() as u64;
        }
        if self.opened >= most {
            self.close_all();
        }
    }

    fn close_all(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.memory = None);
        self.opened = 0;
    }

    fn add(&mut self, space: Space) -> SpaceId {
        let slot = Slot { space, memory: None, users: 1, generation: 0 };
        match self.free.pop() {
            Some(index) => {
                self.slots[index] = slot;
                SpaceId(index)
            }
            None => {
                self.slots.push(slot);
                SpaceId(self.slots.len() - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_freed_with_its_last_user() {
        let mut spaces = Spaces::default();
        let first = spaces.create();
        let second = spaces.create();
        assert!(spaces.share(first) == first && spaces.is_shared(first) && !spaces.is_shared(second));
        spaces.release(first);
        assert!(!spaces.is_shared(first));
        spaces.slots[first.0].generation = 5;
        spaces.release(first);
        assert_eq!(spaces.create(), first, "the number is used again");
        assert_eq!(spaces.generation(first), 0, "for a new space");
        spaces.release(second);
        spaces.release(second);
        assert_ne!(spaces.create(), spaces.create(), "a second release frees nothing");
    }

    #[test]
    fn memory_is_opened_once_and_nothing_is_inserted_after_the_close() {
        let mut spaces = Spaces::default();
        let id = spaces.create();
        let own = std::process::id().cast_signed();
        assert!(spaces.open_to_insert(id, own, OtherTasks::Stopped).unwrap().is_some());
        assert_eq!(spaces.generation(id), 1);
        assert!(spaces.open(id, -1, OtherTasks::Stopped).is_ok(), "the descriptor is still open");
        spaces.close();
        assert!(spaces.open_to_insert(id, own, OtherTasks::Stopped).unwrap().is_none());
        assert_eq!(spaces.generation(id), 1);
    }
}
