//! What each kind of event does: a breakpoint, a birth, the end of a task, the release of all.

mod birth;
mod leave_block;
mod probe;
mod release;
pub(super) mod self_counting;
mod trap;
