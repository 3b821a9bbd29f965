// Scripts with a #! line: one for the shell, one whose interpreter is a program with debug information, and one whose
// interpreter is itself a script. Which file was executed is the interpreter in the end, and the arguments show how.
// also-compile: helpers/target.c -> target
// processes: 4
// tree: parent > target more, parent > shell
// ends: target more = 5
// ends: shell = 6
// command: shell = /bin/sh|./by_shell|a|b
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "role.h"

static void script(const char *name, const char *text) { // hit: parent
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755); // hit: parent
    if (write(file, text, strlen(text)) != (ssize_t)strlen(text)) // hit: parent
        _exit(1); // miss
    close(file); // hit: parent
} // hit: parent

static int runs(const char *as, char *const argv[]) { // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, shell, target more, nested
        role(as); // hit: shell, target more, nested
        execv(argv[0], argv); // hit: shell, target more, nested
        _exit(99); // miss
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    return WEXITSTATUS(status); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    script("by_shell", "#!/bin/sh\necho \"$0 $1 $2\"\nexit 6\n"); // hit: parent
    script("by_target", "#!./target target more\n"); // hit: parent
    script("nested", "#!./by_target\n"); // hit: parent
    dprintf(1, "shell %d\n", runs("shell", (char *[]){"./by_shell", "a", "b", NULL})); // hit: parent
    dprintf(1, "target %d\n", runs("target more", (char *[]){"./by_target", NULL})); // hit: parent
    dprintf(1, "nested %d\n", runs("nested", (char *[]){"./nested", "arg", NULL})); // hit: parent
    return 0; // hit: parent
} // hit: parent
