# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=jq
# What hashes to the same place depends on the names of directories. The other line has as many branches only by chance:
# one of its own is on the line before for forkcov, and one of the next line here.
left_out='jv.c:hash == curr->hash
compile.c:anonlabel'

build() {
    echo '#define JQ_VERSION "0"' >src/version.h
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' src/builtin.jq >src/builtin.inc
    cc $1 -std=gnu99 -D_GNU_SOURCE -DIEEE_8087 -DHAVE_MEMMEM -DHAVE_ISATTY -DHAVE_TIMEGM -DHAVE_GMTIME_R -DHAVE_STRPTIME \
        -DHAVE_SETLOCALE -DHAVE_FLOOR -DHAVE_POW -DHAVE_LOG2 -DHAVE_SQRT -w -I. -o jq \
        $(ls src/*.c | grep -v inject_errors) -lm -lpthread
}

exercise() {
    ./jq -L tests/modules --run-tests tests/jq.test
    ./jq -c . package.json tests/jq.test
    printf '{"a": [1, 2.5, null, true, "\\u00e4\\ud83d\\ude00"], "b": {}}' | ./jq -S --tab -C .
    printf '[1,2] "x" {"a":' | ./jq --stream -r '.'
    ./jq -n --arg a b --argjson c '{"d":1}' '$a, $c, input' -e
    ./jq -s --seq -a -j . tests/torture/input0.json
    ./jq -R -n '[inputs]' README
    ./jq '.a.' ; ./jq --nothing ; ./jq -h
}
