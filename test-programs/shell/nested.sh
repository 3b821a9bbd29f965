#!/bin/bash
# Functions: in functions, in subshells, defined again, recursive, with odd names and bodies, and unset.
outer() {
    local depth=$1
    middle() {
        inner() {
            echo "inner $depth"
            return 2
        }
        inner || echo "inner gave $?"
    }
    middle
    echo "outer $depth"
}
outer 1
inner || :
factorial() {
    if (($1 < 2)); then
        echo 1
        return
    fi
    local rest
    rest=$(factorial $(($1 - 1)))
    echo $(($1 * rest))
}
factorial 4
again() { echo first; }
again
again() {
    echo second
}
again
(
    again() {
        echo "in the subshell"
    }
    again
)
again
function with-dash { echo "$FUNCNAME"; }
with-dash
condition() [[ $1 == a* ]]
condition abc && echo "is one"
condition xyz || echo "is none"
arithmetic() ((
    $1 > 1
))
arithmetic 2 && echo greater
loop() for word in "$@"; do
    echo "loop $word"
done
loop a b
choice() case $1 in
    a) echo "choice a" ;;
    *) echo "choice other" ;;
esac
choice a
to_file() {
    echo "redirected"
    echo "to stderr" >&2
} 2>&1
to_file | cat
shift_all() {
    while (($#)); do
        shift
    done
    return
    echo never
}
shift_all 1 2 3
unset -f again
again 2>/dev/null || echo "is unset: $?"
echo() {
    builtin echo "own: $*"
}
echo shadowed
unset -f echo
echo plain
