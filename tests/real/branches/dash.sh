# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=dash
least=98
gcov_has=some
# A call of execve that succeeds does not return; gcov takes it to have gone on to the line behind it.
left_out='exec.c:errno == ENOEXEC'

build() {
    make_with "$1"
}

exercise() {
    PIDS=$PWD/pids src/dash "$here/dash-script.sh"
}
