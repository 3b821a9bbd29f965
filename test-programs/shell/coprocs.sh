#!/bin/bash
# Coprocesses, process substitutions, background lists, pipelines with lastpipe, and what waits for them.
coproc {
    while read -r line; do
        echo "<$line>"
    done
}
echo request >&"${COPROC[1]}"
read -r answer <&"${COPROC[0]}"
echo "$answer"
closing=$COPROC_PID
exec {COPROC[1]}>&-
wait "$closing"
coproc NAMED (
    read -r line
    echo "named $line"
    read -r line # bash closes the descriptors when a coprocess ends
    exit 3
)
pid=$NAMED_PID
echo a >&"${NAMED[1]}"
read -r answer <&"${NAMED[0]}"
echo "$answer"
echo b >&"${NAMED[1]}"
wait "$pid"
coproc simple cat </dev/null
wait
produce() {
    echo one
    echo two
}
while read -r line; do
    echo "read $line"
done < <(produce)
diff <(produce) <(
    produce
) && echo "no difference"
produce > >(
    cat >/dev/null
)
wait
shopt -s lastpipe
produce | while read -r line; do
    last=$line
done
echo "last $last"
shopt -u lastpipe
produce | while read -r line; do
    lost=$line
done
echo "lost ${lost-unset}"
{
    echo "in the background"
    exit 4
} &
wait $!
echo "status $?"
produce | {
    read -r first
    echo "first $first"
    cat >/dev/null
} |
    cat &
wait
if ! produce | grep -q three; then
    echo "not found"
fi
set -o pipefail
(exit 5) | true
echo "status $?"
{ time -p { produce | cat; }; } 2>/dev/null
for i in 1 2 3; do
    (
        echo "child $i" >/dev/null
        exit "$i"
    ) &
done
wait -n
wait
