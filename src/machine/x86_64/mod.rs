//! x86-64.

mod boundary;
mod leaders;
mod registers;
mod signal_calls;
mod trampolines;

pub(crate) use boundary::Walk;
pub(crate) use leaders::Leaders;
pub use registers::*;
pub use signal_calls::{Base, Effect as SignalEffect, SignalCall, SignalCalls};
pub(crate) use trampolines::Maker;
pub use trampolines::{Detour, Detours, Place};
