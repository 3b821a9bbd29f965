#!/bin/bash
# case: falling through, going on, empty clauses, patterns over lines, nested, in pipelines and functions.
classify() {
    case $1 in
        a | b)
            echo "a or b"
            ;&
        c)
            echo "falls to c"
            ;;
        d*) ;;
        [ef] | \
            g)
            echo "list"
            ;;&
        ?)
            echo "one character"
            ;;&
        *)
            echo "anything"
    esac
}
for word in a c dd e gg h; do
    classify "$word"
done
case $(echo x) in (x) echo "of a substitution" ;; esac
case "" in
    "") ;;
    *) echo never ;;
esac
case none in
    a) echo never ;;
esac
case "two
lines" in
    two*lines)
        echo "two lines"
        ;;
esac
case x in
    "$(echo no)")
        echo never
        ;;
    'y') echo never ;;
    x)
        case y in
            x) echo never ;;
            y) echo nested ;&
            z)
                echo "nested falls"
        esac
        ;;
esac
case a in a) echo one;; b) echo two;; esac
case a in
    a) (
        echo "in a subshell"
        exit 3
    ) ;;
esac
echo "status $?"
case a in
    a) {
        echo "in a group"
    } | cat ;;
esac
case in in
    in) echo in ;;
    do) echo never ;;
esac
shopt -s extglob nocasematch
case ABC in
    @(abc|def)) echo "extended" ;;
esac
shopt -u nocasematch
case $# in 0)
    echo "no arguments" ;; 1)
    echo never
    ;; esac
while :; do
    case x in
        x) break ;;
    esac
    echo never
done
case x in x) false ;; esac || echo "failed"
case x in
    # a comment
    x) # another

        echo "behind comments" ;;

esac
