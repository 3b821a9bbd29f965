#!/bin/bash
# Conditions over several lines: [[ ]], (( )), test, lists of && and ||, negated and grouped, in every place.
value=abc
if [[ $value == a* &&
    -n $value ||
    $value == never ]]; then
    echo one
fi
if [[
    $value =~ ^(a|b)+c$
]]
then
    echo "matched ${BASH_REMATCH[1]}"
fi
[[ ! ( $value < b ||
    $value > c ) ]] ||
    echo "compared"
if ((
    1 + 1 == 2 &&
    ${#value} > 2
)); then
    echo arithmetic
elif [ x ]; then
    echo never
fi
if [ "$value" = abc ] \
    && [ -n "$value" ]; then
    echo test
fi
true &&
    false ||
    echo "or"
{
    false
    true
} &&
    echo "group"
! {
    true
    false
} || echo never
if ! (
    exit 1
); then
    echo "subshell failed"
fi
if false; then
    echo never
elif
    echo "condition of elif"
    true
then
    echo elif
else
    echo never
fi
if
    false
    true
then echo "last of a list"; fi
case $([[ -e / ]] && echo yes) in
    yes)
        if [[ -d / && -r / ]]; then echo nested; fi
        ;;
esac
while [[ ${#value} -lt 6 &&
    $value != *x ]]; do
    value+=d
done
echo "$value"
check() {
    [[ $1 -eq 1 ]] &&
        return
    (($1 == 2)) && return 3
    return $((
        $1 + 1
    ))
}
check 1 && echo first
check 2 || echo "second $?"
check 3 || echo "third $?"
[[ -z $(check 1) ]] && ((!0)) && echo end
true && { echo braces; false; } || { echo failed; }
