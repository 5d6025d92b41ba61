# Sourced by scripts/test: what it prepares and checks beside the tests.

PACKAGES=(chromium fonts-noto-cjk postgresql rabbitmq-server dovecot-imapd fonts-ipamj-mincho poppler-utils)

debian_part() {
    debian_packages "${PACKAGES[@]}" ||
        say "Not installed, and cannot be installed here: some of ${PACKAGES[*]}; the tests that need them are skipped and say so."
    if ! { PATH="$PATH:/usr/sbin" command -v nginx >/dev/null && command -v wrk >/dev/null; }; then
        # Only unpacked, so that no web server starts on this machine.
        unpacked "$ROOT/var/peers" nginx wrk libluajit-5.1-2 libluajit-5.1-common ||
            say "nginx and wrk cannot be had here; the measurement beside them is skipped and says so."
    fi
}

check() {
    "$@" && return 0
    say "FAILED: $*"
    return 1
}

code_part() {
    local failed=0
    check ruff check . || failed=1
    check ruff format --check . || failed=1
    check mypy || failed=1
    return "$failed"
}
