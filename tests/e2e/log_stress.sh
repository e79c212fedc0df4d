#!/bin/bash
# The attendance log under many writers, with corrections, chains and monthly files, kill -9, a full disk and missing permissions.
# usage: log_stress.sh BIN_DIR HELPER   (HELPER is faceatt-log-stress; FACEATT_STRESS_ROUNDS sets the rounds of kill -9)
set -euo pipefail
export LC_ALL=C

bin=$(realpath "$1")
helper=$(realpath "${2:-$1/../tests/faceatt-log-stress}")
self=$(realpath "${BASH_SOURCE[0]}")
rounds=${FACEATT_STRESS_ROUNDS:-300}

if [[ ${FACEATT_STRESS_FOLDER-} ]]; then
  work=$FACEATT_STRESS_FOLDER # called by itself, see below
else
  work=$(mktemp -d)
  chmod 755 "$work"
  cleanup() {
    umount "$work/disk" 2>/dev/null || true
    chmod -R u+w "$work"
    rm -rf "$work"
  }
  trap cleanup EXIT
fi

die() {
  echo "FAILED: $*" >&2
  for f in out err; do
    [[ ! -s $work/$f ]] || sed "s/^/    $f: /" "$work/$f" >&2
  done
  exit 1
}
# mark WANTED_EXIT_CODE FILE PREFIX N: what is said goes to $work/out and $work/err
mark() {
  local wanted=$1 code=0
  shift
  "${as[@]}" "$marker" mark "$@" >"$work/out" 2>"$work/err" || code=$?
  [[ $code -eq $wanted ]] || die "mark $*: exit code $code, wanted $wanted"
  if [[ $wanted -eq 0 ]]; then
    [[ ! -s $work/err ]] || die "mark $*: complains"
  else
    [[ $(wc -l <"$work/err") -eq 1 ]] || die "mark $*: not one line"
    grep -qF "$1: $reason" "$work/err" || die "mark $*: does not say '$1: $reason'"
  fi
}
# rows FILE WANTED: the report lists that many rows and has nothing to complain about
rows() {
  local n
  n=$("$bin/faceatt-report" --no-header --format csv "$1" 2>"$work/err" | wc -l) || true
  [[ ! -s $work/err ]] || die "the report complains about $1"
  [[ $n -eq $2 ]] || die "$1 has $n rows, wanted $2"
}
same() { cmp -s "$1" "$2" || die "$2 is not what it was"; }
as=()
marker=$helper

full_disk() {
  mkdir -p "$work/disk"
  mount -t tmpfs -o size=64k,mode=777 tmpfs "$work/disk" 2>/dev/null || return 1
  local log=$work/disk/Attendance.csv reason='No space left on device'
  mark 4 "$log" a 100000
  local acknowledged
  acknowledged=$(wc -l <"$work/out")
  [[ $acknowledged -gt 100 ]] || die "only $acknowledged rows on a disk of 64 KB"
  rows "$log" "$acknowledged" # all of them, and nothing half written
  cp "$log" "$work/before"
  mark 4 "$log" b 1
  mark 4 "$log" "$(printf 'c%.0s' {1..90})" 1
  same "$work/before" "$log"
  mark 0 "$log" a 10 # these are there; nothing is written
  same "$work/before" "$log"

  # A full disk without a log.
  mv "$log" "$work/log"
  head -c 65536 /dev/zero >"$work/disk/filler" 2>/dev/null || true
  mark 4 "$log" a 1
  [[ ! -s $log ]] || die "something was written on a full disk"

  # Space again: marking goes on where it was.
  rm -f "$work/disk/filler" "$log"
  head -c 40000 "$work/log" >"$log" # torn in the middle of a line, most likely
  "$marker" mark "$log" d 5 >"$work/out" 2>"$work/err" || die 'marking does not go on'
  [[ $(wc -l <"$work/err") -le 1 ]] || die 'more than one line about one torn line'
  mark 0 "$log" e 5
  rows "$log" "$(($(wc -l <"$log") - 1))"
  grep -q ',d4,' "$log" || die 'marking did not go on'
  head -c 39000 "$log" | cmp -s - <(head -c 39000 "$work/log") || die 'what was there has changed'
  umount "$work/disk"
  echo 'full disk: one line, exit 4, nothing changed, goes on when there is space'
}

read_only() {
  # Permission bits do not stop root, so root marks as nobody, with a copy of the program that nobody can reach.
  if [[ $(id -u) -eq 0 ]]; then
    command -v setpriv >/dev/null || {
      echo 'read-only: skipped, root without setpriv'
      return
    }
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    cp "$helper" "$work/helper"
    chmod 755 "$work/helper"
    marker=$work/helper
  fi
  local folder=$work/readonly reason='Permission denied'
  mkdir "$folder"
  local log=$folder/Attendance.csv
  "$helper" mark "$log" a 20 >/dev/null
  cp "$log" "$work/before"
  chmod 444 "$log"
  chmod 755 "$folder"
  mark 4 "$log" b 1
  same "$work/before" "$log"

  chmod 666 "$log"
  chmod 555 "$folder"
  mark 4 "$folder/other.csv" b 1
  [[ ! -e $folder/other.csv ]] || die 'a file in a read-only folder'
  mark 0 "$log" b 1 # the folder need not be writable to append
  rows "$log" 21
  as=()
  marker=$helper
  echo 'read-only: one line, exit 4, nothing changed'
}

if [[ ${FACEATT_STRESS_FOLDER-} ]]; then
  full_disk
  exit
fi

"$helper" race "$work/race.csv" 5
rows "$work/race.csv" 200

"$helper" erase "$work/erase.csv"
rows "$work/erase.csv" 1500

mkdir "$work/mix"
SECONDS=0
"$helper" mix "$work/mix" 10000
echo "mix: $SECONDS s"
for log in "$work"/mix/*.csv; do
  "$bin/faceatt-report" -q "$log" >/dev/null 2>"$work/err" || die "the report cannot read $log"
  [[ ! -s $work/err ]] || die "the report complains about $log"
  "$bin/faceatt-mark" --db /nowhere --verify --format csv --no-header "$log" >"$work/out" 2>"$work/err" || true
  [[ ! -s $work/out && ! -s $work/err ]] || die "--verify complains about $log"
done

mkdir "$work/kill"
SECONDS=0
"$helper" kill "$work/kill" "$rounds"
echo "kill: $SECONDS s"
for log in "$work"/kill/*.csv; do
  [[ ! -s $log ]] || rows "$log" "$(($(wc -l <"$log") - 1))"
done

if [[ $(id -u) -ne 0 ]] || ! full_disk; then
  mkdir -p "$work/disk"
  if unshare -rm true 2>/dev/null; then
    FACEATT_STRESS_FOLDER=$work unshare -rm bash "$self" "$bin" "$helper" ||
      die 'full disk, in a namespace'
  else
    echo 'full disk: skipped, no permission to mount a tmpfs'
  fi
fi
read_only
