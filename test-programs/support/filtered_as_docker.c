// filtered_as_docker PROGRAM ARGS...: runs it under a seccomp filter that refuses what Docker's default profile refuses to
// a container without further rights (moby/profiles/seccomp), of the calls that x86-64 has.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)
#define IF_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1)
#define REFUSE(number) IF_CALL(number), ANSWER(SECCOMP_RET_ERRNO | EPERM)

// Those that make a namespace (CLONE_NEW*).
#define NAMESPACES 0x7e020000

int main(int argc, char **argv) {
    (void)argc;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(SYS_acct), REFUSE(SYS_add_key), REFUSE(SYS_bpf), REFUSE(SYS_clock_settime), REFUSE(SYS_delete_module),
        REFUSE(SYS_fanotify_init), REFUSE(SYS_finit_module), REFUSE(SYS_fsconfig), REFUSE(SYS_fsmount),
        REFUSE(SYS_fsopen), REFUSE(SYS_fspick), REFUSE(SYS_get_mempolicy), REFUSE(SYS_init_module), REFUSE(SYS_ioperm),
        REFUSE(SYS_iopl), REFUSE(SYS_kcmp), REFUSE(SYS_kexec_file_load), REFUSE(SYS_kexec_load), REFUSE(SYS_keyctl),
        REFUSE(SYS_lookup_dcookie), REFUSE(SYS_mbind), REFUSE(SYS_migrate_pages), REFUSE(SYS_mount),
        REFUSE(SYS_move_mount), REFUSE(SYS_move_pages), REFUSE(SYS_open_by_handle_at), REFUSE(SYS_open_tree),
        REFUSE(SYS_perf_event_open), REFUSE(SYS_pidfd_getfd), REFUSE(SYS_pivot_root), REFUSE(440 /* process_madvise */),
        REFUSE(SYS_quotactl), REFUSE(SYS_reboot), REFUSE(SYS_request_key), REFUSE(SYS_set_mempolicy),
        REFUSE(SYS_setdomainname), REFUSE(SYS_sethostname), REFUSE(SYS_setns), REFUSE(SYS_settimeofday),
        REFUSE(SYS_swapoff), REFUSE(SYS_swapon), REFUSE(SYS_sysfs), REFUSE(SYS_syslog), REFUSE(SYS_umount2),
        REFUSE(SYS_unshare), REFUSE(SYS_uselib), REFUSE(SYS_userfaultfd), REFUSE(SYS_ustat), REFUSE(SYS_vhangup),
        IF_CALL(SYS_clone3), ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | EPERM),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) {
        perror("filtered_as_docker");
        return 98;
    }
    execvp(argv[1], argv + 1);
    perror("filtered_as_docker");
    return 99;
}
