#!/bin/bash
# Several machines with one store: who is enrolled, removed or erased on one is so on all, also on those that were away.
# A machine is a people folder, or none, and a spool of its own.
# usage: store_people.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/store_servers.sh"
want_redis

salley=$johns/John_Salley simm=$johns/John_Simm savage=$johns/John_Savage
one() { find "$1" -name '*.jpg' | sort | sed -n "${2}p"; }
start_redis store --requirepass secret
port=${redis_port[store]}
start_store() { restart_redis store; }
stop_store() { kill_redis store; }
clock=
watch=0 camera=0
trap 'kill -KILL $camera $watch 2>/dev/null; end_stores; cleanup' EXIT
url=redis://:secret@127.0.0.1:$port
export FACEATT_STORE=$url
store() { redis-cli -p "$port" -a secret --no-auth-warning "$@"; }
a() { FACEATT_DB=a FACEATT_SPOOL=spool-a "$@"; }
b() { FACEATT_DB=none FACEATT_SPOOL=spool-b "$@"; }
# soon SECONDS WHAT COMMAND...: the command succeeds within this time.
soon() {
  local until what=$2
  until=$(($(date +%s%N) + $1 * 1000000000))
  shift 2
  while ! "$@" 2>/dev/null; do
    [[ $(date +%s%N) -lt $until ]] || {
      fail "$what: $(tail -n 3 err-b)"
      return
    }
    sleep 0.05
  done
  passed=$((passed + 1))
}
logged() { [[ $(grep -cE "$2" "$1") -ge $3 ]]; }
watched() {
  # Emptied here: the program's own shell may do so only when what the last run left has been looked at.
  : >events
  : >err-b
  # Not a function in the background: that would be a shell of which the program is a child.
  FACEATT_DB=none FACEATT_SPOOL=spool-b $clock faceatt-watch -v --dry-run --store "$url" --liveness off --format csv "http://127.0.0.1:$((port + 1))/" >events 2>err-b &
  watch=$!
}
unwatch() {
  kill -TERM $watch
  wait $watch
  same "exit of faceatt-watch" 143 $?
}

# With nobody known, and no store: what there is to say is said.
b run 4 faceatt-mark-photo --store "redis://:secret@127.0.0.1:1" "$(one "$simm" 1)"
err_lines 1
said 'has no people of it in'
ok "no password" bash -c '! grep -q secret err'

a run 0 faceatt-enroll --id salley "$(one "$salley" 1)" "$(one "$salley" 2)"
b run 0 faceatt-mark-photo -n --format csv "$(one "$salley" 3)"
same "known on another machine" salley "$(column id)"
ok "there is a snapshot, for its owner only" test "$(stat -c %a spool-b/main-*/people.cbor)" = 600
ok "and a folder, likewise" test "$(stat -c %a spool-b/main-*)" = 700

# A camera that sees somebody who is not enrolled yet.
ffmpeg -v error -y -f lavfi -i color=gray:s=640x450:r=10:d=4 -loop 1 -t 4 -i "$(one "$simm" 3)" \
  -filter_complex "[1]scale=220:-1,setsar=1[f];[0][f]overlay=x=100+30*t:y=80:shortest=1" -r 10 -c:v mpeg4 -q:v 3 simm.mp4
/usr/bin/python3 "$here/mjpeg_server.py" $((port + 1)) simm.mp4 --fps 10 &
camera=$!
disown $camera
sleep 0.5
watched
soon 30 "started" logged err-b 'people, threshold' 1
ok "ps shows no password" bash -c "! tr '\\0' ' ' </proc/$watch/cmdline | grep -q secret"
a run 0 faceatt-enroll -n --id simm "$(one "$simm" 1)"
same "a dry run publishes nothing" 1 "$(store hlen 'faceatt:{main}:people')"
a run 0 faceatt-enroll --id simm "$(one "$simm" 1)" "$(one "$simm" 2)"
soon 2 "enrolled on one machine, in force on the other" logged err-b 'people changed: 2 people' 1
soon 30 "recognised" logged events ',mark,.*,simm,' 1
a run 0 faceatt-enroll --remove simm
soon 2 "removed on one machine, and on the other" logged err-b 'people changed: 1 people' 1
ok "not in the snapshot" bash -c '! grep -q simm spool-b/main-*/people.cbor'

