#!/bin/sh
# From a bare machine to a running Oakestra with a demo application. Run it again: it changes nothing that is in place.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
. tools/bootstrap.sh

case "${1:-start}" in
  start | stop | clean) ;;
  -h | --help | help)
    cat <<'HELP'
./getstarted.sh        install what is missing, build, start, deploy a demo application
./getstarted.sh stop   stop the agents; workloads go on running
./getstarted.sh clean  remove every trace: workloads, networks, data

A second copy on one machine needs its own directory and ports, for example
  OAK_DATA_DIR=/var/lib/oakestra2 OAK_ROOT_API_PORT=12000 OAK_ROOT_SESSIONS_PORT=12001 \
  OAK_CLUSTER_API_PORT=12002 OAK_CLUSTER_SESSIONS_PORT=12003 OAK_NODE_TUNNEL_PORT=12004 OAK_DEMO_PORT=8081 ./getstarted.sh
HELP
    exit 0
    ;;
  *) fail "there is no \"./getstarted.sh $1\"" "see: ./getstarted.sh --help" ;;
esac

[ "$(uname -s)" = Linux ] || fail "Oakestra runs on Linux; this is $(uname -s)" "use a Linux machine or a virtual one"
[ "$(id -u)" = 0 ] || fail "running containers and networks needs root" "run it as: sudo ./getstarted.sh ${1:-}"
need_node
if [ "${1:-start}" = start ]; then
  need_debian_packages || fail "the packages above are needed" "install them, then run this again"
fi
need_npm_packages
exec node --import tsx tools/getstarted.ts "${1:-start}"
