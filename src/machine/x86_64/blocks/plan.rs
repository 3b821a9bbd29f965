//! Which blocks can have a trampoline, how the original code leads to the copy of a block, and which
//! instructions that has.
//!
//! No task may come to the inside of a jump. So all code that it replaces is of one basic block
//! ([`Leaders`]). The copy begins at the last site of the block, or a little before it. The copy of a block
//! that ends with a call, whose last site is `S` and whose instructions are `S: mov; call FUNCTION`, is
//!
//! ```text
//!     add word gs:[COUNTER], 1     where the flags that this sets are dead
//!     js saturated                 the counter has reached 32,768
//!     mov                          what was at S, relocated
//!     push [RETURN]                the call returns to the original code
//!     jmp FUNCTION
//! saturated:
//!     int3
//! ```
//!
//! Where flags are live at the site and behind it, `mov byte gs:[COUNTER], 1` counts, behind the instruction
//! at the site. If they are dead before it, `add` and `js` with another counter are there: that one says how
//! often the code was run, and nothing of the site.
//!
//! A block that ends with a jump that has edges counts behind the jump, in each direction: the site, and the
//! edge. It says so as long as both have not been counted.
//!
//! A block that is shorter than the jump of 5 bytes to its copy gets a jump of 2 bytes to a springboard: that
//! longer jump, in bytes nearby that no task runs ([`super::springboards`]). If that is not possible, the
//! copies of the blocks before it lead to its own copy, and the block itself keeps its breakpoint.

use std::ops::Range;

use super::Leaders;
use super::encode::encode;
use super::planned::{MAX_CODE, Plan};
use super::planner::Planner;
use super::springboards::assign_springboards;
use crate::elf::Code;
use crate::machine::{Edges, Site, Trampolines};

/// Few out-of-line copies are shorter, in bytes.
const SHORTEST_COPY: usize = 20;

/// Plans all trampolines that an object can have, as long as their code is not too long; none for sites in
/// the ranges `apart`, where blocks are not known. `sites` ascend, and those of one block are joined.
pub(crate) fn plan(
    code: &Code,
    leaders: &Leaders,
    (sites, edges): (&[Site], &Edges),
    apart: &[Range<u64>],
) -> Trampolines {
    if leaders.uses_gs() {
        return Trampolines::default();
    }
    let planner = Planner { code, leaders, sites, edges, apart };
    let mut most = MAX_CODE / SHORTEST_COPY;
    loop {
        let mut plans = plan_blocks(&planner, most);
        assign_springboards(&planner, &mut plans);
        planner.link_copies(&mut plans);
        match encode(&plans, (sites.len(), edges), code) {
            Ok(trampolines) => return trampolines,
            // The blocks depend on each other, so fewer are planned anew. Some have longer copies then.
            Err(fitting) => most = fitting * 9 / 10,
        }
    }
}

/// Plans the trampolines of the first blocks, at most so many.
fn plan_blocks(planner: &Planner, most: usize) -> Vec<Plan> {
    let (mut plans, mut taken) = (Vec::new(), 0);
    for (index, site) in planner.sites.iter().enumerate() {
        if plans.len() == most {
            break;
        }
        if site.joined || planner.is_apart(site.address.0) {
            continue;
        }
        if let Some(plan) = planner.block(index, taken) {
            taken = plan.limits.end.max(plan.jump_end());
            plans.push(plan);
        }
    }
    plans
}
