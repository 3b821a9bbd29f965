#!/bin/bash
# Aliases: of commands, lists, loops and redirections, over several lines, recursive, with a blank at the end, and removed.
shopt -s expand_aliases
alias say='echo said'
say one
alias twice='say a; say' # two commands
twice b
alias with_blank='say ' word='expanded'
with_blank word
alias lines='say first
say second'
lines third
alias loop='for i in 1 2; do say $i; done'
loop
loop | cat
in_function() {
    say "function $1"
    twice "$1"
}
alias say='echo changed'
say now
in_function x
unalias twice
twice 2>/dev/null || say "no alias"
alias echo='echo -n'
echo a
\echo b
'echo' c
unalias -a
say 2>/dev/null || echo "none left"
alias late='echo late'; late 2>/dev/null || echo "not on its own line"
late
alias document='cat <<'
document END
x
END
(
    alias inner='echo inner'
    inner
)
inner 2>/dev/null || echo "not outside"
