#!/bin/bash
# faceatt-mark-photo --inbox, killed at any moment, two at once, done on another file system: no photo and no mark is lost
# or there twice. usage: inbox.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# One photo of each of five people makes a day: every row that is to be in the log comes of exactly one photo.
for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  run 0 faceatt-enroll -q --allow-duplicate --id "$(basename "$john")" "${photos[@]:0:3}"
  mkdir -p usable
  cp "${photos[4]}" "usable/$(basename "$john").jpg"
done
run 0 faceatt-mark-photo --dry-run --format csv usable
column id | sort >ids
same "the photos are of" "$(ls people | sort)" "$(cat ids)"

# photos DAYS [BYTES]: days of photos in inbox/DAY, all different and so much longer, some below subfolders; what is to
# come of them: sums, rows.
photos() {
  local day john
  rm -rf inbox Attendance.csv rows sums
  for day in $(seq 1 "$1"); do
    day=$(date -d "2026-01-01 + $day days" +%F)
    mkdir -p "inbox/$day/room12"
    while read -r john; do
      if [[ $john == *m* ]]; then sub=room12/; else sub=; fi
      # After its end a JPEG may have anything.
      { cat "usable/$john.jpg" - && head -c "${2:-0}" /dev/zero; } <<<"$day" >"inbox/$day/$sub$john.jpg"
      echo "$day,$john,day" >>rows
    done <ids
  done
  sort -o rows rows
  sums_of inbox >sums
}
sums_of() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k2); }
# milliseconds since some time
now() { echo $(($(date +%s%N) / 1000000)); }
mark() { # mark DAY DONE
  exec faceatt-mark-photo -q --now "$1T09:00:00Z" --settle 0 --format csv --no-header --inbox "inbox/$1" --done "$2/$1"
}
# complete WHAT DONE: everything as it has to be in the end
complete() {
  same "$1: photos in done" "$(cat sums)" "$(sums_of "$2")"
  same "$1: left in the inbox" "" "$(find inbox -type f)"
  same "$1: rows" "$(cat rows)" "$(tail -n +2 Attendance.csv | cut -d, -f1,3,5 | sort)"
}

photos 2
(mark 2026-01-02 timed >out)
begun=$(now)
(mark 2026-01-03 timed >out)
once=$(($(now) - begun))
complete "undisturbed" timed

# killed DAYS DONE [BYTES]: every day until its inbox is empty; 40 % of the runs are two at once; killed after 0.2 to 1.2
# times what an undisturbed run takes.
killed() {
  local day pids tries kills=0
  photos "$1" "${3:-0}"
  : >err
  for day in inbox/*; do
    for tries in {1..100}; do
      [[ -n $(find "$day" -type f) ]] || break
      pids=()
      (mark "${day#*/}" "$2" >/dev/null 2>>err) & pids+=($!)
      if ((RANDOM % 5 < 2)); then (mark "${day#*/}" "$2" >/dev/null 2>>err) & pids+=($!); fi
      sleep "$((once / 5 + RANDOM % once))e-3"
      kill -KILL "${pids[@]}" 2>/dev/null && kills=$((kills + 1))
      wait "${pids[@]}" 2>/dev/null
    done
  done
  same "killed: messages" "" "$(cat err)"
  echo "inbox: $((5 * $1)) photos, killed $kills times, $once ms an undisturbed run"
  complete "killed, $2" "$2"
  ok "some were killed" [ "$kills" -gt 0 ]
}
killed "${FACEATT_TEST_DAYS:-40}" done

# On another file system a photo is copied.
if [[ -w /dev/shm && $(stat -c %d /dev/shm) != "$(stat -c %d .)" ]]; then
  shm=$(mktemp -d /dev/shm/faceatt-inbox-XXXXXX)
  trap 'rm -rf "$shm"; cleanup' EXIT
  killed 10 "$shm" 4000000
else
  echo "skipped: no /dev/shm beside the file system of $work"
fi

# Two at once, undisturbed: each photo is looked at by one of them.
photos 10
for day in inbox/*; do
  (mark "${day#*/}" both >one 2>err) & pids=($!)
  (mark "${day#*/}" both >two 2>>err) & pids+=($!)
  for pid in "${pids[@]}"; do
    wait "$pid"
    same "exit of two at once" 0 $?
  done
  same "two at once, photos of $day" "$(cat ids)" "$(cut -d, -f3 one two | sort)"
done
complete "two at once" both

# A signal stops it between two photos: what is marked is in done, what is not is in the inbox.
photos 1
(mark 2026-01-02 stopped >out 2>err) & pid=$!
for _ in {1..600}; do
  [[ -s Attendance.csv ]] && break
  sleep 0.05
done
kill -TERM "$pid"
wait "$pid"
code=$?
ok "exit after a signal is 143, or 0 when it came late, not $code" [ $((code % 143)) -eq 0 ]
same "stopped: marked and moved" "$(cut -d, -f7 Attendance.csv | tail -n +2 | sort)" \
  "$(find stopped -type f -printf '%f\n' | sort)"
(mark 2026-01-02 stopped >out 2>err)
complete "stopped, and on" stopped
finish
