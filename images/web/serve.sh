#!/bin/sh
# httpd runs what is executable below cgi-bin and serves the rest; the page itself is a program here.
mkdir -p /tmp/www/cgi-bin
ln -sf /web/index.cgi /tmp/www/cgi-bin/index.cgi
echo "$HOSTNAME serves on port 80"
# The first process of a container gets no signal that it does not ask for: without this its end takes ten seconds.
trap 'kill "$server"; exit 0' TERM
httpd -f -v -p 80 -h /tmp/www &
server=$!
wait "$server"
