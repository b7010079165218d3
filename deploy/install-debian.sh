#!/bin/sh
# Installs the Debian packages that are missing, and nothing if none is.
#
#   deploy/install-debian.sh run     what `make run` needs: PostgreSQL's server programs (15 or later)
#   deploy/install-debian.sh test    the same, a C compiler for Go's race detector, and a browser with Chinese fonts
#   deploy/install-debian.sh web     nothing; it only looks whether Node is there
#   deploy/install-debian.sh --list run|test    only names what is missing
#
# As root it uses apt-get, as an ordinary user sudo if that asks no password, else it says what to install.
# Go (see go.mod) and Node (see web/package.json) are expected to be there.
set -eu

only_list=
if [ "${1:-}" = --list ]; then
    only_list=yes
    shift
fi
purpose=${1:-run}

has_postgres() {
    for bin in /usr/lib/postgresql/*/bin/postgres; do
        [ -x "$bin" ] || continue
        version=${bin#/usr/lib/postgresql/}
        [ "${version%%/*}" -ge 15 ] 2>/dev/null && return 0
    done
    return 1
}
has() { command -v "$1" >/dev/null 2>&1; }

missing=
[ "$purpose" = web ] || has_postgres || missing="$missing postgresql"
has git || missing="$missing git"
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
if [ "$purpose" = test ]; then
    has gcc || missing="$missing gcc"
    [ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
    has chromium || missing="$missing chromium"
    [ -e /usr/share/doc/fonts-noto-cjk ] || missing="$missing fonts-noto-cjk"
fi
missing=${missing# }

if [ -n "$only_list" ]; then
    [ -z "$missing" ] || echo "$missing"
    exit 0
fi

if ! has npm || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
    echo "Node 20.19 or later with npm is missing: it builds the console. Install it and put it on the PATH." >&2
    exit 1
fi
if ! has go; then
    echo "Go is missing: install the version that go.mod names and put it on the PATH." >&2
    exit 1
fi
[ -n "$missing" ] || exit 0

if ! has apt-get; then
    echo "Please install with your system's package manager: $missing" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif has sudo && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    echo "Some packages are missing and this user may not install them. Please run, once:" >&2
    echo "    sudo apt-get install --no-install-recommends $missing" >&2
    exit 1
fi

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}
install() { apt install --no-install-recommends "$@"; }

echo "Installing: $missing"
apt update || echo "apt-get update failed; trying with the package lists at hand." >&2

# Debian starts a cluster named "main" when the server is installed. Tonghu runs a cluster of its own, so none is asked
# for: through a drop-in that is taken away again, so that the machine's own settings stay as they were.
case " $missing " in
    *' postgresql '*)
        install postgresql-common
        dropin=/etc/postgresql-common/createcluster.d/zz-tonghu-install.conf
        trap '$as_root rm -f "$dropin"' EXIT INT TERM
        $as_root mkdir -p "${dropin%/*}"
        echo 'create_main_cluster = false' | $as_root tee "$dropin" >/dev/null
        ;;
esac
# shellcheck disable=SC2086 # a list of package names
install $missing
echo "Installed: $missing"
