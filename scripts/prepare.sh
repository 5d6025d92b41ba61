# Sourced by the other scripts: finds Python, makes the project's environment, installs a lock file into it once.
# Sets ROOT and PYTHON. POSIX tools only; nothing outside the project is touched but Debian packages that are missing.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PYTHON="$ROOT/.venv/bin/python"
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }

# Run a command as root, by sudo where we are not root; fails where neither is possible.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

# debian_packages NAME…: install what is missing, with one update of the lists; fails where that is not possible.
debian_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 1
    say "Installing Debian packages: ${missing[*]}"
    as_root apt-get update -q >&2 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

# unpacked FOLDER NAME…: Debian packages unpacked into a folder and installed nowhere (no service starts); fails where that is not possible.
unpacked() {
    local folder=$1
    shift
    [ "$(cat "$folder/.packages" 2>/dev/null || true)" = "$*" ] && return 0
    command -v apt-get >/dev/null 2>&1 || return 1
    mkdir -p "$folder"
    (cd "$folder" && { apt-get download -q "$@" >&2 2>/dev/null || { as_root apt-get update -q >&2 && apt-get download -q "$@" >&2; }; } &&
        for file in *.deb; do dpkg-deb -x "$file" . && rm "$file" || exit 1; done) || return 1
    printf '%s' "$*" >"$folder/.packages"
}

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    say "Python 3.11 or newer is needed, and python3 is $(python3 --version 2>&1 || echo 'not installed')."
    say "Python 3.11 以上が必要です。Debian・Ubuntu では「apt-get install python3 python3-venv」で入ります。"
    return 1
}

make_environment() {
    "$PYTHON" -c '' 2>/dev/null && "$PYTHON" -m pip --version >/dev/null 2>&1 && return 0
    local python
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || debian_packages python3-venv || {
        say "Python's venv module is missing (Debian: apt-get install python3-venv)."
        return 1
    }
    say "Making the environment in $ROOT/.venv"
    "$python" -m venv --clear "$ROOT/.venv"
}

# install_lock base|dev|speech: install requirements/<name>.lock unless this very file was installed before.
# dev.lock holds everything of base.lock in the same versions.
install_lock() {
    make_environment
    local lock="$ROOT/requirements/$1.lock" stamp="$ROOT/.venv/.installed-$1" sum
    sum=$(cksum <"$lock")
    [ "$(cat "$stamp" 2>/dev/null || true)" = "$sum" ] && return 0
    say "Installing $(basename "$lock") (once; a minute or two)"
    "$PYTHON" -m pip install -q --require-hashes --no-deps -r "$lock" >&2 || return
    [ "$1" = dev ] && cksum <"$ROOT/requirements/base.lock" >"$ROOT/.venv/.installed-base"
    printf '%s\n' "$sum" >"$stamp"
}
