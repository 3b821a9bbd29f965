//! What is known of the trampolines of an object in an address space.

use super::shared_bits::SharedBits;
use crate::machine::OutOfLineCode;
use fixedbitset::FixedBitSet;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Which sites of a mapped object have trampolines.
#[derive(Debug, Clone, Default)]
pub struct TrampolineState {
    /// Where the out-of-line code is, if it has been written.
    pub code: Option<OutOfLineCode>,
    /// No jump is inserted any more.
    pub is_disabled: bool,
    /// Sites at which there is a jump instead of a breakpoint.
    pub jumps: SharedBits,
    /// Sites that get a breakpoint in any case.
    pub forbidden: SharedBits,
    /// Only trampolines are used that serve several tasks at once: see `Sites::for_one_task`.
    pub serves_threads: bool,
    /// Sites whose short jump to a springboard in the code of a host was removed while tasks ran: one of them
    /// may still be at the springboard.
    pub draining: BTreeSet<usize>,
    /// Hosts whose jumps are to be removed as soon as no task can be at a springboard in their code; and
    /// whether the block is to be split then.
    pub kept: BTreeMap<usize, bool>,
    /// How often tasks have stopped at a breakpoint that stays for an edge.
    pub stays: BTreeMap<usize, u32>,
    /// How often the installation was tried in vain.
    pub tries: u32,
    /// What has become of processes with copies of the same memory. All copies share this.
    pub relatives: Rc<Relatives>,
}

/// What processes with copies of the same memory have done.
#[derive(Debug, Default)]
pub struct Relatives {
    /// One has installed trampolines.
    pub have_trampolines: Cell<bool>,
    /// One has made a thread.
    pub have_threads: Cell<bool>,
    /// Sites at which one has come often. All images of the object can share this.
    pub busy: Rc<RefCell<FixedBitSet>>,
}
