# A script for a shell under forkcov: every way in which a shell makes processes.
# Its output is the same at each run; $PIDS gets the PID of each subshell that says so.

me() {
    sh -c 'echo $PPID' >>"${PIDS:-/dev/null}"
}

me

# Subshells, nested, with their own variables and exit statuses.
outer=1
(me; outer=2; (me; outer=3; echo "inner $outer"; exit 4); echo "status $?"; echo "middle $outer")
echo "outer $outer"

# Pipelines, with functions as stages.
numbers() {
    me
    i=0
    while [ $i -lt 20 ]; do
        echo $i
        i=$((i + 1))
    done
}
double() {
    me
    while read -r n; do
        echo $((n * 2))
    done
}
add_up() {
    me
    sum=0
    while read -r n; do
        sum=$((sum + n))
    done
    echo "sum $sum"
}
numbers | double | add_up
numbers | head -n 1

# Functions: local variables, recursion, return.
factorial() {
    local n=$1
    if [ "$n" -le 1 ]; then
        echo 1
        return
    fi
    echo $((n * $(factorial $((n - 1)))))
}
factorial 5

# Here-documents, expanded and literal, into a pipeline and a subshell.
name=value
cat <<EXPANDED
here $name $((6 * 7)) $(echo substituted)
EXPANDED
cat <<'LITERAL' | tr a-z A-Z
literal $name
LITERAL
(me; cat) <<-TABS
	stripped
TABS

# Command substitution, nested, with what it leaves in $?.
echo "nested $(echo "one $(echo two $(echo three))")"
value=$(me; exit 9)
echo "substitution $?"

# Background jobs, wait for one and for all.
(me; exit 3) &
first=$!
(me; exit 5) &
second=$!
wait $first
echo "first $?"
wait $second
echo "second $?"
for n in 1 2 3 4 5; do
    (me; exit "$n") &
done
wait
echo "all $?"

# A subshell that kills itself, and one that is killed by its parent.
(me; kill -9 "$(exec sh -c 'echo $PPID')"; echo unreachable)
echo "killed $?"
(me; kill -TERM "$(exec sh -c 'echo $PPID')"; echo unreachable)
echo "terminated $?"
# Whether a shell says "Terminated" of a job depends on when it hears of it.
{
    sleep 100 &
    kill $!
    wait $!
} 2>/dev/null
echo "background $?"

# Traps: EXIT in a subshell, a signal that a function handles, one that is ignored.
(me; trap 'echo "subshell leaves with $?"' EXIT; exit 6)
echo "trapped $?"
trap 'echo "got USR1"' USR1
kill -USR1 $$
(me; trap 'echo "child got TERM"; exit 7' TERM; kill -TERM "$(exec sh -c 'echo $PPID')"; sleep 1)
echo "handled $?"
trap '' USR2
kill -USR2 $$
trap - USR1 USR2

# exec: of a program in a subshell, and of redirections.
(me; exec sh -c 'echo "exec $1"; exit 8' sh argument)
echo "replaced $?"
exec 3>&1
echo "to three" >&3
exec 3>&-

# case, eval, a dot script, arithmetic, parameters.
case $name in
v*) echo "case v" ;;
*) echo "case other" ;;
esac
eval 'echo "eval $name"'
set -- a b c
shift
echo "$# $* ${1#b} ${unset:-default} ${#name} ${name%ue}"
(set -e; me; false; echo unreachable)
echo "set -e $?"
(no_such_command_here) 2>/dev/null
echo "missing $?"

trap 'echo "the end"' EXIT
exit 11
