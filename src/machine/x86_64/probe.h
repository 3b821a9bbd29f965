// The machine code that a probe needs on x86-64: it has no C library to call.
#pragma once
#include <stddef.h>

enum {
    SYS_close = 3,
    SYS_mmap = 9,
    SYS_munmap = 11,
    SYS_rt_sigaction = 13,
    SYS_rt_sigprocmask = 14,
    SYS_sched_yield = 24,
    SYS_mremap = 25,
    SYS_madvise = 28,
    SYS_recvmsg = 47,
    SYS_socketpair = 53,
    SYS_getcwd = 79,
    SYS_readlinkat = 267
};

// memcpy(3). The compiler must not turn a loop into a call of the C library's.
static inline void *copy_bytes(void *to, const void *from, size_t size) {
    void *start = to;
    __asm__ volatile("rep movsb"
                     : "=&D"(to), "=&S"(from), "=&c"(size)
                     : "0"(to), "1"(from), "2"(size)
                     : "memory");
    return start;
}

// syscall(2), but the result of a failed call is the negated errno.
static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

// Is the result of a system call an error?
static inline int is_error(long result) {
    return result < 0 && result > -4096;
}
