//! Data between instructions. A breakpoint there would change it, and a jump that its bytes are by chance
//! is no branch.

use std::ops::Range;

use iced_x86::{FlowControl, Instruction, OpKind};

use super::Leaders;

/// With `-fsanitize=function`, Clang begins each function with a jump over 6 bytes of data. The code that
/// calls it by a pointer compares the jump and the first two of these with its own copy
/// (`getUBSanFunctionSignature` for x86, up to Clang 16).
pub(super) const SIGNATURE: [u8; 4] = [0xeb, 0x06, b'v', b'2'];

/// From Clang 17 on, the signature of a function is right in front of it: 8 bytes, of which these are the
/// first (`-fsanitize=function`).
pub(super) const NEW_SIGNATURE: u32 = 0xc105_cafe;

/// The length of that in bytes.
const NEW_LENGTH: u64 = 8;

impl Leaders<'_, '_> {
    /// The signature in front of the function at `start`.
    pub(super) fn signature_before(&self, start: u64) -> Option<Range<u64>> {
        let signature = start.checked_sub(NEW_LENGTH)?..start;
        let (index, at) = self.code.place(signature.start)?;
        let has_magic = self.code.regions()[index].bytes[at..].starts_with(&NEW_SIGNATURE.to_le_bytes());
        has_magic.then_some(signature)
    }

    /// The data that a jump leads over: a signature, or bytes to which nothing else refers.
    pub(super) fn data_behind(&self, jump: &Instruction) -> Option<Range<u64>> {
        let is_unused = |data: &Range<u64>| {
            self.is_known(data.start) && data.clone().all(|at| !self.comes_into(data, at))
        };
        jumped_over(jump).filter(|data| self.has_signature(jump.ip()) || is_unused(data))
    }

    /// Does something outside of `data` refer to `address`, which is in it?
    fn comes_into(&self, data: &Range<u64>, address: u64) -> bool {
        let is_outside = |jump: &(u64, u64)| !data.contains(&jump.1);
        self.code.place(address).is_none_or(|(index, at)| {
            self.other_marks[index].contains(at)
                || self.jumps_to(address).iter().any(is_outside)
                || self.landing_pads.binary_search(&address).is_ok()
        })
    }

    /// Does the function at `address` begin with a jump over its signature?
    pub(super) fn has_signature(&self, address: u64) -> bool {
        let (Some((index, at)), Some(part)) = (self.code.place(address), self.part_at(address)) else {
            return false;
        };
        part.start == address && self.code.regions()[index].bytes[at..].starts_with(&SIGNATURE)
    }
}

/// What a jump to an address behind it leads over, if that is short.
pub(super) fn jumped_over(instruction: &Instruction) -> Option<Range<u64>> {
    const MOST: u64 = 64;
    let is_direct = instruction.flow_control() == FlowControl::UnconditionalBranch
        && instruction.op0_kind() == OpKind::NearBranch64;
    let over = instruction.next_ip()..instruction.near_branch_target();
    (is_direct && !over.is_empty() && over.end - over.start <= MOST).then_some(over)
}
