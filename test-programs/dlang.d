// D: templates, closures, exceptions through frames with scope guards, a thread of its runtime, and a fork.
// processes: 2
// tree: parent > child
// ends: child = 2
// no-oracle: steps in D's run-time library take a minute
import core.stdc.stdio : fflush, printf, stdout;
import core.sys.posix.sys.wait : waitpid;
import core.sys.posix.unistd : _exit, fork;
import core.thread : Thread;

extern (C) void log_role(const char* name);

T largest(T)(T a, T b) // hit: parent, child
{
    if (a > b) // hit: parent, child
        return a; // hit: child
    return b; // hit: parent
}

int throws(int n) // hit: parent, child
{
    scope (exit)
        printf("left %d\n", n); // hit: parent, child
    if (n == 0) // hit: parent, child
        throw new Exception("zero"); // hit: parent
    return n; // hit: child
}

int caught(int n) // hit: parent, child
{
    try
        return throws(n); // hit: parent, child
    catch (Exception error)
        return -cast(int) error.msg.length; // hit: parent
}

int never(int n) // miss
{
    return n + 1; // miss
}

int main(string[] args) // hit: parent
{
    log_role("parent"); // hit: parent
    if (args.length > 3) // hit: parent
        return never(1); // miss
    int sum = 0; // hit: parent
    auto thread = new Thread({ sum = largest(1, 2); }); // hit: parent
    thread.start(); // hit: parent
    thread.join(); // hit: parent
    printf("%d %d\n", sum, caught(0)); // hit: parent
    fflush(stdout); // hit: parent
    int pid = fork(); // hit: parent
    if (pid == 0) // hit: parent, child
    {
        log_role("child"); // hit: child
        int twice(int n) { return n * 2; } // hit: child
        sum = twice(caught(1)) + (largest(2.5, 1.5) > 3); // hit: child
        fflush(stdout); // hit: child
        _exit(sum); // hit: child
    }
    int status;
    waitpid(pid, &status, 0); // hit: parent
    printf("child %d\n", status >> 8); // hit: parent
    return 0; // hit: parent
}
