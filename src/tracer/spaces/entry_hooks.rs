//! Hooks at functions of the program, and the probe: code that the recorder has written into the address
//! space.
//!
//! A function after which the probe is called is seen at its entry, and made to return to the probe instead
//! of its caller. So no breakpoint is needed at the caller, and any number of threads can be in the function.

use crate::machine::{self, BREAKPOINT_LENGTH, DETOUR_CODE, Patch};
use crate::ptrace::{Error, Memory, Result};
use crate::tracer::probe_layout::process;
use std::collections::BTreeMap;

/// A breakpoint at the entry of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryHook {
    /// The entry.
    pub address: u64,
    /// The code that the breakpoint replaces.
    pub original: Patch,
    /// What is done there.
    pub purpose: HookPurpose,
}

/// What is done at the entry of a hooked function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookPurpose {
    /// When the function returns, the probe's function is called.
    StartProbe,
    /// The probe's function is called first, now and at each call, with the same arguments.
    CallProbe,
    /// The recorder looks at the call, which may begin a context. The number is the recorder's.
    Context(usize),
}

/// Code of the recorder's in an address space. It contains its own breakpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The function to call when a hooked one has returned, or before it is called: see [`HookPurpose`].
    /// Before a call, it gives an answer ([`crate::tracer::probe_layout::answer`]).
    pub start: u64,
    /// The breakpoint that it returns to.
    pub done: u64,
    /// The breakpoint that hooked functions return to.
    pub returned: u64,
    /// The breakpoint by which it asks the recorder, followed by a return to the caller. The arguments of the
    /// function that contains it are the question.
    pub asked: u64,
    /// Its state of the process that it is in ([`crate::tracer::probe_layout::process`]).
    pub process: u64,
    /// The function to call in a forked child, if the 4 bytes at `fork_flag` are 0: then the interpreter does
    /// not call it.
    pub after_fork: u64,
    /// See [`Probe::after_fork`].
    pub fork_flag: u64,
    /// The function to call when a context begins.
    pub begin_context: u64,
    /// The words that the tracer writes when a thread begins
    /// ([`crate::tracer::probe_layout::thread_writes`]).
    pub threads: u64,
    /// How it is called without a breakpoint ([`HookPurpose::CallProbe`]).
    pub detour: Option<ProbeDetour>,
}

/// The part of a probe that a detour leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeDetour {
    /// The code that calls the probe's function, and keeps the registers.
    pub stub: u64,
    /// Where it goes on: the room for the instructions that the jump to it replaces.
    pub displaced: u64,
}

/// What a breakpoint of the probe or of its hooks means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeBreakpoint {
    /// A task is at the entry of a hooked function.
    Entry(EntryHook),
    /// A hooked function has returned.
    Returned,
    /// The probe's function has returned.
    Done,
    /// The probe asks a question.
    Asked,
}

impl ProbeBreakpoint {
    /// Its name in the event log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry(_) => "entry",
            Self::Returned => "returned",
            Self::Done => "done",
            Self::Asked => "asked",
        }
    }
}

/// The hooks of one address space, and the probe in it.
#[derive(Debug, Clone, Default)]
pub struct EntryHooks {
    all: Vec<EntryHook>,
    probe: Option<Probe>,
    /// The space is a copy of a guess: the probe may not be in it.
    is_unverified: bool,
    /// The callers of hooked functions, by the stack pointer that they will have when they are returned to.
    callers: BTreeMap<u64, u64>,
    detour: Option<InstalledDetour>,
}

/// A jump in place of a breakpoint.
#[derive(Debug, Clone)]
struct InstalledDetour {
    address: u64,
    jump: Vec<u8>,
    original: Vec<u8>,
}

