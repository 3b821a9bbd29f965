#!/bin/bash
# Arrays and words over several lines, assignments of every kind, and arithmetic in them.
plain=(
    one
    # a comment with ' and "
    two "three
and more"

    $(echo four; echo five)
)
echo "${#plain[@]}" "${plain[-1]}"
declare -A map=(
    [a]=1
    ["b c"]="two
lines"
)
for key in "${!map[@]}"; do
    echo "${#map[$key]}"
done | sort
plain+=(
    six
    [10]=ten
)
echo "${!plain[*]}"
local_array() {
    local -a own=(
        x
        y
    )
    own[1]=z
    echo "${own[@]}"
}
local_array
plain[$((1 +
    1))]=changed
echo "${plain[2]}"
text="first
second $(
    echo third
)
fourth"
echo "$text"
single='a
b
c' other=$'d\
e'
echo "$single" "$other"
a=1 b=2 c=$(echo 3) \
    d=4
echo $a $b $c \
    $d
((total = a +
    b +
    c))
echo "$total"
let "total += 1" \
    "total *= 2"
echo "$((
    total + $(echo 1)
))"
readonly fixed=(1
    2)
export exported="x
y"
declare -p exported
unset 'plain[0]' exported
empty=()
empty=
for index in "${!plain[@]}"; do [ "$index" -gt 5 ] && echo "$index"; done
echo "${plain[@]:1:2}" "${plain[@]/t/T}" "${text//
/ }"
printf '%s|' "${plain[@]}" \
    "$text" 'last
word'
echo
