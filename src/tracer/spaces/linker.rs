//! The dynamic linker's rendezvous: `struct r_debug` of link.h, and the function that it calls before and
//! after it changes what is mapped. At the first call after a change the new objects are mapped, and none of
//! their code has been executed: neither constructors nor, for dlopen(3), the resolvers of IFUNC symbols.

use crate::machine::Patch;
use crate::ptrace::{Memory, Result};

/// Where the dynamic linker of a process reports what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DynamicLinker {
    /// The function that it calls. It is empty and takes no argument, so it can be made to return at once.
    pub notify: u64,
    /// The `struct r_debug`, or a pointer to that.
    pub state: u64,
    /// Is `state` a pointer?
    pub is_pointer: bool,
    /// The code that the breakpoint replaces.
    pub original: Patch,
}

/// What the dynamic linker is doing (`r_state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkerState {
    /// No change: RT_CONSISTENT.
    Consistent,
    /// It maps objects: RT_ADD.
    Adding,
    /// It unmaps objects: RT_DELETE.
    Deleting,
}

/// More namespaces (dlmopen(3)) than glibc allows.
const NAMESPACES: usize = 64;

impl DynamicLinker {
    /// Inserts the breakpoint. It is not removed before the process is released.
    ///
    /// # Errors
    /// As [`Memory::write`].
    pub fn insert(&self, memory: &Memory) -> Result<()> {
        memory.write_patch(self.notify, Patch::BREAKPOINT)
    }

    /// Removes the breakpoint.
    ///
    /// # Errors
    /// As [`Memory::write`].
    pub fn remove(&self, memory: &Memory) -> Result<()> {
        memory.write_patch(self.notify, self.original)
    }

    /// What it does, in any namespace. Before version 2 of the structure (glibc 2.35) only the first
    /// namespace can be read. Changes of another one look like [`LinkerState::Consistent`]; then the maps are
    /// read more often than needed.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn state_of_namespaces(&self, memory: &Memory) -> Result<LinkerState> {
        let mut state = LinkerState::Consistent;
        let mut at = if self.is_pointer { memory.word(self.state)? } else { self.state };
        for _ in 0..NAMESPACES {
            // int r_version; struct link_map *r_map; Addr r_brk; enum r_state; Addr r_ldbase; next (version
            // 2).
            let version = memory.word(at)? as u32;
            match memory.word(at + 24)? as u32 {
                1 => state = LinkerState::Adding,
                2 => return Ok(LinkerState::Deleting),
                _ => {}
            }
            at = if version >= 2 { memory.word(at + 40)? } else { 0 };
            if at == 0 {
                break;
            }
        }
        Ok(state)
    }
}