impl EntryHooks {
    /// Are there neither hooks nor a probe?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.probe.is_none()
    }

    /// Inserts the hooks of what is mapped now, in place of those before.
    ///
    /// # Errors
    /// [`Error::Gone`] when the process has died.
    pub fn replace(&mut self, memory: &Memory, all: Vec<EntryHook>) -> Result<()> {
        self.all = all;
        self.all.iter().try_for_each(|hook| insert(memory, hook))
    }

    /// Inserts a hook again, if it is still one.
    ///
    /// # Errors
    /// As [`EntryHooks::replace`].
    pub fn insert(&self, memory: &Memory, hook: EntryHook) -> Result<()> {
        if self.all.contains(&hook) { insert(memory, &hook) } else { Ok(()) }
    }

    /// Replaces the breakpoint of a hook by a detour, while no other task runs. Gives false if it stays.
    ///
    /// # Errors
    /// As [`EntryHooks::replace`].
    pub fn install_detour(&mut self, memory: &Memory, hook: EntryHook) -> Result<bool> {
        let Some(ProbeDetour { stub, displaced }) = self.probe.and_then(|probe| probe.detour) else {
            return Ok(false);
        };
        let mut code = vec![0; DETOUR_CODE];
        match memory.read(hook.address, &mut code) {
            Err(Error::Gone) => return Err(Error::Gone),
            Err(_) => return Ok(false),
            Ok(()) => code[..BREAKPOINT_LENGTH].copy_from_slice(&hook.original.0),
        }
        let Some(detour) = machine::detour(hook.address, &code, stub, displaced) else { return Ok(false) };
        memory.write(displaced, &detour.displaced)?;
        memory.write(hook.address, &detour.jump)?;
        code.truncate(detour.jump.len());
        self.detour = Some(InstalledDetour { address: hook.address, jump: detour.jump, original: code });
        Ok(true)
    }

    /// Is there a detour?
    pub fn has_detour(&self) -> bool {
        self.detour.is_some()
    }

    /// Removes the detour, while no other task runs. A task in it continues behind it.
    ///
    /// # Errors
    /// As [`EntryHooks::replace`].
    pub fn remove_detour(&mut self, memory: &Memory) -> Result<()> {
        let Some(detour) = self.detour.take() else { return Ok(()) };
        let mut there = vec![0; detour.jump.len()];
        memory.read(detour.address, &mut there)?;
        // The memory may be of another program, if it is a copy of a guess.
        if there == detour.jump { memory.write(detour.address, &detour.original) } else { Ok(()) }
    }

    /// Forgets a hook, whose breakpoint has been removed.
    pub fn forget(&mut self, hook: EntryHook) {
        self.all.retain(|other| *other != hook);
    }

    /// What the breakpoint at `address` means, if there is one.
    pub fn find(&self, address: u64) -> Option<ProbeBreakpoint> {
        if let Some(hook) = self.all.iter().find(|hook| hook.address == address) {
            return Some(ProbeBreakpoint::Entry(*hook));
        }
        let probe = self.probe?;
        let breakpoints = [
            (probe.asked, ProbeBreakpoint::Asked),
            (probe.returned, ProbeBreakpoint::Returned),
            (probe.done, ProbeBreakpoint::Done),
        ];
        breakpoints.into_iter().find(|(place, _)| *place == address).map(|(_, breakpoint)| breakpoint)
    }

    /// The probe.
    pub fn probe(&self) -> Option<Probe> {
        self.probe
    }

    /// The probe, unless it has to be verified.
    pub fn certain_probe(&self) -> Option<Probe> {
        self.probe.filter(|_| !self.is_unverified)
    }

    /// The space may be a copy of another process's: the probe may not be in it.
    pub fn distrust(&mut self) {
        self.is_unverified = true;
    }

    /// The probe, if its breakpoints are in `memory`. That is checked only after [`EntryHooks::distrust`].
    ///
    /// # Errors
    /// As [`EntryHooks::replace`].
    pub fn verified_probe(&mut self, memory: &Memory) -> Result<Option<Probe>> {
        if let Some(probe) = self.probe.filter(|_| self.is_unverified) {
            for place in [probe.asked, probe.done, probe.returned] {
                match memory.read_patch(place) {
                    Err(Error::Gone) => return Err(Error::Gone),
                    Ok(Patch::BREAKPOINT) => {}
                    _ => self.probe = None,
                }
            }
        }
        self.is_unverified = false;
        Ok(self.probe)
    }

    /// The recorder has written its probe.
    pub fn set_probe(&mut self, probe: Probe) {
        self.probe = Some(probe);
    }

    /// A hooked function will return to the probe instead of `caller`, where the stack pointer would be
    /// `stack`.
    pub fn expect_return(&mut self, stack: u64, caller: u64) {
        self.callers.insert(stack, caller);
    }

    /// A hooked function has returned: takes the caller at which to continue.
    pub fn take_caller(&mut self, stack: u64) -> Option<u64> {
        self.callers.remove(&stack)
    }

    /// Removes all breakpoints that a task could still run into, and lets hooked functions return to their
    /// callers. A detour stays: from now on, the probe does nothing.
    ///
    /// # Errors
    /// As [`EntryHooks::replace`].
    pub fn restore(&mut self, memory: &Memory) -> Result<()> {
        let detour = self.detour.as_ref().map(|detour| detour.address);
        for hook in self.all.iter().filter(|hook| Some(hook.address) != detour) {
            memory.write_patch(hook.address, hook.original)?;
        }
        if let Some(probe) = self.probe {
            memory.write_patch(probe.asked, Patch::NO_OPERATION)?;
            memory.write(probe.process + process::IS_RELEASED, &1_u32.to_le_bytes())?;
        }
        for (stack, caller) in std::mem::take(&mut self.callers) {
            memory.write(machine::return_address_before(stack), &caller.to_ne_bytes())?;
        }
        Ok(())
    }
}

fn insert(memory: &Memory, hook: &EntryHook) -> Result<()> {
    if memory.read_patch(hook.address)? == hook.original {
        memory.write_patch(hook.address, Patch::BREAKPOINT)
    } else {
        Ok(())
    }
}
