# Sourced: `fetch PACKAGE` unpacks the source package of that name, of this machine's Debian, into the current directory.
# Who sources it has a function `skip` that says why and ends.

# The system's own package sources, asked for source packages too, beside the system's lists and not in them.
fetch() {
    package=$1
    command -v apt-get >/dev/null || skip "there is no apt-get"
    command -v dpkg-source >/dev/null || skip "there is no dpkg-source"
    eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
    mkdir -p apt/parts apt/lists/partial apt/cache/archives/partial
    : >apt/sources.list
    if [ -f "$list" ]; then
        sed -E '/^deb[[:space:]]/{p;s/^deb/deb-src/}' "$list" >apt/sources.list
    fi
    for part in "$parts"/*.list; do
        [ -f "$part" ] && sed -E '/^deb[[:space:]]/{p;s/^deb/deb-src/}' "$part" >"apt/parts/$(basename "$part")"
    done
    for part in "$parts"/*.sources; do
        [ -f "$part" ] && sed -E 's/^Types:.*/Types: deb deb-src/' "$part" >"apt/parts/$(basename "$part")"
    done
    set -- -q -o Dir::Etc::sourcelist="$PWD/apt/sources.list" -o Dir::Etc::sourceparts="$PWD/apt/parts" \
        -o Dir::State::lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache" -o APT::Sandbox::User=root
    apt-get "$@" update >apt/update.log 2>&1 || skip "apt-get update failed: $(tail -n 1 apt/update.log)"
    # A mirror can lack the last security update: then that of the release itself is taken.
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
    apt-get "$@" source "$package" >apt/source.log 2>&1 || apt-get "$@" source "$package/$release" >apt/source.log 2>&1 ||
        skip "apt-get source $package failed: $(tail -n 1 apt/source.log)"
}
