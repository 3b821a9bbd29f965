//! What differs by version of CPython: the one table. `build.rs` gives what the probe needs of it to its C
//! code, so this file depends on nothing.
//!
//! The probe needs no version for names that differ (`_PyCode_GetExtra` or `PyUnstable_Code_GetExtra`,
//! `co_lnotab` or `co_linetable`): it takes what is there.

/// A version without its last part, as in 3.13.
pub type Minor = (u8, u8);

/// What the probe adds to the flags of a code object (`co_flags`, which has 28 bits in 3.14) that native code
/// reports lines of. The first line in the table of such a function is its `def`, which the code around it
/// runs.
pub const NATIVE_CODE: u32 = 1 << 31;

/// How the probe learns which lines run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// A C trace function in each thread (`PyEval_SetTrace`).
    TraceFunction,
    /// `sys.monitoring` (PEP 669).
    Monitoring,
}

/// The format of the line table of a code object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineTableFormat {
    /// `co_lnotab` (Objects/lnotab_notes.txt).
    Lnotab,
    /// `co_linetable` of PEP 626: pairs of bytes.
    Pairs,
    /// `co_linetable` with columns (Objects/locations.md, PEP 657).
    Locations,
}

/// The opcodes (Lib/opcode.py, Include/opcode_ids.h) that determine which instruction follows which. 0 is one
/// that the version does not have, or that needs no care there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opcodes {
    /// Its argument is a higher part of that of the next instruction.
    pub extended_arg: u8,
    /// Jumps.
    pub jump_forward: u8,
    /// Jumps back.
    pub jump_backward: u8,
    /// Jumps back without a look at signals.
    pub jump_backward_no_interrupt: u8,
    /// Jumps when a coroutine or a generator that is waited for has ended.
    pub send: u8,
    /// A `raise` statement.
    pub raise_varargs: u8,
    /// Raises an exception again at the end of a handler.
    pub reraise: u8,
    /// Leaves the code object.
    pub return_value: u8,
    /// Likewise.
    pub return_const: u8,
    /// A `with` statement handles an exception.
    pub with_except_start: u8,
    /// An asynchronous loop waits for its next item.
    pub get_anext: u8,
    /// The end of an asynchronous loop. 0 if there are events for where such a loop leads.
    pub end_async_for: u8,
    /// Those that go one of two ways, and have an event for it.
    pub branches: [u8; 6],
}

/// A version of CPython.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// The version.
    pub minor: Minor,
    /// How the probe learns which lines run.
    pub hook: Hook,
    /// How to read line tables.
    pub line_table: LineTableFormat,
    /// Does a code object have its qualified name (`co_qualname`)?
    pub has_qualified_names: bool,
    /// Does the compiler make functions that evaluate annotations (PEP 649)? No statement is in them.
    pub has_annotate_functions: bool,
    /// Has each direction of a branch an event of its own?
    pub has_branch_directions: bool,
    /// With `sys.monitoring`: its opcodes.
    pub opcodes: Option<Opcodes>,
}

const PYTHON_3_9: Features = Features {
    minor: (3, 9),
    hook: Hook::TraceFunction,
    line_table: LineTableFormat::Lnotab,
    has_qualified_names: false,
    has_annotate_functions: false,
    has_branch_directions: false,
    opcodes: None,
};
const PYTHON_3_10: Features = Features { minor: (3, 10), line_table: LineTableFormat::Pairs, ..PYTHON_3_9 };
const PYTHON_3_11: Features = Features {
    minor: (3, 11),
    line_table: LineTableFormat::Locations,
    has_qualified_names: true,
    ..PYTHON_3_10
};
const PYTHON_3_12: Features =
    Features { minor: (3, 12), hook: Hook::Monitoring, opcodes: Some(OPCODES_3_12), ..PYTHON_3_11 };
const PYTHON_3_13: Features = Features { minor: (3, 13), opcodes: Some(OPCODES_3_13), ..PYTHON_3_12 };
const PYTHON_3_14: Features = Features {
    minor: (3, 14),
    has_annotate_functions: true,
    has_branch_directions: true,
    opcodes: Some(OPCODES_3_14),
    ..PYTHON_3_13
};
const PYTHON_3_15: Features = Features { minor: (3, 15), opcodes: Some(OPCODES_3_15), ..PYTHON_3_14 };

