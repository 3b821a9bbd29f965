// Signals while the probe changes something. Only SIGTRAP is let through: that of a question, which the
// tracer takes. Should the tracer have been killed, the handler here gets it, and nothing is logged any more.

enum { SIGNAL_TRAP = 5, SET_SIZE = 8, BLOCK_ALL_BUT = 2 }; // SIG_SETMASK of sigprocmask(2)

typedef struct { // struct kernel_sigaction
    void (*handler)(int);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
} Action;

typedef struct {
    uint64_t mask;
    Action trap;
} Signals;

static void lose_tracer(int signal) {
    (void)signal;
    forkcov_process.is_released = 1;
}

static Signals block_signals(void) {
    enum { RAISED = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1u << 30, RESTORER = 0x04000000 };
    Signals before = {0};
    uint64_t mask = ~(uint64_t)RAISED;
    system_call(SYS_rt_sigprocmask, BLOCK_ALL_BUT, (long)&mask, (long)&before.mask, SET_SIZE, 0, 0);
    Action ours = {lose_tracer, RESTORER, forkcov_restorer, ~(uint64_t)0};
    system_call(SYS_rt_sigaction, SIGNAL_TRAP, (long)&ours, (long)&before.trap, SET_SIZE, 0, 0);
    return before;
}

static void restore_signals(const Signals *before) {
    system_call(SYS_rt_sigaction, SIGNAL_TRAP, (long)&before->trap, 0, SET_SIZE, 0, 0);
    system_call(SYS_rt_sigprocmask, BLOCK_ALL_BUT, (long)&before->mask, 0, SET_SIZE, 0, 0);
}
