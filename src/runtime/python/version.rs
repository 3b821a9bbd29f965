//! The version of an interpreter.

use std::fmt;

/// `PY_VERSION_HEX` (patchlevel.h of CPython): major, minor and micro version in a byte each, then release
/// level and serial in four bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Version(pub u32);

impl Version {
    /// As in 3.13.
    pub fn minor(self) -> (u8, u8) {
        let [major, minor, ..] = self.0.to_be_bytes();
        (major, minor)
    }
}

/// As `python --version` has it: `3.13.0`, `3.14.0rc1`.
impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let [major, minor, micro, release] = self.0.to_be_bytes();
        write!(formatter, "{major}.{minor}.{micro}")?;
        let level = match release >> 4 {
            0xa => "a",
            0xb => "b",
            0xc => "rc",
            _ => return Ok(()),
        };
        write!(formatter, "{level}{}", release & 0xf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_users_know_it() {
        let text = |version| Version(version).to_string();
        assert_eq!([text(0x030d_00f0), text(0x0309_12f0)], ["3.13.0", "3.9.18"]);
        assert_eq!([text(0x030e_00c2), text(0x030e_00a7)], ["3.14.0rc2", "3.14.0a7"]);
    }
}
