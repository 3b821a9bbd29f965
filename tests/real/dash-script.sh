# What a shell does with processes. Every process says who it is on descriptor 9, in a line of its own.
say() { sh -c 'echo "$PPID $1" >&9' sh "$1"; }

count() {
    n=$1
    while [ "$n" -gt 0 ]; do
        n=$((n - 1))
    done
    echo "counted $1"
}

say main
count 3
(say subshell; count 2; exit 3)
echo "subshell: $?"
echo one two three | { say pipe; tr ' ' '\n'; } | sort | while read -r word; do echo "word $word"; done
trap 'echo trapped' USR1
(kill -USR1 $$)
wait
value=$(say substitution; count 1)
echo "$value"
cat <<END
a here-document of $(echo "process $((6 * 7))")
END
(say killed; kill -KILL "$(sh -c 'echo $PPID')"; echo never) 2>/dev/null
echo "killed: $?"
(say background; sleep 0.1; exit 5) &
(say terminated; kill -TERM "$(sh -c 'echo $PPID')"; sleep 60) &
wait $! 2>/dev/null
echo "terminated: $?"
wait
case $(type count) in
*function*) echo "a function" ;;
esac
trap 'echo leaving' EXIT
(say last; exec "$0" -c 'echo "another image: $0"' other)
exit 7
