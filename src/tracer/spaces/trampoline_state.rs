//! What is known of the trampolines of an object in an address space.

use crate::machine::OutOfLineCode;
use fixedbitset::FixedBitSet;
use std::cell::Cell;
use std::rc::Rc;

/// Which sites of a mapped object have trampolines.
#[derive(Debug, Clone, Default)]
pub struct TrampolineState {
    /// Where the out-of-line code is, if it has been written.
    pub code: Option<OutOfLineCode>,
    /// No jump is inserted any more.
    pub is_disabled: bool,
    /// Sites at which there is a jump instead of a breakpoint.
    pub jumps: FixedBitSet,
    /// Sites that get a breakpoint in any case.
    pub forbidden: FixedBitSet,
    /// Has a process with a copy of the same memory installed trampolines? All copies share this.
    pub used_by_relative: Rc<Cell<bool>>,
}

/// What becomes of the jumps to trampolines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jumps {
    /// A task may be inside the code that one replaces: they stay.
    Keep,
    /// No task runs in the space: they are removed.
    Remove,
}
