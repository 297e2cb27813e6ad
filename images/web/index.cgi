#!/bin/sh
# Plain text for programs, a page for people.
case "$HTTP_USER_AGENT$QUERY_STRING" in
  *Mozilla*) ;;
  *) printf 'Content-Type: text/plain\r\n\r\nHello from %s\n' "$HOSTNAME"; exit ;;
esac
printf 'Content-Type: text/html; charset=utf-8\r\n\r\n'
cat <<PAGE
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Oakestra demo: $HOSTNAME</title>
<style>
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f3f7f1; color: #22331f; font: 18px/1.5 system-ui, sans-serif }
main { padding: 3rem 4rem; border-radius: 1rem; background: #fff; box-shadow: 0 1rem 3rem #22331f22; text-align: center }
h1 { margin: 0; color: #3d7a34; font-size: 2.5rem }
dl { display: grid; grid-template-columns: auto auto; gap: .25rem 1rem; margin: 2rem 0 0; text-align: left }
dt { color: #6b7d67 }
dd { margin: 0; font-family: ui-monospace, monospace }
</style>
</head>
<body>
<main>
<h1>$HOSTNAME</h1>
<p>answered your request.</p>
<dl>
<dt>You are</dt><dd>$REMOTE_ADDR</dd>
<dt>You asked</dt><dd>$HTTP_HOST</dd>
<dt>At</dt><dd>$(date -u '+%Y-%m-%d %H:%M:%S') UTC</dd>
</dl>
</main>
</body>
</html>
PAGE
