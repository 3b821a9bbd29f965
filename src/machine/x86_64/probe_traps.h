// The breakpoints of a probe on x86-64, at which the tracer acts.
//
// At `forkcov_asked`, the arguments of `forkcov_question` are in their registers; the tracer sets its result.
// `forkcov_done` is the return address of the functions that the tracer calls. `forkcov_returned` is the
// return address of the functions that it hooks.
#pragma once
#include <stdint.h>

__asm__(".text\n"
        ".hidden forkcov_question, forkcov_asked, forkcov_done, forkcov_returned\n"
        ".globl forkcov_question, forkcov_asked, forkcov_done, forkcov_returned\n"
        "forkcov_question: xor %eax, %eax\n" // the result if no tracer is there
        "forkcov_asked: int3\n"
        "ret\n"
        "forkcov_done: int3\n"
        "forkcov_returned: int3\n");

extern uint64_t forkcov_question(uint64_t kind, uint64_t first, uint64_t second);
