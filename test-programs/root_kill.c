// The program dies by SIGKILL.
// processes: 1
// signal: SIGKILL
#include <signal.h>
#include <sys/resource.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct rlimit none = {0, 0}; // hit: parent
    setrlimit(RLIMIT_CORE, &none); // hit: parent
    kill(getpid(), SIGKILL); // hit: parent
    return 1; // miss
} // miss
