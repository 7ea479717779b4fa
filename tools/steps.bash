# What tools/quickstart and tools/check have in common; sourced by them. Everything said goes to stderr.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# quietly WHAT COMMAND...: shows what a command printed only if it fails.
quietly() {
  local what=$1 output
  shift
  say "$what"
  if ! output=$("$@" 2>&1); then
    printf '%s\n' "$output" >&2
    fail "failed: $*"
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    say "root or sudo is needed for: $*"
    return 1
  fi
}

# install_packages LIST...: the Debian packages named in these files, one a line, that are missing.
install_packages() {
  local package missing=()
  command -v dpkg-query > /dev/null || {
    say "this is not Debian: install by hand what these files list, if it is not there: $*"
    return
  }
  for package in $(cat "$@"); do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  quietly "updating the package lists" as_root apt-get update -qq
  quietly "installing ${missing[*]}" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# build_release TARGET [CMAKE OPTION...]: configures build/release where it has to, then builds.
build_release() {
  local target=$1
  shift
  (cd "$root" && quietly "configuring build/release" cmake --preset release "$@")
  say "building"
  cmake --build "$build" --target "$target" --parallel "$(nproc)" >&2 || fail "the build failed"
}
