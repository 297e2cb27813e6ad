#!/bin/bash
# Sets up what is missing, then runs every check and every test. Ends with: N passed, N failed, N skipped
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
. tools/bootstrap.sh
# Guests of tests run on it, without KVM if need be.
DEBIAN_PACKAGES="$DEBIAN_PACKAGES qemu-system-x86"

need_node
# Tests that need what cannot be installed skip themselves, and say so.
need_debian_packages || echo "going on without them: tests that need them will be skipped" >&2
begin_prometheus
need_npm_packages
await_prometheus
exec node --import tsx tools/test.ts "$@"
