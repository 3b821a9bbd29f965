// The probe that runs inside bash: forkcov maps it into the process, calls `forkcov_start` at the first
// command, and makes the shell call `forkcov_entered` before each command after that.
//
// It uses what bash exports to loadable builtins, needs no C library, and has no pointer that needs
// relocation, as that for Python. A shell has one thread. All signals are blocked while the probe changes
// anything of its own: a handler of the shell's may leave by longjmp(3), or execute commands. What the probe
// calls of the shell only reads.
//
// A forked child goes on with what its parent knew, but for the lines that have run (`seen.c`) and the log.
#include <probe.h> // of the machine, like the next two
#include <probe_detour.h>
#include <probe_traps.h>

#define FILTERS_STAY 1 // A shell does not call seccomp(2).

#include "probe/shared.h"
#include "probe/lock.h"
#include "probe/heap.c"
#include "probe/log.c"
#include "probe/source_files.c"

#include "bash/probe/shell.h"
#include "bash/probe/signals.c"
#include "bash/probe/text.c"
#include "bash/probe/units.c"
#include "bash/probe/seen.c"
#include "bash/probe/functions.c"
#include "bash/probe/files.c"
#include "bash/probe/frames.c"
#include "bash/probe/commands.c"
#include "bash/probe/start.c"
