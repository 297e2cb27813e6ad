#!/bin/sh
# httpd runs what is executable below cgi-bin and serves the rest; the page itself is a program here.
mkdir -p /tmp/www/cgi-bin
ln -sf /web/index.cgi /tmp/www/cgi-bin/index.cgi
echo "$HOSTNAME serves on port 80"
exec httpd -f -v -p 80 -h /tmp/www
