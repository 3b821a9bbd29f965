//! What differs from one machine to the next: the breakpoint instruction, the program counter, where a system
//! call's arguments stand.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("forkcov traces x86-64 programs only; another machine begins with a file beside x86_64.rs");
