// Runs lines before, while and after it is traced, in itself, a child, a grandchild and a library that it opens late.
#include <pthread.h>
#include <sys/wait.h>
#include "../libraries/open.h"
#include "attach.h"

static int before(int n) { // miss
    return n + 1; // miss
} // miss

static int during(int n) { // hit: parent
    return n + 2; // hit: parent
} // hit: parent

static int during_in_child(int n) { // hit: child
    return n + 3; // hit: child
} // hit: child

static int during_in_grandchild(int n) { // hit: grandchild
    return n + 4; // hit: grandchild
} // hit: grandchild

static int during_in_late_child(int n) { // hit: late
    return n + 5; // hit: late
} // hit: late

static int during_in_thread(int n) { // hit: parent
    return n + 6; // hit: parent
} // hit: parent

static int after(int n) { // miss
    return n + 7; // miss
} // miss

static void wait_on(int pipe) {
    char byte;
    if (read(pipe, &byte, 1) != 1)
        _exit(96);
}

static int to_thread[2];

static void *thread(void *result) {
    wait_on(to_thread[0]);
    *(int *)result += during_in_thread(1); // hit: parent
    return NULL;
}

int main(void) {
    role("parent"); // miss
    int sum = before(0); // miss
    int to_child[2], to_grandchild[2], from[2], result = 0;
    if (pipe(to_child) || pipe(to_grandchild) || pipe(from) || pipe(to_thread))
        return 95;
    if (fork() == 0) {
        role("child");
        if (fork() == 0) {
            role("grandchild");
            wait_on(to_grandchild[0]);
            int n = during_in_grandchild(1); // hit: grandchild
            write(from[1], &n, sizeof n);
            wait_on(to_grandchild[0]);
            _exit(after(0) - 7); // miss
        }
        wait_on(to_child[0]);
        int n = during_in_child(1); // hit: child
        write(from[1], &n, sizeof n);
        wait_on(to_child[0]);
        _exit(after(0) - 7); // miss
    }
    pthread_t other;
    pthread_create(&other, NULL, thread, &result);
    at("ready");
    sum += during(1); // hit: parent
    int n;
    for (int i = 0; i < 2; i++) {
        write(i ? to_child[1] : to_grandchild[1], "x", 1);
        if (read(from[0], &n, sizeof n) != sizeof n)
            return 94;
        sum += n;
    }
    write(to_thread[1], "x", 1);
    pthread_join(other, NULL);
    sum += result;
    if (fork() == 0) {
        role("late");
        _exit(during_in_late_child(0));
    }
    int status;
    waitpid(-1, &status, 0);
    sum += WEXITSTATUS(status);
    for (const char *const *name = (const char *[]){"opener", "first", "closer", NULL}; *name; name++)
        role(*name);
    void *plugin = open_library("./libplugin.so");
    sum += call(plugin, "plugin_first", 1);
    dlclose(plugin);
    at("traced");
    sum += after(0); // miss
    write(to_grandchild[1], "x", 1);
    write(to_child[1], "x", 1);
    waitpid(-1, &status, 0);
    printf("sum %d, child %d\n", sum, status);
    return 0;
}
