// The program dies by SIGABRT.
// processes: 1
// signal: SIGABRT
#include <signal.h>
#include <sys/resource.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct rlimit none = {0, 0}; // hit: parent
    setrlimit(RLIMIT_CORE, &none); // hit: parent
    kill(getpid(), SIGABRT); // hit: parent
    return 1; // miss
} // miss