# The store goes: the door goes on. What happened meanwhile is in force when it is back.
a run 0 faceatt-enroll --id simm "$(one "$simm" 1)" "$(one "$simm" 2)"
soon 2 "enrolled again" logged err-b 'people changed: 2 people' 2
stop_store
soon 10 "a warning" logged err-b 'going on with the people known so far' 1
ok "still running" kill -0 $watch
a run 3 faceatt-enroll --id savage "$(one "$savage" 1)"
said 'enrolled here; not published: '
b run 0 faceatt-mark-photo -n --format csv "$(one "$salley" 3)"
same "known without the store" salley "$(column id)"
said 'going on with the people as of '
unwatch
watched # without the store, out of the snapshot
soon 30 "recognised out of the snapshot" logged events ',mark,.*,simm,' 1
same "warnings" 1 "$(grep -c 'warning:.*people' err-b)"
start_store
soon 5 "back" logged err-b 'the store is back' 1
a run 0 faceatt-enroll --publish
soon 2 "published later" logged err-b 'people changed: 3 people' 1

# Two programs of one machine both have to forget.
FACEATT_DB=none FACEATT_SPOOL=spool-b faceatt-watch --dry-run --store "$url" --liveness off "http://127.0.0.1:$((port + 1))/" >/dev/null 2>&1 &
second=$!
soon 10 "a second program" bash -c "redis-cli -p $port -a secret --no-auth-warning hkeys 'faceatt:{main}:machines' | grep -q '(2)'"
a run 0 faceatt-enroll --erase savage
same "both have forgotten" 2 "$(grep -c 'savage: forgotten by ' err)"
kill -TERM $second
wait $second
same "one name is left" 1 "$(store hlen 'faceatt:{main}:machines')"
a run 0 faceatt-enroll --id savage "$(one "$savage" 1)"

# Two people folders know the same person; one of the photos is the same.
mkdir -p c/salley
cp "$(one "$salley" 2)" "$(one "$salley" 4)" c/salley
printf 'id,name,groups\nsalley,John Salley,7b;staff\nnina,Nina,7b\n' >c/roster.csv
FACEATT_DB=c run 0 faceatt-enroll --publish --with-photos
b run 0 faceatt-enroll --list --format csv
same "joined" "nina 0 salley 3 savage 1 simm 2" "$(cut -d, -f1,4 out | tail -n +2 | tr '\n,' '  ' | xargs)"
ok "name and groups" grep -q '^salley,John Salley,7b;staff,3,3' out
same "photos in the store" 2 "$(store hlen 'faceatt:{main}:photos')"
# Another model reads the photos that are there, and says how many are not.
b run 0 faceatt-enroll --list --detector hog --format csv
ok "no encoding of it yet" grep -q '^salley,.*,3,0' out
b run 0 faceatt-mark-photo --detector hog -n --format csv "$(one "$salley" 3)"
same "known to another model" salley "$(column id)"
said ' have no encoding of this model, as in '
b run 0 faceatt-enroll --list --detector hog --format csv
ok "encodings of it are there now" grep -q '^salley,.*,3,2' out

# Gone from a folder: named, then removed.
rm -r c/salley/"$(basename "$(one "$salley" 4)")"
sed -i /nina/d c/roster.csv
FACEATT_DB=c run 0 faceatt-enroll --publish
said 'nina: is in the store from this people folder, and not in it any more'
same "photos in the store" 1 "$(store hlen 'faceatt:{main}:photos')"
FACEATT_DB=c run 0 faceatt-enroll --publish --prune --format csv
same "pruned" "nina removed" "$(tail -n +2 out | cut -d, -f2,4 | tr , ' ')"

# Somebody else's face, enrolled elsewhere.
FACEATT_DB=d run 3 faceatt-enroll --id other "$(one "$salley" 5)"
said 'this face is enrolled as salley'
FACEATT_DB=c run 0 faceatt-enroll --rename salley john
b run 0 faceatt-enroll --list --format csv
ok "renamed for all" grep -q '^john,John Salley,7b;staff,2,2' out
ok "not under the old id" bash -c '! grep -q ^salley out'

# Erased: from the store, its stream of changes, and the snapshots of the machines that are there.
a run 3 faceatt-enroll --erase john
said 'has photos of it; erase it there, too'
mkdir -p e/simm && cp "$(one "$simm" 1)" e/simm
sleep 1.1
a run 0 faceatt-enroll --erase simm
said 'simm: forgotten by '
ok "in force" logged err-b 'people changed: 1 people' 1
: >dump
for key in people photos changes machines; do store --no-raw dump "faceatt:{main}:$key" >>dump; done
ok "no id in the store" bash -c '! grep -qE "simm|john" dump'
ok "nor in the snapshot" bash -c '! grep -qE simm spool-b/main-*/people.cbor'
same "nothing else was said" "" "$(grep -aE 'warning' err-b | grep -vE 'going on with|marks are kept')"

# Just started, a machine is waited for already.
a run 0 faceatt-enroll --id simm "$(one "$simm" 1)" "$(one "$simm" 2)"
unwatch
watched
soon 30 "started" logged err-b 'people, threshold' 1
sleep 0.3
same "it says so at once" 1 "$(store hvals 'faceatt:{main}:machines' | grep -c '"stopped":false')"
a run 0 faceatt-enroll --erase simm
unwatch

