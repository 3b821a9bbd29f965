// In a process whose leader has exited, another thread calls exec.
// compile: -pthread
// also-compile: helpers/target.c -> target
// processes: 1
// exit: 5
#include <pthread.h>
#include "role.h"

static pthread_t leader; // none

static void *outlives(void *arg) { // hit: parent
    pthread_join(leader, NULL); // hit: parent
    usleep(20000); // hit: parent
    execl("./target", "target", "target", (char *)NULL); // hit: parent
    return arg; // miss
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    leader = pthread_self(); // hit: parent
    pthread_t thread; // none
    pthread_create(&thread, NULL, outlives, NULL); // hit: parent
    pthread_exit(NULL); // hit: parent
}
