/* A pool of workers that end in every way: what forkcov is for. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int square(int number)
{
    return number * number;
}

static int never(int number)
{
    return -number;
}

static void work(int worker)
{
    int result = square(worker);
    switch (worker) {
    case 0:
        exit(result); /* the polite one */
    case 1:
        _exit(1); /* no atexit handler, no destructor */
    case 2:
        kill(getpid(), SIGKILL);
        break;
    case 3:
        abort();
    default:
        execl("/bin/true", "true", (char *)0);
        result = never(result);
    }
}

int main(int argc, char **argv)
{
    int workers = argc > 1 ? atoi(argv[1]) : 5;
    for (int worker = 0; worker < workers; worker++) {
        pid_t pid = fork();
        if (pid == 0)
            work(worker);
        waitpid(pid, NULL, 0);
    }
    puts("all workers are done");
    return 0;
}
