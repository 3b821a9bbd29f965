// The program dies by SIGSEGV.
// processes: 1
// signal: SIGSEGV
#include <signal.h>
#include <sys/resource.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct rlimit none = {0, 0}; // hit: parent
    setrlimit(RLIMIT_CORE, &none); // hit: parent
    kill(getpid(), SIGSEGV); // hit: parent
    return 1; // miss
} // miss
