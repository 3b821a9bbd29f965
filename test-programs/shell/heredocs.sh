#!/bin/bash
# Here-documents and here-strings: several for a command, in functions, loops, pipelines, conditions and subshells.
show() {
    cat "$@" <<-'OF FUNCTION'
		$1 `never` ${
		OF FUNCTIONS
	OF FUNCTION
}
pair() {
    cat <&3 -
}
name=world
pair 3<<ONE <<TWO
hello $name \
    and $((1 +
    2))
ONE
${name#w} \$name
TWO
show
if read -r word <<<"a b" && grep -q "$word" <<END; then
    not $word
    a
END
    echo "found $word"
fi
while read -r line; do
    case $line in
        if*) echo "if: $line" ;;
        *)
            cat <<IN_CASE
case $line
IN_CASE
            ;;
    esac
done <<'LOOP'
if [ x; then # no comment
done
LOOP
(
    cat <<A
in a subshell
A
    tr a-z A-Z <<B | cat
piped ${name:-
}
B
)
cat <<X && echo after
x
X
[ "$(cat <<INNER
inner
INNER
)" = inner ] && echo same
! cat <<''
up to an empty line

echo last <<E 2>&1 \
    ignored
E
# The end of the file ends this one.
cat <<EOF
unfinished
