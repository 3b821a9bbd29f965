// Installs a seccomp filter (seccomp(2)): one answer for the listed system calls, another for all others.
#ifndef SECCOMP_H
#define SECCOMP_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Gives what seccomp(2) gives: 0, or the listener's descriptor with SECCOMP_FILTER_FLAG_NEW_LISTENER.
static inline int install_with(unsigned flags, const int *calls, int count, unsigned listed, unsigned other) {
    struct sock_filter code[64] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short at = 1;
    for (int i = 0; i < count; i++) {
        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed);
    }
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, other);
    struct sock_fprog program = {at, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static inline void install(const int *calls, int count, unsigned listed, unsigned other) {
    if (install_with(0, calls, count, listed, other))
        _exit(98);
}

#endif
