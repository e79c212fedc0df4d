# What the end-to-end scripts share: source it with the BIN_DIR argument of the script.
set -u
export LC_ALL=C.UTF-8 TZ=UTC
unset FACEATT_DB FACEATT_LOG FACEATT_FORMAT FACEATT_LEVEL FACEATT_THRESHOLD FACEATT_DETECTOR FACEATT_ENCODER \
  FACEATT_LIVENESS FACEATT_STRANGERS FACEATT_SOURCE FACEATT_KEY_FILE NO_COLOR
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
[[ $# -eq 1 && -x $1/faceatt-report ]] || { echo "usage: $(basename "$0") BIN_DIR" >&2; exit 2; }
bin=$(cd "$1" && pwd)
PATH=$bin:$repo/tests/cli:$PATH
johns=/usr/share/doc/libdlib19.1/examples/johns
faces=/usr/share/doc/libdlib19.1/examples/faces
work=$(mktemp -d)
chmod 755 "$work"
cleanup() {
  local job
  for job in $(jobs -p); do kill -KILL "$job" 2>/dev/null; done
  chmod -R u+rwx "$work"
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1

passed=0 failed=0
fail() {
  failed=$((failed + 1))
  echo "FAILED: $*"
}
# ok WHAT COMMAND...: the command must succeed.
ok() {
  local what=$1
  shift
  if "$@"; then passed=$((passed + 1)); else fail "$what"; fi
}
# same WHAT WANTED IS
same() {
  if [[ $2 == "$3" ]]; then passed=$((passed + 1)); else fail "$1: wanted '$2', got '$3'"; fi
}
# run WANTED_EXIT COMMAND...: output to $work/out, messages to $work/err; 60 s at most. ASan makes everything slower.
run() {
  local wanted=$1 code=0
  shift
  timeout "${FACEATT_TEST_TIMEOUT:-60}" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  same "exit of $*" "$wanted" "$code"
}
# What the last run said: so many lines, this text among them.
err_lines() { same "lines on stderr ($(head -c 200 "$work/err"))" "$1" "$(wc -l <"$work/err")"; }
said() { ok "stderr says '$1', not '$(head -c 200 "$work/err")'" grep -qF -- "$1" "$work/err"; }
# Column NAME of the csv on $work/out, one value per line.
column() {
  /usr/bin/python3 -c 'import csv, sys
for row in csv.DictReader(open(sys.argv[2], newline="", errors="surrogateescape")):
    print(row[sys.argv[1]])' "$1" "$work/out"
}
finish() {
  echo "$passed passed, $failed failed"
  [[ $failed -eq 0 ]]
  exit
}
