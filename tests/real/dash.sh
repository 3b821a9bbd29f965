#!/bin/sh
# A real program: builds dash from Debian's source package, and runs a script of subshells, pipelines, traps,
# functions and here-documents under forkcov. Its output and status must be those of the bare run, its processes
# must all be there, and what only children run must be found.
#
# Usage: FORKCOV=path/to/forkcov tests/real/dash.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
forkcov=${FORKCOV:-$here/../../target/debug/forkcov}
forkcov=$(cd "$(dirname "$forkcov")" && pwd)/$(basename "$forkcov")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "dash: $*" >&2
    exit 1
}

# The source, from wherever this machine has its packages from.
mkdir -p lists/partial sources
for list in /etc/apt/sources.list.d/*.sources; do
    [ -e "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" >"sources/$(basename "$list")"
done
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$list" ] && sed -n 's/^deb /deb-src /p' "$list" >"sources/$(basename "$list" .list).list"
done
options="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$work/sources -o Dir::State::Lists=$work/lists"
# shellcheck disable=SC2086
{
    apt-get $options -qq update
    apt-get $options -qq --download-only source dash
} >apt.log 2>&1 || { cat apt.log >&2; fail "the source package cannot be had"; }
dpkg-source --no-check -x dash_*.dsc source >/dev/null
(
    cd source
    autoreconf -fi && ./configure CFLAGS='-g -O0' && make
) >build.log 2>&1 || { tail -n 20 build.log >&2; fail "it does not build"; }
dash=$work/source/src/dash

run() {
    "$@" "$dash" "$here/dash-script.sh" </dev/null >"$name.out" 2>"$name.err" 9>"$name.roles" && status=0 || status=$?
    echo "$status" >"$name.status"
}
name=bare run
name=traced run "$forkcov" run -q --
for what in out err status; do
    diff "bare.$what" "traced.$what" || fail "$what differs (< bare, > under forkcov)"
done
[ "$(cat traced.status)" = 7 ] || fail "it ended with $(cat traced.status)"

"$forkcov" json -o - >report.json
python3 - traced.roles report.json <<'END'
import json, os, sys

roles = dict(reversed(line.split()) for line in open(sys.argv[1]))
report = json.load(open(sys.argv[2]))
processes = {process["pid"]: process for process in report["processes"]}
assert len(processes) == len(report["processes"])

def lines(role):
    files = processes[int(roles[role])]["files"]
    return {(os.path.basename(path), line) for path, hit in files.items() for line in hit}

assert set(roles) == {"main", "subshell", "pipe", "substitution", "killed", "background", "terminated", "last"}, roles
ends = {role: processes[int(pid)]["exit"] for role, pid in roles.items()}
assert ends["main"] == {"code": 7}, ends
assert ends["subshell"] == {"code": 3}, ends
assert ends["killed"] == {"signal": "SIGKILL"}, ends
assert ends["background"] == {"code": 5}, ends
assert ends["terminated"] == {"signal": "SIGTERM"}, ends
assert all(process["exit"] is not None for process in report["processes"])

roots = [process for process in report["processes"] if process["parent"] is None]
assert [root["pid"] for root in roots] == [int(roles["main"])], roots
assert all(process["parent"] in processes for process in report["processes"] if process is not roots[0])

for role in roles:
    assert lines(role), role
everyone = set().union(*(lines_ for lines_ in map(lines, roles)))
only_children = everyone - lines("main")
assert only_children, "no line ran in children alone"
print(f"dash: {len(processes)} processes, {len(everyone)} lines, {len(only_children)} of them in children alone")
END
"$forkcov" report | tail -n 1
