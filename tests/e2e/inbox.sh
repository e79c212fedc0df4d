#!/bin/bash
# faceatt-mark-photo --inbox, killed at any moment, two at once, done on another file system: no photo and no mark is lost
# or there twice. usage: inbox.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Five people, a photo of each on every day: every row that is to be in the log comes of exactly one photo.
for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  run 0 faceatt-enroll -q --allow-duplicate --id "$(basename "$john")" "${photos[@]:0:3}"
  mkdir -p usable
  cp "${photos[4]}" "usable/$(basename "$john").jpg"
done
run 0 faceatt-mark-photo --dry-run --format csv usable
column id | sort >ids
same "the photos are of" "$(ls people | sort)" "$(cat ids)"

# photos DAYS [BYTES]: the photos of so many days in inbox, all different and so much longer, some in subfolders, in
# sums what they are, in rows what is to come of them.
photos() {
  local day john
  rm -rf inbox done Attendance.csv rows sums
  for day in $(seq 1 "$1"); do
    day=$(date -d "2020-01-01 + $day days" +%F)
    mkdir -p inbox/room12
    while read -r john; do
      if [[ $john == *m* ]]; then file=room12/$day-$john.jpg; else file=$day-$john.jpg; fi
      # After its end a JPEG may have anything.
      { cat "usable/$john.jpg" - && head -c "${2:-0}" /dev/zero; } <<<"$day" >"inbox/$file"
      touch -d "$day 08:00" "inbox/$file"
      echo "$day,$john,day" >>rows
    done <ids
  done
  sort -o rows rows
  sums_of inbox >sums
}
sums_of() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k2); }
# milliseconds since some time
now() { echo $(($(date +%s%N) / 1000000)); }
mark() { exec faceatt-mark-photo -q --settle 0 --format csv --no-header --inbox inbox --done "$1"; }
# complete WHAT DONE: everything as it has to be in the end
complete() {
  sums_of "$2" >sums_now
  tail -n +2 Attendance.csv | cut -d, -f1,3,5 | sort >rows_now
  same "$1: photos in done" "" "$(diff sums sums_now | head -5)"
  same "$1: left in the inbox" "" "$(find inbox -type f | head -5)"
  same "$1: rows" "" "$(diff rows rows_now | head -5)"
}

photos 1
begun=$(now)
(mark timed >out)
once=$(($(now) - begun))  # milliseconds of a run with five photos, most of them for its start
complete "undisturbed" timed

# killed DAYS DONE MOST [BYTES]: until the inbox is empty; 40 % of the runs are two at once; killed after half of `once` to
# MOST times that.
killed() {
  local pids tries kills=0 begun
  photos "$1" "${4:-0}"
  : >err
  begun=$(now)
  for tries in {1..500}; do
    [[ -n $(find inbox -type f) ]] || break
    pids=()
    (mark "$2" >/dev/null 2>>err) & pids+=($!)
    if ((RANDOM % 5 < 2)); then (mark "$2" >/dev/null 2>>err) & pids+=($!); fi
    sleep "$((once / 2 + RANDOM % (once * $3)))e-3"
    kill -KILL "${pids[@]}" 2>/dev/null && kills=$((kills + 1))
    wait "${pids[@]}" 2>/dev/null
  done
  same "killed: messages" "" "$(head -3 err)"
  echo "inbox: $((5 * $1)) photos, killed $kills times in $((($(now) - begun) / 1000)) s"
  complete "killed, $2" "$2"
  all_kills=$((all_kills + kills))
}
all_kills=0
days=${FACEATT_TEST_DAYS:-40}
killed "$days" done 4
killed "$days" done 1

# On another file system a photo is copied.
if [[ -w /dev/shm && $(stat -c %d /dev/shm) != "$(stat -c %d .)" ]]; then
  shm=$(mktemp -d /dev/shm/faceatt-inbox-XXXXXX)
  trap 'rm -rf "$shm"; cleanup' EXIT
  killed 10 "$shm" 1 4000000
else
  echo "skipped: no /dev/shm beside the file system of $work"
fi

ok "killed often enough: $all_kills times" [ "$all_kills" -ge 5 ]

# Two at once, undisturbed: each photo is looked at by one of them.
photos 10
(mark both >one 2>err) & pids=($!)
(mark both >two 2>>err) & pids+=($!)
for pid in "${pids[@]}"; do
  wait "$pid"
  same "exit of two at once" 0 $?
done
cut -d, -f1 one two | sort >looked
same "two at once: each photo by one" "" "$(find inbox both -type f | sed 's/^both/inbox/' | sort | diff looked - | head -5)"
complete "two at once" both

# A signal stops it between two photos: what is marked is in done, what is not is in the inbox.
photos 10
(mark stopped >out 2>err) & pid=$!
for _ in {1..600}; do
  [[ -s Attendance.csv ]] && break
  sleep 0.05
done
kill -TERM "$pid"
wait "$pid"
same "exit after a signal" 143 $?
same "stopped: marked and moved" "$(cut -d, -f7 Attendance.csv | tail -n +2 | sort)" \
  "$(find stopped -type f -printf '%f\n' | sort)"
ok "stopped before all was done" [ -n "$(find inbox -type f)" ]
(mark stopped >out 2>err)
complete "stopped, and on" stopped
finish
