// The attributes of a process as it sees them by system calls: limits, dispositions, affinity, scheduling, priorities,
// IDs, session, keys, and what prctl reports.
// no-oracle: it prints more than is worth single steps
// processes: 3
// tree: parent > child, parent > again
#define _GNU_SOURCE
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include "thrice.h"

extern char **environ;

static void limits(void) { // hit: parent, child, again
    struct rlimit limit;
    for (int i = 0; i < RLIM_NLIMITS; i++) { // hit: parent, child, again
        getrlimit((__rlimit_resource_t)i, &limit); // hit: parent, child, again
        printf("limit %d: %#lx %#lx\n", i, (long)limit.rlim_cur, (long)limit.rlim_max); // hit: parent, child, again
    }
} // hit: parent, child, again

static void signals(void) { // hit: parent, child, again
    struct sigaction action;
    for (int i = 1; i <= SIGRTMAX; i++) // hit: parent, child, again
        if (sigaction(i, NULL, &action) == 0) // hit: parent, child, again
            printf("signal %d: %d %#x\n", i, action.sa_handler == SIG_IGN, action.sa_flags); // hit: parent, child, again
    sigset_t blocked, pending;
    sigprocmask(SIG_BLOCK, NULL, &blocked); // hit: parent, child, again
    sigpending(&pending); // hit: parent, child, again
    for (int i = 1; i <= SIGRTMAX; i++) // hit: parent, child, again
        if (sigismember(&blocked, i) == 1 || sigismember(&pending, i) == 1) // hit: parent, child, again
            printf("signal %d: blocked %d, pending %d\n", i, sigismember(&blocked, i), sigismember(&pending, i));
    stack_t stack;
    sigaltstack(NULL, &stack); // hit: parent, child, again
    printf("alternate stack %#x\n", (unsigned)stack.ss_flags); // hit: parent, child, again
    for (int i = 0; i < 3; i++) { // hit: parent, child, again
        struct itimerval timer;
        getitimer(i, &timer); // hit: parent, child, again
        printf("timer %d: %ld\n", i, timer.it_value.tv_sec); // hit: parent, child, again
    }
} // hit: parent, child, again

static void scheduling(void) { // hit: parent, child, again
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus); // hit: parent, child, again
    for (int i = 0; i < CPU_SETSIZE; i++) // hit: parent, child, again
        if (CPU_ISSET(i, &cpus)) // hit: parent, child, again
            printf("cpu %d\n", i); // hit: parent, child, again
    struct sched_param param;
    sched_getparam(0, &param); // hit: parent, child, again
    printf("scheduler %d, priority %d, nice %d\n", sched_getscheduler(0), param.sched_priority, getpriority(PRIO_PROCESS, 0)); // hit: parent, child, again
    printf("io priority %ld\n", syscall(SYS_ioprio_get, 1, 0)); // hit: parent, child, again
} // hit: parent, child, again

static void identity(void) { // hit: parent, child, again
    uid_t uids[3];
    gid_t gids[3], groups[64];
    getresuid(&uids[0], &uids[1], &uids[2]); // hit: parent, child, again
    getresgid(&gids[0], &gids[1], &gids[2]); // hit: parent, child, again
    printf("uids %d %d %d, gids %d %d %d\n", uids[0], uids[1], uids[2], gids[0], gids[1], gids[2]); // hit: parent, child, again
    int count = getgroups(64, groups); // hit: parent, child, again
    for (int i = 0; i < count; i++) // hit: parent, child, again
        printf("group %d\n", groups[i]);
    printf("session %d\n", getsid(0)); // hit: parent, child, again
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY); // hit: parent, child, again
    printf("terminal %d\n", terminal >= 0); // hit: parent, child, again
    mode_t mask = umask(0); // hit: parent, child, again
    umask(mask); // hit: parent, child, again
    printf("umask %o\n", mask); // hit: parent, child, again
    // KEYCTL_GET_KEYRING_ID of the session's keyring.
    long keyring = syscall(SYS_keyctl, 0, -3, 0); // hit: parent, child, again
    printf("keyring %ld\n", keyring); // hit: parent, child, again
} // hit: parent, child, again

static void process_controls(void) { // hit: parent, child, again
    static const int options[] = {PR_GET_DUMPABLE, PR_GET_KEEPCAPS, PR_GET_TIMING, PR_GET_SECCOMP, PR_GET_SECUREBITS,
                                  PR_GET_TIMERSLACK, PR_MCE_KILL_GET, PR_GET_NO_NEW_PRIVS, PR_GET_THP_DISABLE,
                                  PR_TASK_PERF_EVENTS_ENABLE};
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++) { // hit: parent, child, again
        int got = prctl(options[i], 0, 0, 0, 0); // hit: parent, child, again
        printf("prctl %d: %d\n", options[i], got); // hit: parent, child, again
    }
    int value = -1; // hit: parent, child, again
    prctl(PR_GET_PDEATHSIG, &value); // hit: parent, child, again
    printf("death signal %d\n", value); // hit: parent, child, again
    prctl(PR_GET_CHILD_SUBREAPER, &value); // hit: parent, child, again
    printf("subreaper %d\n", value); // hit: parent, child, again
    prctl(PR_GET_TSC, &value); // hit: parent, child, again
    printf("time stamp counter %d\n", value); // hit: parent, child, again
    prctl(PR_GET_UNALIGN, &value); // hit: parent, child, again
    char name[17] = ""; // hit: parent, child, again
    prctl(PR_GET_NAME, name); // hit: parent, child, again
    printf("name %s\n", name); // hit: parent, child, again
    for (int i = 0; i < 64; i++) { // hit: parent, child, again
        int ambient = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0), bounding = prctl(PR_CAPBSET_READ, i); // hit: parent, child, again
        printf("capability %d: %d %d\n", i, ambient, bounding); // hit: parent, child, again
    }
    printf("personality %#x\n", personality(0xffffffff)); // hit: parent, child, again
} // hit: parent, child, again

static void usage(void) { // hit: parent, child, again
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self); // hit: parent, child, again
    getrusage(RUSAGE_CHILDREN, &children); // hit: parent, child, again
    int sane = self.ru_maxrss > 0 && self.ru_utime.tv_sec < 60 && self.ru_stime.tv_sec < 60; // hit: parent, child, again
    printf("usage sane %d, children's memory %d\n", sane, children.ru_maxrss > 0); // hit: parent, child, again
} // hit: parent, child, again

static void sees(void) { // hit: parent, child, again
    limits(); // hit: parent, child, again
    signals(); // hit: parent, child, again
    scheduling(); // hit: parent, child, again
    identity(); // hit: parent, child, again
    process_controls(); // hit: parent, child, again
    usage(); // hit: parent, child, again
    char directory[4096];
    printf("directory %s\n", getcwd(directory, sizeof directory)); // hit: parent, child, again
    for (char **variable = environ; *variable; variable++) // hit: parent, child, again
        printf("%s\n", *variable); // hit: parent, child, again
} // hit: parent, child, again

int main(int argc, char **argv) { // hit: parent, again
    return thrice(argc, argv, sees); // hit: parent, again
} // hit: parent, again
