# Sourced by the scripts that run a project from Debian's sources. It sets `here`, `root`, and `forkcov`, which is
# target/$PROFILE/forkcov unless FORKCOV names another.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
forkcov=$(command -v -- "${FORKCOV:-$root/target/$PROFILE/forkcov}") || forkcov=${FORKCOV:-$root/target/$PROFILE/forkcov}
case $forkcov in
/*) ;;
*) forkcov=$PWD/$forkcov ;;
esac
export LC_ALL=C

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

skip() {
    echo "${0##*/}: skipped: $*" >&2
    exit 77
}

[ -x "$forkcov" ] || fail "no forkcov at $forkcov: build it, or name it with FORKCOV"

. "$here/debian-source.sh"

# make_with FLAGS OPTION...: builds a source with these flags of the compiler and options of `configure`, in its directory.
make_with() {
    flags=$1
    shift
    [ -x configure ] || autoreconf -fi >configure.log 2>&1 || fail "autoreconf failed: $(tail -n 1 configure.log)"
    ./configure CFLAGS="$flags" "$@" >>configure.log 2>&1 || fail "configure failed: $(tail -n 1 configure.log)"
    make >make.log 2>&1 || fail "make failed: $(tail -n 1 make.log)"
}
