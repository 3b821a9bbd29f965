// The switches of switches.c, compiled by Clang, which gives jumps through tables no line.
// compiler: clang
// other-sources: its code is that of switches.c
// processes: 5
// tree: parent > odd, parent > hot, parent > killed, parent > threaded
// ends: killed = SIGKILL
// variant: plain: -O0
// variant: optimised: -O2
// variant: optimised-fixed: -O2 -no-pie -fno-pie
// variant: trees: -O1 -fno-jump-tables
#include "switches.c"
