// The detour of a probe on x86-64: what is called at each call of a function of the interpreter, in place of
// a breakpoint. It is for functions of integer and pointer arguments: the registers that those are in, and
// those that a call may change, are kept. No flag is live at the entry of a function (System V ABI).
//
// The tracer writes a jump to `forkcov_detour` over the first instructions of the function, and these
// instructions to `forkcov_displaced`, followed by a jump to those behind them.
#pragma once

__asm__(".text\n"
        ".hidden forkcov_entered, forkcov_detour, forkcov_displaced, forkcov_restorer\n"
        ".globl forkcov_detour, forkcov_displaced, forkcov_restorer\n"
        "forkcov_detour:\n"
        "push %rdi; push %rsi; push %rdx; push %rcx; push %r8; push %r9; push %rax; push %r10; push %r11\n"
        "call forkcov_entered\n" // the stack is aligned: 9 registers and a return address
        "pop %r11; pop %r10; pop %rax; pop %r9; pop %r8; pop %rcx; pop %rdx; pop %rsi; pop %rdi\n"
        "forkcov_displaced: .fill 64, 1, 0xcc\n"
        // The end of a signal handler (SA_RESTORER of sigaction(2)).
        "forkcov_restorer: mov $15, %eax\n"
        "syscall\n");

extern void forkcov_restorer(void);
