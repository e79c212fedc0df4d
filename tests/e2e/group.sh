#!/bin/bash
# --group while faceatt-watch runs: the roster changes under it. usage: group.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for john in John_Salley John_Simm; do
  mapfile -t photos < <(ls "$johns/$john"/*.jpg)
  run 0 faceatt-enroll --id "$john" "${photos[@]:0:3}"
done
mkdir clip
for i in {1000..1599}; do ln "$johns/John_Salley/000190_02159501.jpg" clip/$i.jpg 2>/dev/null || ln -s "$johns/John_Salley/000190_02159501.jpg" clip/$i.jpg; done

# watch_with ROSTER: starts on people of 7a, which John_Salley is not, and gets another roster while it runs.
watch_with() {
  printf 'id,groups\nJohn_Simm,7a\n' >people/roster.csv
  faceatt-watch --liveness off --strangers strangers --group 7a --format csv clip >out 2>err </dev/null &
  local watcher=$!
  for _ in {1..100}; do
    grep -q session_start out && break
    sleep 0.1
  done
  printf '%b' "$1" >people/roster.csv.new
  mv people/roster.csv.new people/roster.csv
  wait "$watcher"
  code=$?
}

watch_with 'id,groups\nJohn_Simm,7b\n'
same "exit without the group" 1 "$code"
err_lines 1
said 'warning: --group 7a: no such group; there is 7b; going on with the people of it known so far'
ok "the outsider is unknown" grep -q ',unknown,' out
ok "and is not marked" [ ! -e Attendance.csv ]
same "pictures of strangers" "" "$(ls strangers)"

watch_with 'id,groups\nJohn_Simm,7a\nJohn_Salley,7a\n'
same "exit when he comes into the group" 0 "$code"
err_lines 0
same "marked" John_Salley "$(tail -1 Attendance.csv | cut -d, -f3)"
finish
