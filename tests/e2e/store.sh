#!/bin/bash
# Attendance in a store: what waits when it is away, what comes of it, exports and imports, reports that follow.
# usage: store.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/store_servers.sh"
want_redis
unset FACEATT_STORE FACEATT_SPOOL

start_redis store
export FACEATT_STORE="redis://127.0.0.1:${redis_port[store]}/0"
# as MACHINE COMMAND...
as() {
  FACEATT_SPOOL=$work/spool-$1 FACEATT_LOG=none.csv "${@:2}"
}
report() { as reader faceatt-report --format csv --no-header "$@" | cut -d, -f2-8; }

# Two machines, one log.
as a run 0 faceatt-mark s1 s2 --allow-unknown --now 2026-11-21T08:00:00Z
same 'a mark' '2026-11-21  day  s1  present 2026-11-21  day  s2  present' "$(paste -sd' ' "$work/out" | sed 's/  *$//')"
as b run 0 faceatt-mark s1 --allow-unknown --now 2026-11-21T08:05:00Z
same 'another machine' '2026-11-21  day  s1  present already' "$(<"$work/out")"
ok 'no log is written beside the store' test ! -e none.csv
as b run 0 faceatt-mark s2 --status absent --note ill --allow-unknown --now 2026-11-21T09:00:00Z
as a run 0 faceatt-mark --undo s2 --allow-unknown --date 2026-11-21 --now 2026-11-21T09:30:00Z
same 'undone by another' '2026-11-21  day  s2  present  (undo), was absent' "$(<"$work/out")"
as a run 0 faceatt-mark --undo s2 --allow-unknown --date 2026-11-21 --now 2026-11-21T09:31:00Z
as b run 3 faceatt-mark --undo s2 --allow-unknown --date 2026-11-21 --now 2026-11-21T09:32:00Z
said 's2: no correction on 2026-11-21 to undo'

# The store goes away.
stop_redis store
as a run 0 faceatt-mark s3 s1 --allow-unknown --now 2026-11-21T10:00:00Z
said "the store cannot be used: 127.0.0.1:${redis_port[store]}: Connection refused; marks are kept in $work/spool-a/"
same 'a mark that waits' 's3 new waits here' \
  "$(as a faceatt-mark s3 --status late --allow-unknown --now 2026-11-21T10:00:30Z --format jsonl 2>/dev/null |
    jq -r '"\(.id) \(.marked) \(.reason[:10])"')"
ok 'who was marked here before is known' grep -q '  s1  present already' "$work/out"
as b run 0 faceatt-mark s3 --allow-unknown --now 2026-11-21T09:59:00Z
same 'files that only their owner reads' '700 600' \
  "$(stat -c %a "$work"/spool-a/* "$work"/spool-a/*/marks.csv | paste -sd' ')"
as reader run 4 faceatt-report
said 'Connection refused'
as a run 4 faceatt-mark --send
restart_redis store
as reader run 0 faceatt-report --export - --now 2026-11-21T12:00:00Z
as a run 0 faceatt-mark --send
said '2 marks that waited are in the store now'
as b run 0 faceatt-mark --send
same 'corrections count in the order in which they come to the store' present "$(report --person s3 | cut -d, -f5)"
as a run 0 faceatt-mark --send
said_nothing() { ok "$1" test ! -s "$work/err"; }
said_nothing 'nothing is sent twice'

