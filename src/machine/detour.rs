//! A detour: a jump at the entry of a function to code of a probe, which is called first at each call.

/// The code of a detour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detour {
    /// The jump, which replaces whole instructions at the entry of the function.
    pub jump: Vec<u8>,
    /// These instructions as they are executed elsewhere, and a jump to those behind them.
    pub displaced: Vec<u8>,
}
