#!/bin/bash
# Traps: of signals, errors, returns and exits; in functions and subshells, reset, ignored and replaced.
exec 2>/dev/null
handle() {
    echo "handled $1"
}
leave() {
    echo "leave with $?"
}
trap 'handle usr1' USR1
kill -USR1 $$
trap leave EXIT
failing() {
    trap 'handle return' RETURN
    false
    trap - RETURN
}
failing
trap 'handle "error $?"' ERR
false
bash -c 'exit 3'
true | false
if false; then
    echo never
fi
trap - ERR
(
    trap 'handle "exit of a subshell"' EXIT
    echo "in a subshell"
    exit 4
)
echo "status $?"
(
    trap 'handle term; exit 5' TERM
    kill -TERM $BASHPID
    echo never
)
echo "status $?"
(
    kill -KILL $BASHPID
    echo never
)
echo "status $?"
trap '' USR2
kill -USR2 $$
(
    kill -USR2 $BASHPID
    echo "is still ignored"
)
trap - USR2
waits() {
    trap 'handle "while waiting"; done=1' USR1
    (
        kill -USR1 $$
        exit 6
    ) &
    until [ -n "$done" ]; do :; done
    wait $!
    echo "waited $?"
}
waits
set -E
trap 'handle "error in a function"' ERR
fails() {
    false
    return 0
}
fails
trap - ERR
exit 7
echo never
