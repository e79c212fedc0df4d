#!/bin/bash
# A log that LibreOffice Calc opened and saved is read, marked in, checked and repaired. usage: spreadsheet.sh BIN_DIR
#
# What Calc 7.4 does to a log: a number loses its zeros (score 0.7000 becomes 0.7, id 007 becomes 7) and gets the decimal
# comma of the machine's language (0,7); an id like 1e05 becomes 100000 or 1.00E+05; a note TRUE becomes WAHR in German,
# a note 3/4 becomes 03/04/26; quotes go where none are needed, or stand round every text; cells are parted by what the
# user chooses. Dates and times stay: 2026-11-21 is a date to Calc, but keeps its form, and a time with an offset is
# text. A leading ' of a formula stays, too, and so do umlauts and CJK when the file is opened as UTF-8.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v soffice >/dev/null || {
  echo 'skipped: no LibreOffice Calc; scripts/setup --tests installs it'
  exit 0
}
marker=$bin/../tests/faceatt-log-stress

mkdir people
printf '%s\n' id,name 007,James s0,Ana s1,Bo s1001,Ann s1002,Li 王伟,王伟 1e05,Eve >people/roster.csv

cat >Attendance.csv <<'EOT'
date,time,id,name,session,status,source,score,liveness,note
2026-11-20,2026-11-20T08:59:58+01:00,s1001,"Müller, Ann ""Nia""",day,present,door,0.7000,live,
2026-11-20,2026-11-20T09:00:03+01:00,王伟,王伟,CS101,late,door,0.6512,unsure,'=1+1
2026-11-20,2026-11-20T09:10:00+01:00,s1002,Li,day,present,class.jpg,1.0000,off,3/4 sick
2026-11-20,2026-11-20T12:00:00+01:00,s1001,"Müller, Ann ""Nia""",day,out,door,0.7100,live,
2026-11-21,2026-11-21T00:30:00Z,s1002,Li,night,present,gate,0.8000,live,2026-11-21
2026-11-21,2026-11-21T10:00:00+01:00,s1001,"Müller, Ann ""Nia""",day,excused,manual:root,,,"doctor, 3/4"
2026-11-21,2026-11-21T08:59:58+01:00,s0,Ana,day,present,stress,,,
EOT

# calc FROM TO [FILTER [LANGUAGE]]: opens a file in Calc and saves it as the csv TO, see "Filter Options for CSV" in its
# help: separator, quote, 76 for UTF-8, first line, columns, language, quote every text, numbers as they are shown
calc() {
  local from=$1 to=$2 filter=${3:-44,34,76,1,,0,false,true} language=${4:-C.UTF-8}
  mkdir -p saved
  LC_ALL=$language timeout 300 soffice "-env:UserInstallation=file://$work/calc" --headless --infilter=CSV:44,34,76,1,,1033,false,true \
    --convert-to "csv:Text - txt - csv (StarCalc):$filter" --outdir saved "$from" >calc.log 2>&1 || true
  ok "Calc saves $from: $(tail -n 1 calc.log)" mv "saved/$(basename "${from%.*}").csv" "$to"
}
# What a report says of a log, but for the form of its scores.
report() {
  run 0 faceatt-report --format csv "$1"
  err_lines 0
  /usr/bin/python3 -c 'import csv, sys
for row in csv.DictReader(open("out", newline="")):
    row["score"] = row["score"] and "%.4f" % float(row["score"].replace(",", "."))
    print(list(row.values()))'
}
report Attendance.csv >wanted
ok 'rows in force' test "$(wc -l <wanted)" -ge 6

# saved NAME FINDING...: the log that Calc saved is used, checked and mended.
saved() {
  local name=$1 log=$1.csv findings
  shift
  report "$log" >is
  ok "$name: the same rows: $(diff wanted is | head -n 4)" cmp -s wanted is

  # s0 is there already, s1 is new.
  cp "$log" marked.csv
  run 0 "$marker" mark marked.csv s 2
  same "$name: rows after marking" $(($(wc -l <"$log") + 1)) "$(wc -l <marked.csv)"
  report marked.csv >is
  same "$name: s1 is marked" 1 "$(grep -c "'s1'" is)"

  cp "$log" mended.csv
  run 1 faceatt-mark --verify --format csv mended.csv
  findings=$(column finding | sort | paste -sd' ')
  same "$name: findings" "$*" "$findings"
  same "$name: nothing is for a person to see to" 0 "$(column repair | grep -c '^$')"
  run 1 faceatt-mark --repair -n mended.csv
  ok "$name: -n changes nothing" cmp -s "$log" mended.csv
  run 0 faceatt-mark --repair mended.csv
  ok "$name: the log is what it was before Calc" cmp -s Attendance.csv mended.csv
  ok "$name: a copy is kept" cmp -s "$log" mended.csv.before-repair-*
  rm mended.csv.before-repair-*
  run 0 faceatt-mark --verify mended.csv
  same "$name: clean" '' "$(cat out err)"
  run 0 faceatt-mark --repair mended.csv
  ok "$name: nothing to repair, nothing kept" test -z "$(ls mended.csv.* 2>/dev/null)"
}
export FACEATT_DB=$work/people

run 0 faceatt-mark --verify Attendance.csv
same 'clean before Calc' '' "$(cat out err)"

calc Attendance.csv comma.csv
saved comma score_form

timeout 300 soffice "-env:UserInstallation=file://$work/calc" --headless --infilter=CSV:44,34,76,1,,1033,false,true \
  --convert-to ods --outdir . Attendance.csv >calc.log 2>&1
calc Attendance.ods ods.csv
saved ods score_form

calc Attendance.csv german.csv 59,34,76,1,,1031,true,true de_DE.UTF-8
ok 'decimal commas' grep -q ';0,6512;' german.csv
saved german delimiter quoting score_form

# Ids that Calc takes for numbers are other ids afterwards, which only a person can put right.
cat >ids.csv <<'EOT'
date,time,id,name,session,status,source,score,liveness,note
2026-11-20,2026-11-20T08:59:58+01:00,007,James,day,present,door,0.7123,live,
2026-11-20,2026-11-20T08:59:59+01:00,1e05,Eve,day,present,door,0.7123,live,
EOT
cp ids.csv number.csv
calc number.csv cut.csv
run 1 faceatt-mark --verify cut.csv
same 'findings' 2 "$(wc -l <out)"
said_out() { ok "stdout says '$1', not '$(head -c 300 out)'" grep -qF -- "$1" out; }
said_out 'cut.csv:2: unknown id: nobody has the id 7; it may be 007, which a spreadsheet cut'
said_out 'cut.csv:3: number id: 1.00E+05 is how a spreadsheet writes a number; it may be 1e05, which a spreadsheet cut'
run 1 faceatt-mark --repair cut.csv
ok 'ids are not guessed' test -z "$(ls cut.csv.* 2>/dev/null)"

finish
