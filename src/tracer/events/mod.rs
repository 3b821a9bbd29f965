//! What each kind of event does: a breakpoint, a birth, an exec, the end of a task, the release of all.

mod birth;
mod copied_code;
mod end;
mod exec;
mod leave_block;
mod map_code;
mod probe;
mod release;
mod self_counting;
mod trap;
mod unresolved_parents;

pub use birth::NewTask;
pub use leave_block::{Departure, is_of_fault};
pub use unresolved_parents::UnresolvedParents;
