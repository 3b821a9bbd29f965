//! What differs from one machine to the next: registers, instructions, breakpoints and trampolines.

mod site;

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("forkcov traces x86-64 programs only; another machine begins with a folder beside x86_64");

use crate::elf::{Cache, Elf, Refused};
pub use site::Site;

/// Opens an ELF file of this machine.
pub(crate) fn open<'c, 'f>(cache: &'c Cache<'f>) -> Result<Elf<'c, 'f>, Refused> {
    Elf::open(cache, ELF_MACHINE)
}
