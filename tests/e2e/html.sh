#!/bin/bash
# A report's page in headless Chromium: read, sorted, filtered, without its script, and with somebody else's in it.
# usage: html.sh BIN_DIR HTML_PAGE
page=$(realpath "$2")
set -- "$1"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v chromium >/dev/null || {
  echo 'skipped: no Chromium; scripts/setup --tests installs it'
  exit 0
}
FACEATT_TEST_TIMEOUT=300

run 0 "$page"
cp out page.html
run 0 "$here/html_check.py" page.html
same 'what is wrong with the page' '' "$(cat out err)"

# The checks see what they are there for: a script that got in does not run, but says so on the console; a picture is
# not fetched; a table without its scopes, a name that is markup.
broken() { # broken WANTED SED_EXPRESSION
  sed "$2" page.html >broken.html
  ok "changes the page: $2" test -n "$(cmp page.html broken.html)"
  run 1 "$here/html_check.py" broken.html
  ok "'$1' is said of a page with $2, not '$(head -c 300 out)'" grep -qF -- "$1" out
}
broken 'Content Security Policy directive' 's|</main>|<script>alert(1)</script>&|'
broken 'console: ' 's|</main>|<img alt="" src="http://127.0.0.1:9/x">&|'
broken 'network: http://127.0.0.1:9/x' 's|<meta http-equiv="Content-Security-Policy"[^>]*>||; s|</main>|<img alt="" src="http://127.0.0.1:9/x">&|'
broken 'is not so: $$('"'th'" 's|<th scope="col">Session|<th>Session|'
broken 'is not so: ' 's|&lt;script&gt;alert(1)&lt;/script&gt;|<script>alert(1)</script>|'
broken 'is not so: press(' 's|<meta http-equiv="Content-Security-Policy"[^>]*>||; s|  const sort = (index) => {|& return;|'
broken 'is not so: document.documentElement.scrollWidth' 's|<h1>|<h1><pre>&'"$(printf 'wide%.0s' {1..100})"'</pre>|'

# A school's month.
run 0 "$page" 1000 20
cp out large.html
run 0 "$here/html_check.py" large.html
same 'what is wrong with a large page' '' "$(cat out err)"
finish
