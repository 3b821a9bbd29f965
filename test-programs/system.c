// system(): a shell, which has no lines, and the programs that it runs, which have.
// also-compile: helpers/target.c -> target
// tree: parent > shell, shell > target
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int status = system("echo $$ shell >>\"$ROLES\"; ./target target; ./target 'target more' word; true"); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    status = system("exit 9"); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
