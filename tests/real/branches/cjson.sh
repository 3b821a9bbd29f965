# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=cjson

build() {
    for test in tests/[a-z]*.c; do
        case $test in */unity*) continue ;; esac
        cc $1 -Itests -Itests/unity/src -o "${test%.c}" "$test" tests/unity/src/unity.c cJSON_Utils.c \
            $(grep -q 'include "../cJSON.c"' tests/common.h || echo cJSON.c) -lm 
    done
}

exercise() {
    cd tests
    for test in *.c; do
        [ ! -x "${test%.c}" ] || ./"${test%.c}"
    done
}
