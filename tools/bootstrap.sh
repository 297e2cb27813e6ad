# Sourced by getstarted.sh and test.sh: brings a bare machine to the point where TypeScript can run. Nothing else is shell.
# Everything slow says what it is doing, and how long it took; what programs printed is shown only when they fail.

NODE_NEEDED="20.19 or newer"
DEBIAN_PACKAGES="containerd runc nftables libnftables1 iproute2 busybox-static ca-certificates git procps"

fail() {
  printf 'error: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf 'next:  %s\n' "$2" >&2
  exit 1
}

# step TITLE COMMAND...: runs a command with its output put aside, shows that it is alive, and how it ended.
step() {
  step_title=$1
  shift
  step_log=$(mktemp)
  step_start=$(date +%s)
  printf '... %s\n' "$step_title" >&2
  "$@" >"$step_log" 2>&1 &
  step_pid=$!
  step_shown=0
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 0.2
    step_now=$(($(date +%s) - step_start))
    if [ -t 2 ]; then
      printf '\r    %s s ' "$step_now" >&2
    elif [ "$step_now" -ge $((step_shown + 10)) ]; then
      step_shown=$step_now
      printf '    %s (%s s)\n' "$step_title" "$step_now" >&2
    fi
  done
  [ ! -t 2 ] || printf '\r\033[2K' >&2
  if wait "$step_pid"; then
    printf 'ok  %s (%s s)\n' "$step_title" "$(($(date +%s) - step_start))" >&2
    rm -f "$step_log"
    return 0
  fi
  printf 'FAILED %s\n' "$step_title" >&2
  tail -n 30 "$step_log" >&2
  rm -f "$step_log"
  return 1
}

need_node() {
  command -v node >/dev/null 2>&1 || fail "Node.js is missing; version $NODE_NEEDED is needed" "install it from https://nodejs.org, then run this again"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "this Node.js is $(node --version); version $NODE_NEEDED is needed" "install a newer one from https://nodejs.org"
  command -v npm >/dev/null 2>&1 || fail "npm is missing" "it comes with Node.js: https://nodejs.org"
}

missing_debian_packages() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  for package in $DEBIAN_PACKAGES; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
  done
}

install_debian_packages() {
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of words
  apt-get install -y --no-install-recommends $1 || { apt-get update && apt-get install -y --no-install-recommends $1; }
}

# Installs what the machine lacks. Returns 1, having said why, when it cannot.
need_debian_packages() {
  lacking=$(missing_debian_packages)
  [ -n "$lacking" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    printf 'missing on this machine: %s(installing needs root and apt)\n' "$lacking" >&2
    return 1
  fi
  step "Installing ${lacking% }" install_debian_packages "$lacking"
}

# npm writes node_modules/.package-lock.json at the end of every install: older than the lock file means not installed.
need_npm_packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return 0
  step "Installing npm packages" npm ci --no-audit --no-fund || fail "npm packages could not be installed" "see the lines above; a proxy or a registry may be needed: npm config set registry URL"
}

# Prometheus, which tests ask whether it takes our rules and reads our numbers: unpacked into the checkout (20 MB to fetch, some
# seconds), for installed it would be a service of the machine. Runs beside something slower: await_prometheus shows how it went.
PROMETHEUS_CACHE=.cache/monitoring
PROMETHEUS_SECONDS=60

begin_prometheus() {
  prometheus_job=
  [ -n "${OAK_PROMETHEUS:-}" ] || [ -x "$PROMETHEUS_CACHE/usr/bin/prometheus-alertmanager" ] || command -v prometheus-alertmanager >/dev/null 2>&1 || {
    mkdir -p .cache
    timeout "$PROMETHEUS_SECONDS" bash -c "$(declare -f unpack_prometheus); unpack_prometheus '$PWD/$PROMETHEUS_CACHE'" >.cache/monitoring.log 2>&1 &
    prometheus_job=$!
  }
}

# The whole folder or none of it: what is broken off leaves nothing that looks complete.
unpack_prometheus() {
  set -e
  rm -rf "$1.new"
  mkdir -p "$1.new"
  cd "$1.new"
  # A machine without lists of packages has to fetch them first.
  local packages="prometheus prometheus-alertmanager"
  apt-get download $packages || { apt-get update && apt-get download $packages; } || return 1
  local file
  for file in ./*.deb; do dpkg -x "$file" .; done
  rm -rf ./*.deb "$1"
  mv "$1.new" "$1"
}

await_prometheus() {
  [ -n "$prometheus_job" ] || return 0
  wait "$prometheus_job" || {
    printf 'Prometheus could not be fetched (Debian and its archive are needed): tests with it will be skipped\n' >&2
    tail -n 3 .cache/monitoring.log >&2
  }
}
