#!/bin/bash
# select, for, while and until: nested, with break and continue of several levels, in functions and redirected.
choose() {
    select item in "first choice" second \
        third; do
        case $REPLY in
            1) echo "chose $item" ;;
            2)
                echo "chose two"
                break
                ;;
            *)
                echo "no choice"
                continue
                ;;
        esac
        echo "again"
    done
}
choose <<<$'1\nx\n2\n3' 2>/dev/null
select nothing in; do
    echo never
done </dev/null
set -- a b
select argument; do
    echo "argument $argument"
    return 2>/dev/null || break
done <<<1 2>/dev/null
for outer in 1 2 3; do
    for inner in 1 2 3; do
        if ((inner == 2)); then
            continue 2
        elif ((outer == 3)); then
            break 2
        fi
        echo "$outer.$inner"
    done
    echo never
done
for argument; do
    echo "for $argument"
done
for ((i = 0, j = 10; i < j; i += 3, j -= 3)); do
    echo "$i $j"
done
for ((;;)); do
    break
done
i=0
while
    echo "condition $i"
    ((i < 2))
do
    ((i++))
done
until
    ((i-- <= 0)) &&
        echo "until"
do :; done
for word in $(
    echo x
    echo y
); do echo "$word"; done
while read -r a b; do
    [ "$a" = 2 ] || continue
    echo "b is $b"
done < <(echo 1 x; echo 2 y)
for file in /dev/null /nonexistent
do
    [ -e "$file" ] &&
        echo "$file is there" ||
        echo "$file is not"
done
