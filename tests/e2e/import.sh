#!/bin/bash
# Takes over what other programs leave: the pictures are enrolled and recognise people, the attendance is in the report;
# again, it adds nothing; the files stay as they were. usage: import.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
now="--now 2026-11-22T12:00:00Z"
photos_of() { find "$johns/$1" -name '*.jpg' | sort; }
digest() { find "$1" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; }
# twice OLD: imports OLD; again, it adds nothing and changes nothing.
twice() {
  local before
  before=$(digest "$1")
  faceatt-enroll -q $now --import "$1" >records 2>err </dev/null
  code=$?
  cp Attendance.csv once.csv
  find people -type f -not -path '*/.faceatt/*' | sort >once.people
  cp people/roster.csv once.roster 2>/dev/null || : >once.roster
  run $code faceatt-enroll -q $now --import "$1"
  ok "$1: no picture is enrolled twice" test -z "$(grep '  enrolled' out)"
  ok "$1: no row is added twice" cmp once.csv Attendance.csv
  same "$1: people" "$(cat once.people)" "$(find people -type f -not -path '*/.faceatt/*' | sort)"
  [[ ! -e people/roster.csv ]] || ok "$1: roster" cmp once.roster people/roster.csv
  same "$1 is as it was" "$before" "$(digest "$1")"
}
# marks: id,status of what the last photo of each john is marked as
recognised() {
  for john in "$johns"/*; do photos_of "$(basename "$john")" | tail -1; done |
    xargs faceatt-mark-photo -q -n --format csv --no-header --at 2026-11-21T09:00 | cut -d, -f3 | paste -sd' '
}
start() { rm -rf people Attendance.csv old; mkdir old; }

# A folder for each, encodings, no header, months first.
start
for john in "$johns"/*; do
  name=$(basename "$john")
  mkdir -p "old/dataset/${name//_/ }"
  n=0
  while read -r photo; do cp "$photo" "old/dataset/${name//_/ }/$((n += 1)).jpg"; done < <(photos_of "$name" | head -3)
done
echo x >old/encodings.pickle
printf 'John Simm,11/20/2026,8:59 AM\nJOHN_SALLEY,11/20/2026,9:01 AM\nunknown,11/20/2026,9:02 AM\n' >old/log.csv
twice old
ok "exit $code of dataset" test $code -le 3 # dlib's photos have one shot twice
same "dataset: who is recognised" "John_Salley John_Savage John_Schneider John_Shimkus John_Simm" "$(recognised)"
run 0 faceatt-report --by person --format csv --no-header
same "dataset: who was there" "John_Salley,John Salley,1 John_Simm,John Simm,1" "$(cut -d, -f1-3 out | grep ',1$' | paste -sd' ')"

# One picture each, shouted names, and a log in the folder where we are.
start
for john in "$johns"/*; do
  name=$(basename "$john")
  cp "$(photos_of "$name" | head -1)" "old/$(tr a-z_ 'A-Z ' <<<"$name").jpg"
done
printf 'Name,Time,Date\nJOHN SIMM,08:59:00,20/11/2026\nJOHN DOE,08:59:00,20/11/2026\n' >Attendance.csv
run 2 faceatt-enroll $now --import old Attendance.csv
said 'is one of the files to be taken over'
ok "nothing is enrolled when something is refused" test ! -e people
mv Attendance.csv old/
twice old
same "exit of flat" 0 $code
same "flat: who is recognised" "JOHN_SALLEY JOHN_SAVAGE JOHN_SCHNEIDER JOHN_SHIMKUS JOHN_SIMM" "$(recognised)"
run 0 faceatt-enroll $now --import old
said 'JOHN_DOE; their rows are kept'
# Who joins later under the same name has their old rows.
cp "$(photos_of John_Simm | sed -n 2p)" "old/JOHN DOE.jpg"
run 0 faceatt-enroll $now --import old --allow-duplicate
ok "John Doe has the id of the rows" test -d people/JOHN_DOE

# Grey faces cut out by a script around LBPH; names and ids from its table.
start
mkdir -p old/TrainingImage old/StudentDetails old/Attendance
n=0
for john in John_Salley John_Simm; do
  n=$((n + 1)) k=0
  while read -r photo; do
    make-photo "$photo" "old/TrainingImage/ ${john#John_}.$n.${n}01.$((k += 1)).jpg" --mode grey --filter crop=112:112:19:22
  done < <(photos_of $john)
done
printf 'SERIAL NO.,,ID,,NAME\r\n\r\n1,,101,,Salley\r\n\r\n2,,201,,Simm\r\n' >old/StudentDetails/StudentDetails.csv
printf 'Id,,Name,,Date,,Time\r\n\r\n'\''101'\'',,Salley,,20-11-2026,,08:59:00\r\n' >old/Attendance/Attendance_20-11-2026.csv
twice old
same "exit of LBPH (some faces are cut off)" 3 $code
same "LBPH: who is recognised" "101  201" "$(recognised | tr -s ' ' | sed 's/^ *//; s/ /  /; s/ *$//')"
grep -q '^2026-11-20,2026-11-20T08:59:00+00:00,101,Salley,day,present,import:Attendance_20-11-2026.csv,,,$' Attendance.csv
same "LBPH: the row" 0 $?

# Erasing reaches what was taken over.
run 0 faceatt-enroll --erase 101
ok "erased" test -z "$(grep -rl Salley people Attendance.csv)"
finish
