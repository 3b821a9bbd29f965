/* Started with SIGTRAP ignored: it stays so through new lines, and in the next image. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int is_ignored(void)
{
    struct sigaction action;
    sigaction(SIGTRAP, NULL, &action);
    return action.sa_handler == SIG_IGN;
}

int main(int argc, char **argv)
{
    dprintf(1, "%d", is_ignored());
    raise(SIGTRAP);
    dprintf(1, "%d", is_ignored());
    if (argc > 1)
        return 0;
    execv(argv[0], (char *[]){argv[0], "again", NULL});
    return 1;
}
