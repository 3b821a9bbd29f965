// How parents wait for their children, and what they do to them meanwhile.
#include "runtime.h"
#include <errno.h>
#include <sys/wait.h>

// When the first process ends, the kernel wakes all that are stopped, and kills them (setpgid(2), "orphaned").
int is_loose;

void break_loose(void) { is_loose = 1; }

void stop_self(void) {
    if (!is_loose)
        send_self(SIGSTOP, RAISE);
}

static void wait_once(struct child *child) {
    while (waitpid(child->pid, &child->status, __WALL | WUNTRACED) != child->pid)
        if (errno != EINTR)
            _exit(93);
    child->ended = !WIFSTOPPED(child->status);
}

void await(const struct self *me, struct child *child) {
    struct self self = newborn(me, child);
    while (!child->ended) {
        wait_once(child);
        if (!child->ended) {
            note(self.path, "stopped by", WSTOPSIG(child->status));
            kill(child->pid, SIGCONT);
        }
    }
    if (WIFEXITED(child->status))
        note(self.path, "exited with", WEXITSTATUS(child->status));
    else
        note(self.path, "killed by", WTERMSIG(child->status));
}

// Stops it, wherever it is, and lets it go on.
void pester(struct child *child) {
    for (int i = 0; i < 5 && !child->ended && !is_loose; i++) {
        kill(child->pid, SIGSTOP);
        wait_once(child);
        if (!child->ended)
            kill(child->pid, SIGCONT);
        usleep(300);
    }
}
