#!/bin/bash
# Every construct of the language. What runs in a substitution of several lines is a function from outside of it.
shopt -s extglob

say() { # a function on its first line
    printf '%s\n' "$*"
}
function never
{
    echo never
}
within() (
    say in a subshell: "$1"
    exit 3
)
outer() {
    inner() {
        say "inner $1"
    }
    inner "$1"
}
say 'a word
of two lines' "and
$(say "one more")"
array=(
    one # a comment
    "two
words" [5]=five
)
declare -A map=([a]=1
    [b]=2)
say "${array[*]}" "${#map[@]}" ${unset:-"a }
b"} $'c\'
d' \
    continued
if say condition | grep -q nothing; then
    never
elif [[ ${array[0]} == @(one|two) &&
    abc =~ ^(a|b)+c$ ]]; then
    say elif
else
    never
fi
for ((i = 0;
    i < 2; i++)); do
    ((i == 1)) && say "turn $i"
done
for word in "$@" a 'b
c'; do say "$word"; done
while read -r line; do
    say "<$line>"
done <<END
text of a ${word##*
} document
END
until [ "${n:=0}" -ge 2 ]; do n=$((n + 1)); done
case $n in
    (1) never ;;
    2 | 3)
        say two ;&
    4) say falls through
        ;;
    !(5)) never
esac
select item in a b; do break; done </dev/null 2>&1
within 1 || say "status $?"
outer 2
( say grouped; exit 1
  never ) || {
    say "a group"
} >&2 2>&1
cat <<'A' - <<-B; say "after $((1 << 2))"
$(never) `never`
A
	an indented $(say 'text')
	B
say one |
    cat |
    tr a-z A-Z &&
    say two \
        three || never
coproc cat
exec {fd}<&"${COPROC[0]}" {out}>&"${COPROC[1]}"
eval "exec ${COPROC[1]}>&-"; exec {out}>&-
wait "$COPROC_PID"
say background & wait $!
diff <(say a) <(say a) && ! false
x=1 y='
' say with assignments >/dev/null
>/dev/null say with a redirection
eval 'say in a string
say of two lines'
trap 'say at the end' EXIT
cat <<< "a here-
string"
TIMEFORMAT=
! never=1 || time true
((
    x = 1 +
    2
))
say $x # the last line has no newline, on purpose