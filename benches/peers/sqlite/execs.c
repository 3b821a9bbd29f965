/* sqlite's shell; without an argument, a program that executes itself as sqlite's shell 100 times, each with a query. */
#define main shell_main
#include "shell.c"
#undef main
#include <sys/wait.h>

int main(int argc, char **argv) {
    if (argc > 1) {
        return shell_main(argc, argv);
    }
    char own[4096] = "";
    if (readlink("/proc/self/exe", own, sizeof own - 1) < 0) {
        return 1;
    }
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0) {
            execl(own, "shell", "-batch", ":memory:",
                  "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'one'), (2, 'two'); SELECT b FROM t ORDER BY a DESC;", NULL);
            _exit(127);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
            return 1;
        }
    }
    return 0;
}
