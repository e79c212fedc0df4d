#!/bin/bash
# --import into a store: people, groups and marks are there for every machine; again, it adds nothing.
# usage: store_import.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/store_servers.sh"
want_redis
start_redis store
export FACEATT_STORE=redis://127.0.0.1:${redis_port[store]} FACEATT_SPOOL=$work/spool
mkdir -p old/known_faces
cp "$johns/John_Salley/000179_02159509.jpg" old/known_faces/salley_101.jpg
printf 'id,name,class\n101,John Salley,7a\n102,Ana Silva,7b\n' >old/students.csv
printf 'Name,Date,Time\nJOHN SALLEY,2026-11-20,08:59\nANA SILVA,2026-11-20,09:01\nJohn Salley,2026-11-20,12:00\n' >old/Attendance.csv
import() { run "$1" faceatt-enroll --import old --now 2026-11-22T12:00:00Z --zone UTC; }

import 0
said '2 marks added to redis://'
# Another machine.
run 0 env FACEATT_DB=none FACEATT_SPOOL="$work/b" faceatt-report --format csv --no-header --group 7a --day 2026-11-20
same "who of 7a was there" "101,John Salley" "$(cut -d, -f3,4 out)"
run 0 env FACEATT_DB=none FACEATT_SPOOL="$work/b" faceatt-mark-photo -n --format csv --no-header \
  --at 2026-11-21T09:00 "$johns/John_Salley/000183_02159543.jpg"
same "who is known there" 101 "$(cut -d, -f3 out)"
import 0
said '0 marks added to redis://'
run 0 faceatt-report --format csv --no-header
same "rows" 2 "$(wc -l <out)"

# Away: who is known cannot be asked, and nothing is done.
kill_redis store
printf 'ANA SILVA,2026-11-21,09:01\n' >>old/Attendance.csv
import 4
restart_redis store
import 0
said '1 mark added to redis://'
finish