# A camera that was cut off marked somebody before another one did.
cat >early.csv <<'CSV'
date,time,id,name,session,status,source,score,liveness,note
2026-11-22,2026-11-22T09:20:00+00:00,s9,Zoe,day,late,hall,0.7,live,20 min late
CSV
as reader run 0 faceatt-report --import early.csv
same 'an import' 'early.csv: 1 row added, 0 there already' "$(<"$work/out")"
spool=$(echo "$work"/spool-a/*/marks.csv)
cp "$spool" before
echo 'u1,,,2026-11-22,2026-11-22T08:59:00+00:00,s9,Zoe,day,present,door,0.8,live,' >>"$spool"
as a run 0 faceatt-mark --send
same 'the earlier mark counts' '2026-11-22T08:59:00+00:00,s9,Zoe,day,present,door,0.8' "$(report --person s9)"
echo 'u2,,,2026-11-22,2026-11-22T09:40:00+00:00,s9,Zoe,day,late,door,0.8,live,' >>"$spool"
as a run 0 faceatt-mark --send
same 'a later one does not' '2026-11-22T08:59:00+00:00,s9,Zoe,day,present,door,0.8' "$(report --person s9)"
same 'one row of them' 1 "$(as reader faceatt-report --export - | grep -c s9)"

# Half a line that a crash left in the spool, and nonsense.
printf 'u3,,,2026-11-22,2026-11-22T10:00:00+00:00,torn' >>"$spool"
as a run 0 faceatt-mark s10 --allow-unknown --now 2026-11-22T11:00:00Z
ok 'the torn line is gone' bash -c "! grep -q torn '$spool'"
printf '%s\n' 'u4,,,2026-1x-22,2026-11-22T10:00:00+00:00,s12,Tim,day,present,door,,,' \
  'u5,,,2026-11-22,2026-11-22T10:00:00+00:00,s13,Tom,day,present,door,,,' >>"$spool"
as a run 0 faceatt-mark --send
said '1 line is damaged, kept in'
ok 'a damaged line is kept' grep -q '2026-1x-22' "$spool.damaged"
ok 'the line after it came' grep -q s13 <(as reader faceatt-report --export -)
# A dry run sends nothing, and a server of before yesterday's marks may lose them, too.
echo 'u6,,,2026-11-20,2026-11-20T10:00:00+00:00,s14,Kim,day,present,door,,,' >>"$spool"
as a run 0 faceatt-mark s15 --allow-unknown -n
ok 'a dry run sends nothing' grep -q '^u6,,' "$spool"
as a run 0 faceatt-mark --send
kill_redis store
rm -rf "$work/redis-store/appendonlydir"
restart_redis store
as a run 0 faceatt-mark --send
as b run 0 faceatt-mark --send
ok 'an old mark that was sent today is sent again' grep -q s14 <(as reader faceatt-report --export -)
# What stands for somebody is gone, as a server leaves it that throws keys away.
redis store hset 'faceatt:{main}:keys:2026-11-22' $'day\ns16' 1-1 >/dev/null
echo 'u7,,,2026-11-22,2026-11-22T10:00:00+00:00,s16,Pia,day,present,door,,,' >>"$spool"
as a run 0 timeout 20 faceatt-mark --send
ok 'they are marked anew' grep -q s16 <(as reader faceatt-report --export -)
as a run 0 faceatt-mark s11 --allow-unknown --now 2026-11-22T11:00:00Z

# A mistyped address: what waits for it is not forgotten.
FACEATT_STORE="redis://127.0.0.1:1/0" as a run 0 faceatt-mark s17 --allow-unknown --date 2026-11-22
as a run 0 faceatt-mark --send
said '1 mark waits for another address of this site in'
lost=$(sed -n 's/.*--import \(.*\), and then.*/\1/p' err)
as a run 0 faceatt-report --import "$lost"
rm "$lost"
as a run 0 faceatt-mark --send
said_nothing 'they are in this store now'
ok 'and not lost' grep -q s17 <(as reader faceatt-report --export -)

# Export and import, either way.
as reader run 0 faceatt-report --export all.csv
ok 'an export is private' test "$(stat -c %a all.csv)" = 600
as reader run 2 faceatt-report --export all.csv
said '--export all.csv: is there already; --overwrite replaces it'
as reader run 0 faceatt-report --export all.csv --overwrite
FACEATT_STORE+='?site=other'
as reader run 0 faceatt-report --import all.csv
as reader run 0 faceatt-report --export again.csv
ok 'a log comes back byte for byte' cmp all.csv again.csv
as reader run 0 faceatt-report --import all.csv
same 'twice is once' "all.csv: 0 rows added, $(($(wc -l <all.csv) - 1)) there already" "$(<"$work/out")"
as reader run 0 faceatt-report --export 'month-%Y-%m.csv'
ok 'a file for each month' cmp all.csv month-2026-11.csv
cat >odd.csv <<'CSV'
date,time,id,name,session,status,source,score,liveness,note,teacher
2026-11-21,2026-11-21T08:00:00+00:00,s1,Ana,day,late,elsewhere,,,,Smith
nonsense
2026-11-23,2026-11-23T08:00:00+00:00,=s7,Eve,"=a, b",present,door,,,"says ""hello""",
2026-11-23,2026-11-23T08:00:00+00:00,s7,Eve,day,present,door,,,,
2026-11-23,2026-11-23T08:01:00+00:00,s7,Eve,day,present,hall,,,,
CSV
as reader run 3 faceatt-report --import odd.csv
said "odd.csv: the column 'teacher' is not taken along"
said 'odd.csv:3: not an attendance row; left out'
said 'day of s1 on 2026-11-21: the store has another mark of them; left out'
same 'what there was in it' 'odd.csv: 3 rows added, 0 there already' "$(<"$work/out")"
same 'the first of two is in force' '2026-11-23T08:00:00+00:00' "$(report --person s7 | cut -d, -f1)"
as reader run 2 faceatt-report --export x.csv --import y.csv
FACEATT_STORE='' as reader run 2 faceatt-report --export x.csv
said '--export and --import go with --store'
as a run 2 faceatt-mark --verify
as reader run 4 faceatt-report --import missing.csv
said 'missing.csv: No such file or directory'

# A program that follows the log, also through a restart of the store.
as reader faceatt-report --follow --format jsonl >follow 2>follow-err &
follower=$!
until_true 10 grep -q s9 follow || fail 'what is there'
as a faceatt-mark s20 --allow-unknown --date 2026-11-24 >/dev/null
ok 'a row comes' until_true 5 grep -q s20 follow
kill_redis store
ok 'it says that the store is away' until_true 5 grep -q 'the store is away' follow-err
restart_redis store
as a faceatt-mark s21 --allow-unknown --date 2026-11-24 >/dev/null
ok 'rows come again' until_true 5 grep -q s21 follow
ok 'it says that the store is back' grep -q 'the store is back' follow-err
kill -TERM "$follower"
wait "$follower"
same 'stopped by a signal' 143 $?
same 'each row once' '' "$(sort follow | uniq -d)"

# Another server took the place of the store and gave it back, all while nobody here talked to either: it is the process
# that took the mark, but its data are another's.
start_redis one
start_redis two
FACEATT_STORE="redis://127.0.0.1:${redis_port[one]}/0"
is_copy() { [[ $(redis one INFO replication) == *master_link_status:up* ]]; }
as c run 0 faceatt-mark s18 --allow-unknown --date 2026-11-22
redis one REPLICAOF 127.0.0.1 "${redis_port[two]}" >/dev/null
ok 'a copy of the other one' until_true 20 is_copy
redis one REPLICAOF NO ONE >/dev/null
as reader run 1 faceatt-report --export -
same 'the mark is lost there' 0 "$(grep -c s18 out)"
as c run 0 faceatt-mark --send
as reader run 0 faceatt-report --export -
same 'and is sent again' 1 "$(grep -c s18 out)"

# Somebody is erased: in the log of the store, and in rows that wait on other machines.
FACEATT_STORE="redis://127.0.0.1:${redis_port[store]}/0?site=erasure"
for machine in a b; do as $machine faceatt-mark anna ben --allow-unknown --date 2026-11-24 --note 'anna, late bus' >/dev/null; done
pause_redis store
sleep 0.2
as b run 0 faceatt-mark anna --allow-unknown --date 2026-11-25 --status late
resume_redis store
sleep 1.1
as eraser run 0 faceatt-enroll --erase anna --db nobody
ok 'nobody is left in the log' bash -c "! faceatt-report --spool '$work/x' --export - | grep -qi anna"
same 'the counts are right' 2 "$(as reader faceatt-report --export - | grep -c 2026-11-24)"
as b run 0 faceatt-mark --send
as a run 0 faceatt-mark --send
same 'what waited came without the name' 1 "$(as reader faceatt-report --export - | grep -c '2026-11-25.*erased-')"
ok 'nobody is left in the spools' bash -c "! grep -rqi anna '$work/spool-a' '$work/spool-b'"
ok 'nor anywhere in the store' bash -c "! redis-cli -p ${redis_port[store]} xrange 'faceatt:{erasure}:log' - + | grep -qi anna"
as reader run 1 faceatt-report --person anna

# What a server should not be.
redis store config set maxmemory-policy allkeys-lru >/dev/null
as a run 0 faceatt-mark s22 --allow-unknown
said 'the server drops keys when its memory is full (maxmemory-policy allkeys-*)'
redis store config set maxmemory-policy noeviction >/dev/null
redis store config set requirepass secret >/dev/null
as a run 4 faceatt-mark s23 --allow-unknown
said 'wants a password'
FACEATT_STORE="redis://:wrong-secret@127.0.0.1:${redis_port[store]}/0" as a run 4 faceatt-mark s23 --allow-unknown
said 'user or password is wrong'
ok 'no password in messages' bash -c "! grep -q secret '$work/err'"
FACEATT_STORE="redis://:secret@127.0.0.1:${redis_port[store]}/0" as a run 0 faceatt-mark s23 --allow-unknown
FACEATT_STORE="redis://:secret@127.0.0.1:${redis_port[store]}/0" as a run 0 faceatt-mark --print-config
ok 'nor in --print-config' bash -c "! grep -q secret '$work/out'"
finish
