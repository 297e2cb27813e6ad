#!/bin/sh
# Asks TARGET again and again and prints who answered, so that its log shows the balancing.
: "${TARGET:?set TARGET to the address to ask, for example http://10.30.80.80}"
echo "asking $TARGET every $PERIOD s"
# The first process of a container gets no signal that it does not ask for, and a shell answers between commands only.
trap 'exit 0' TERM
while :; do
  # Not `wget -T`: the busybox of Debian 12 crashes on it.
  timeout 5 wget -q -O - "$TARGET" || echo "no answer from $TARGET" >&2
  sleep "$PERIOD" &
  wait $!
done
