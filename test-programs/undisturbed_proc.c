// What /proc/self shows a process about itself. Not the same are IDs, who traces it, times, and how much memory is in use:
// lines that have been run are pages of its own.
// sees-trampolines: two mappings more are there
// no-oracle: it prints more than is worth single steps
// processes: 3
// tree: parent > child, parent > again
#define _GNU_SOURCE
#include <dirent.h>
#include "thrice.h"

// Fields of /proc/self/status that differ from one run to the next, or say that there is a tracer.
static const char *const other[] = {
    "Tgid", "Ngid", "Pid", "PPid", "NStgid", "NSpid", "NSpgid", // IDs; and the process group, which is forkcov's
    "TracerPid", // forkcov
    "SigQ", // counts the signals of all processes of the user
    "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmPTE", "VmPeak", "VmSwap", // how much is in use
    "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", // each stop is one
};

static int differs(const char *line) { // hit: parent, child, again
    for (unsigned i = 0; i < sizeof other / sizeof *other; i++) // hit: parent, child, again
        if (strncmp(line, other[i], strlen(other[i])) == 0 && line[strlen(other[i])] == ':') // hit: parent, child, again
            return 1; // hit: parent, child, again
    return 0; // hit: parent, child, again
} // hit: parent, child, again

static void status(void) { // hit: parent, child, again
    char line[4096];
    FILE *file = fopen("/proc/self/status", "re"); // hit: parent, child, again
    while (fgets(line, sizeof line, file)) // hit: parent, child, again
        if (!differs(line)) // hit: parent, child, again
            printf("%s", line); // hit: parent, child, again
    fclose(file); // hit: parent, child, again
} // hit: parent, child, again

static void links(void) { // hit: parent, child, again
    static const char *const names[] = {"cwd", "root", "exe", "ns/cgroup", "ns/ipc", "ns/mnt", "ns/net", "ns/pid",
                                        "ns/pid_for_children", "ns/time", "ns/user", "ns/uts"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) { // hit: parent, child, again
        char path[64], target[4096] = ""; // hit: parent, child, again
        snprintf(path, sizeof path, "/proc/self/%s", names[i]); // hit: parent, child, again
        if (readlink(path, target, sizeof target - 1) < 0) // hit: parent, child, again
            printf("%s: error %d\n", names[i], errno);
        else
            printf("%s: %s\n", names[i], target); // hit: parent, child, again
    }
} // hit: parent, child, again

static void files(void) { // hit: parent, child, again
    static const char *const names[] = {"cgroup", "oom_score_adj", "coredump_filter", "uid_map", "gid_map", "setgroups",
                                        "limits", "personality", "loginuid", "sessionid", "comm", "timerslack_ns",
                                        "autogroup", "attr/current"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) { // hit: parent, child, again
        char path[64];
        snprintf(path, sizeof path, "/proc/self/%s", names[i]); // hit: parent, child, again
        print_file(path); // hit: parent, child, again
    }
    char bytes[4096];
    FILE *file = fopen("/proc/self/cmdline", "re"); // hit: parent, child, again
    size_t length = fread(bytes, 1, sizeof bytes, file); // hit: parent, child, again
    for (size_t i = 0; i < length; i++) // hit: parent, child, again
        putchar(bytes[i] ? bytes[i] : '|'); // hit: parent, child, again
    putchar('\n'); // hit: parent, child, again
    fclose(file); // hit: parent, child, again
} // hit: parent, child, again

static void tasks(void) { // hit: parent, child, again
    int count = 0; // hit: parent, child, again
    DIR *directory = opendir("/proc/self/task"); // hit: parent, child, again
    while (readdir(directory)) // hit: parent, child, again
        count++; // hit: parent, child, again
    closedir(directory); // hit: parent, child, again
    printf("threads %d\n", count - 2); // hit: parent, child, again
} // hit: parent, child, again

static void sees(void) { // hit: parent, child, again
    status(); // hit: parent, child, again
    links(); // hit: parent, child, again
    files(); // hit: parent, child, again
    tasks(); // hit: parent, child, again
} // hit: parent, child, again

int main(int argc, char **argv) { // hit: parent, again
    return thrice(argc, argv, sees); // hit: parent, again
} // hit: parent, again
