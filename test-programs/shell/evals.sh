#!/bin/bash
# Strings that run: eval, nested and over lines; of bash -c, printf -v, indirection and mapfile; errors in them.
called() {
    echo "called $1"
}
eval called one
eval 'called two' '; called three'
eval '
called four
called five
'
eval "eval 'called \"nested\"'"
defined='made() {
    called "from made"
}'
eval "$defined"
made
if eval 'false'; then
    echo never
else
    called "after eval"
fi
for command in 'called a' 'called b'; do
    eval "$command"
done
eval 'for i in 1 2; do
    called "loop $i"
    [ $i = 1 ] && continue
    break
done'
returns() {
    eval 'return 3'
}
returns || called "returned $?"
eval 'if' 2>/dev/null || called "syntax error"
called "$(eval 'called substituted')"
( eval 'exit 4'; echo never )
called "status $?"
bash -c 'echo "$0 $1"' other shell
export -f called
bash -c 'called exported'
name=called
$name indirectly
"$name" quoted
mapfile -t -C 'called' -c 1 lines < <(printf '%s\n' a b)
called "${#lines[@]}"
command eval 'called "by command"'
builtin eval 'called "by builtin"'
x='echo never' y=z eval 'called "$y"'
. /dev/stdin <<'END'
called "from stdin"
END
source <(echo 'called "from a process"')
{ eval 'called "last"'; } &
wait $!
