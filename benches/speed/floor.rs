//! The floor: a child that runs into breakpoints one after the other, and a tracer that does nothing but the
//! five calls of a hit: wait, read the counter, put a byte back, set the counter, continue.
#![expect(unsafe_code, reason = "the raw calls are what is measured")]

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// How long `stops` stops take.
pub fn time(stops: u32) -> Duration {
    const COUNTER: *mut libc::c_void = std::mem::offset_of!(libc::user_regs_struct, rip) as *mut libc::c_void;
    let null = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: the child runs breakpoints and ends, and touches nothing else; every ptrace request is made of
    // a child of ours that is stopped.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::ptrace(libc::PTRACE_TRACEME, 0, null, null);
            libc::raise(libc::SIGSTOP);
            for _ in 0..stops {
                std::arch::asm!("int3");
            }
            libc::_exit(0);
        }
        let mut status = 0;
        libc::waitpid(child, &raw mut status, libc::__WALL);
        let memory = OpenOptions::new()
            .read(true)
            .write(true)
            .open(format!("/proc/{child}/mem"))
            .expect("the memory of a child that is traced");
        let start = Instant::now();
        libc::ptrace(libc::PTRACE_CONT, child, null, null);
        let mut byte = [0];
        while libc::waitpid(-1, &raw mut status, libc::__WALL) == child && libc::WIFSTOPPED(status) {
            let pc = libc::ptrace(libc::PTRACE_PEEKUSER, child, COUNTER, null);
            if byte[0] == 0 {
                memory.read_exact_at(&mut byte, pc as u64).expect("its text");
            }
            memory.write_all_at(&byte, pc as u64).expect("its text");
            libc::ptrace(libc::PTRACE_POKEUSER, child, COUNTER, pc);
            libc::ptrace(libc::PTRACE_CONT, child, null, null);
        }
        start.elapsed()
    }
}