# A machine whose marks cannot be rewritten has not forgotten them, and says so to nobody; but it knows them no more.
a run 0 faceatt-enroll --id simm "$(one "$simm" 1)" "$(one "$simm" 2)"
watched
soon 30 "recognised" logged events ',mark,.*,simm,' 1
rm -f spool-b/main-*/marks.csv
mkdir "$(echo spool-b/main-*)/marks.csv"
a run 3 faceatt-enroll --erase simm
said ' has not been heard of since '
soon 5 "the gallery is in force all the same" logged err-b 'people changed: 1 people' 1
soon 5 "a warning" logged err-b 'marks of people who were erased are still there' 1
marked=$(grep -c ',mark,.*,simm,' events)
sleep 2
same "marked no more" "$marked" "$(grep -c ',mark,.*,simm,' events)"
same "warned once" 1 "$(grep -c 'are still there' err-b)"
last=$(store xrevrange 'faceatt:{main}:changes' + - count 1 | head -n 1)
has_applied() { store hvals 'faceatt:{main}:machines' | grep -q "\"applied\":\"$last\".*\"stopped\":false"; }
same "not acknowledged" no "$(has_applied && echo yes || echo no)"
rmdir spool-b/main-*/marks.csv
soon 5 "acknowledged" has_applied
unwatch

# A machine that is away while somebody is erased.
a run 3 faceatt-enroll --erase savage
said 'has not been heard of since'
a run 3 faceatt-enroll --erase savage
said 'has not been heard of since'
b faceatt-mark-photo -n "$(one "$savage" 2)" >/dev/null 2>&1
ok "forgotten on its return" bash -c '! grep -qE savage spool-b/main-*/people.cbor'
a run 0 faceatt-enroll --erase savage # proof, later
said 'savage: forgotten by '
said "savage: was erased on $(date +%F); nothing is left in the store"
a run 3 faceatt-enroll --erase nobody
said "nobody: nobody of this id is or was in redis://127.0.0.1:$port"

# A door goes on marking until it has forgotten them: what it marked goes, too.
a run 0 faceatt-enroll --id simm "$(one "$simm" 1)"
store hset 'faceatt:{main}:machines' door "{\"seen\":$(date +%s),\"applied\":\"0-1\",\"stopped\":false}" >/dev/null
{
  sleep 2
  store xadd 'faceatt:{main}:log' '*' date "$(date +%F)" time "$(date +%FT%T%:z)" id simm status present source door >/dev/null
} &
a run 3 faceatt-enroll --erase simm --format csv
said 'simm: door has not been heard of since'
ok "their row is somebody's" grep -qE ',simm,.*rewritten,.*: 1 row now of erased-' out
same "not in the log" 0 "$(store --no-raw xrange 'faceatt:{main}:log' - + | grep -c simm)"
store hdel 'faceatt:{main}:machines' door >/dev/null
b faceatt-mark-photo -n "$(one "$simm" 2)" >/dev/null 2>&1
a run 0 faceatt-enroll --erase simm

# A folder that still has somebody who was erased does not bring them back.
FACEATT_DB=e run 3 faceatt-enroll --publish
said 'simm: was erased in the store and is not published'
b run 1 faceatt-enroll --list

# A server that was started without its data: nobody is forgotten.
a run 0 faceatt-enroll --id simm "$(one "$simm" 1)" "$(one "$simm" 2)"
b run 0 faceatt-mark-photo -n --format csv "$(one "$simm" 3)"
watched
soon 10 "started" logged err-b 'people, threshold' 1
store flushall >/dev/null
soon 10 "a warning" logged err-b 'has lost its people; run faceatt-enroll --publish where' 1
b run 0 faceatt-mark-photo -n --format csv "$(one "$simm" 3)"
same "known all the same" simm "$(column id)"
FACEATT_DB=none run 1 faceatt-enroll --list
a run 0 faceatt-enroll --publish
soon 5 "published again" logged err-b 'the store is back' 1
unwatch

# A machine whose clock is wrong.
if [[ $bin != */asan/* ]] && command -v cc >/dev/null; then # sanitizers want to be preloaded first
  cat >wrong_clock.c <<'END'
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *t) {
  int result = (int)syscall(SYS_clock_gettime, id, t);
  if (id == CLOCK_REALTIME) t->tv_sec += 12;
  return result;
}
END
  cc -shared -fPIC -o wrong_clock.so wrong_clock.c
  clock="env LD_PRELOAD=$work/wrong_clock.so"
  watched
  soon 10 "a clock that is ahead" logged err-b "warning: this machine's clock is 12 s ahead of the store's" 1
  unwatch
fi
finish
