#!/bin/sh
# Asks TARGET again and again and prints who answered, so that its log shows the balancing.
: "${TARGET:?set TARGET to the address to ask, for example http://10.30.80.80}"
echo "asking $TARGET every $PERIOD s"
while :; do
  # Not `wget -T`: the busybox of Debian 12 crashes on it.
  timeout 5 wget -q -O - "$TARGET" || echo "no answer from $TARGET" >&2
  sleep "$PERIOD"
done
