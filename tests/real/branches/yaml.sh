# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=libyaml

build() {
    for test in tests/*.c; do
        cc $1 -DYAML_VERSION_STRING='"0"' -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=0 -DYAML_VERSION_PATCH=0 \
            -Iinclude -o "${test%.c}" "$test" src/*.c
    done
}

exercise() {
    for program in scanner parser loader emitter dumper parser-test-suite; do
        tests/run-$program "$here"/branches/*.yaml
    done
    for program in reformatter reformatter-alt deconstructor deconstructor-alt; do
        for file in "$here"/branches/*.yaml; do
            tests/example-$program <"$file"
        done
    done
    tests/run-emitter-test-suite "$here/branches/events.txt"
    tests/test-reader
    tests/test-version
}
