// A child stops itself, is continued, and is killed by a real-time signal.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        for (;;)
            pause();
    }
    int status;
    waitpid(pid, &status, WUNTRACED);
    kill(pid, SIGCONT);
    waitpid(pid, &status, WCONTINUED);
    kill(pid, SIGRTMIN + 1);
    waitpid(pid, &status, 0);
    return WTERMSIG(status) != SIGRTMIN + 1;
}