const OPCODES_3_12: Opcodes = Opcodes {
    extended_arg: 144,
    jump_forward: 110,
    jump_backward: 140,
    jump_backward_no_interrupt: 134,
    send: 123,
    raise_varargs: 130,
    reraise: 119,
    return_value: 83,
    return_const: 121,
    with_except_start: 49,
    get_anext: 51,
    end_async_for: 54,
    branches: [93, 114, 115, 128, 129, 0],
};
const OPCODES_3_13: Opcodes = Opcodes {
    extended_arg: 71,
    jump_forward: 79,
    jump_backward: 77,
    jump_backward_no_interrupt: 78,
    send: 104,
    raise_varargs: 101,
    reraise: 102,
    return_value: 36,
    return_const: 103,
    with_except_start: 44,
    get_anext: 18,
    end_async_for: 10,
    branches: [72, 97, 98, 99, 100, 0],
};
const OPCODES_3_14: Opcodes = Opcodes {
    extended_arg: 69,
    jump_forward: 77,
    jump_backward: 75,
    jump_backward_no_interrupt: 76,
    send: 106,
    raise_varargs: 104,
    reraise: 105,
    return_value: 35,
    return_const: 0,
    with_except_start: 43,
    get_anext: 15,
    end_async_for: 0,
    branches: [68, 70, 100, 101, 102, 103],
};
const OPCODES_3_15: Opcodes = Opcodes {
    extended_arg: 67,
    jump_forward: 76,
    jump_backward: 74,
    jump_backward_no_interrupt: 75,
    send: 105,
    raise_varargs: 103,
    reraise: 104,
    return_value: 33,
    return_const: 0,
    with_except_start: 41,
    get_anext: 15,
    end_async_for: 0,
    branches: [66, 68, 99, 100, 101, 102],
};

/// All known versions, the oldest first.
pub const KNOWN: [Features; 7] =
    [PYTHON_3_9, PYTHON_3_10, PYTHON_3_11, PYTHON_3_12, PYTHON_3_13, PYTHON_3_14, PYTHON_3_15];

/// The oldest known version.
pub const OLDEST: Minor = KNOWN[0].minor;

/// The newest known version.
pub const NEWEST: Minor = KNOWN[KNOWN.len() - 1].minor;

/// The first version that is not known: the probe shows a diagnostic from this one on.
pub const FIRST_UNKNOWN: Minor = (NEWEST.0, NEWEST.1 + 1);

impl Features {
    /// Those of a version. One that is not known is taken for the nearest known one below it, or for the
    /// oldest.
    pub fn of(minor: Minor) -> &'static Self {
        KNOWN.iter().rev().find(|known| known.minor <= minor).unwrap_or(&KNOWN[0])
    }
}

/// The first `PY_VERSION_HEX` (patchlevel.h of CPython) of a version.
pub const fn hex(minor: Minor) -> u32 {
    (minor.0 as u32) << 24 | (minor.1 as u32) << 16
}

/// The first version that has a feature.
pub fn first_with(has: impl Fn(&Features) -> bool) -> Option<Minor> {
    KNOWN.iter().find(|known| has(known)).map(|known| known.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_gaps() {
        for pair in KNOWN.windows(2) {
            assert_eq!(pair[1].minor, (pair[0].minor.0, pair[0].minor.1 + 1));
        }
    }

    #[test]
    fn an_unknown_version_is_taken_for_the_nearest_known_one() {
        assert_eq!(Features::of((3, 12)).minor, (3, 12));
        assert_eq!(Features::of((3, 99)).minor, NEWEST);
        assert_eq!(Features::of((4, 0)).minor, NEWEST);
        assert_eq!(Features::of((3, 8)).minor, OLDEST);
        assert_eq!(Features::of((2, 7)).minor, OLDEST);
    }

    #[test]
    fn the_first_version_with_a_feature_is_found() {
        assert_eq!(first_with(|known| known.hook == Hook::Monitoring), Some((3, 12)));
        assert_eq!(first_with(|known| known.has_annotate_functions), Some((3, 14)));
        assert_eq!(hex((3, 12)), 0x030c_0000);
        assert_eq!(hex(FIRST_UNKNOWN), 0x0310_0000);
    }
}
