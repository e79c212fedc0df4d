#!/bin/bash
# faceatt-watch at work: two network cameras that are killed and started again, people who walk past each other, somebody
# enrolled meanwhile, strangers, the picture that is kept up to date.
# usage: watch.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# A clip for everybody in it: portraits that move over a grey wall. film FILE SECONDS "PHOTO X(t) Y(t)"...
film() {
  local file=$1 seconds=$2 inputs=() graph='' chain='[0]' n=1 photo x y
  shift 2
  for actor in "$@"; do
    read -r photo x y <<<"$actor"
    inputs+=(-loop 1 -t "$seconds" -i "$photo")
    graph+="[$n]scale=220:-1,setsar=1[f$n];"
    chain+="[f$n]overlay=x='$x':y='$y':shortest=1[o$n];[o$n]"
    n=$((n + 1))
  done
  ffmpeg -v error -y -f lavfi -i "color=gray:s=800x450:r=25:d=$seconds" "${inputs[@]}" \
    -filter_complex "$graph${chain%;*}" -map "[o$((n - 1))]" -r 25 -c:v mpeg4 -q:v 3 "$file"
}
salley=$johns/John_Salley simm=$johns/John_Simm
one() { find "$1" -name '*.jpg' | sort | sed -n "${2}p"; }

mkdir people
run 0 faceatt-enroll --db people --id salley "$(one "$salley" 1)" "$(one "$salley" 2)"
run 0 faceatt-enroll --db people --id simm "$(one "$simm" 1)" "$(one "$simm" 2)"

# Two who walk past each other, at the same height and one before the other; then both stay.
for way in "80 80" "80 150"; do
  read -r y1 y2 <<<"$way"
  film cross.mp4 9 "$(one "$salley" 3) min(560,max(20,20+(t-2)*180)) $y1" "$(one "$simm" 3) max(20,min(560,560-(t-2)*180)) $y2"
  run 0 faceatt-watch --db people --dry-run --liveness off --format csv cross.mp4
  same "marks of two who cross ($way)" "salley simm" "$(grep '^[^,]*,mark,' out | cut -d, -f5 | sort | xargs)"
  same "tracks of two who cross ($way)" "salley simm" "$(grep '^[^,]*,track,' out | cut -d, -f5 | sort | xargs)"
  cp out first
  run 0 faceatt-watch --db people --dry-run --liveness off --format csv cross.mp4
  ok "the same clip gives the same events" cmp -s <(cut -d, -f2- first) <(cut -d, -f2- out)
done

# One comes to where the other was.
film swap.mp4 8 "$(one "$salley" 3) if(lt(t\,3)\,300\,900) 80" "$(one "$simm" 3) if(lt(t\,3.4)\,900\,300) 80"
run 0 faceatt-watch --db people --dry-run --liveness off --format csv swap.mp4
same "one after the other in the same place" "salley simm" "$(grep '^[^,]*,mark,' out | cut -d, -f5 | xargs)"
same "their tracks" "salley simm" "$(grep '^[^,]*,track,' out | cut -d, -f5 | sort | xargs)"

# A stranger who comes twice: one picture; another day, another picture in the same group; enrolled, none.
stranger=$(one "$johns/John_Shimkus" 1)
film visit.mp4 12 "$stranger if(between(t\,4\,9)\,900\,300) 80"
run 1 faceatt-watch --db people --log none.csv --strangers strangers --liveness off --now 2026-11-20T09:00:00Z visit.mp4
same "pictures of one visit" 1 "$(find strangers -name '*.jpg' | wc -l)"
run 1 faceatt-watch --db people --log none.csv --strangers strangers --liveness off --format csv --now 2026-11-21T09:00:00Z visit.mp4
same "pictures of two days" 2 "$(find strangers -name '*.jpg' | wc -l)"
same "one group" 1 "$(cat strangers/*.json | grep -o '"group":"[^"]*"' | sort -u | wc -l)"
ok "the event tells of the visit before" grep -q 'visit 2 since 2026-11-20' out
run 1 faceatt-watch --db people --log none.csv --strangers strangers --keep-days 1 --liveness off --now 2026-11-23T09:00:00Z visit.mp4
same "pictures kept for a day" 1 "$(find strangers -name '*.jpg' | wc -l)"
run 0 faceatt-enroll --db people --id spencer "$(one "$johns/John_Shimkus" 2)" "$(one "$johns/John_Shimkus" 3)"
run 0 faceatt-watch -v --db people --log none.csv --strangers strangers --liveness off --now 2026-11-23T10:00:00Z visit.mp4
same "pictures of somebody enrolled since" 0 "$(find strangers -name '*.jpg' | wc -l)"
said 'was of spencer, enrolled now: removed'
ok "no mark for the stranger" grep -q spencer none.csv

# Cameras that come and go.
servers=()
port=$((20000 + RANDOM % 20000))
film door.mp4 6 "$(one "$salley" 3) 100+40*t 80"
serve() {
  /usr/bin/python3 "$here/mjpeg_server.py" "$1" "$2" --fps 25 &
  server=$!
  disown $server
  servers+=($server)
  for _ in {1..200}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.05
  done
  fail "no camera on port $1"
}
wait_for() { # COUNT EVENT
  for _ in {1..600}; do
    [[ $(grep -c ",$2," events) -ge $1 ]] && return
    sleep 0.1
  done
  fail "no $1 $2 within a minute: $(tail -3 events) $(cat err2)"
}
serve $((port + 1)) door.mp4
serve "$port" door.mp4
faceatt-watch --db people --log live.csv --liveness off --format csv --preview now.jpg \
  "front=http://127.0.0.1:$port/" "back=http://127.0.0.1:$((port + 1))/" >events 2>err2 &
watch=$!
wait_for 1 mark
ok "the preview is there" test -s now-front.jpg
rounds=4
for ((i = 1; i <= rounds; i++)); do
  kill -KILL $server
  while kill -0 $server 2>/dev/null; do sleep 0.05; done
  wait_for $i camera_lost
  serve "$port" door.mp4
  wait_for $i camera_back
done
same "lost and back" "$rounds $rounds" "$(grep -c ,camera_lost, events) $(grep -c ,camera_back, events)"
same "only the one that was" front "$(grep -E ',camera_(lost|back),' events | cut -d, -f3 | sort -u)"
ok "still running" kill -0 $watch
kill -TERM $watch
wait $watch
same "exit after SIGTERM" 143 $?
same "the session's end, for both" 2 "$(grep -c ,session_end, events)"
same "marked once" 1 "$(grep -c ,salley, live.csv)"
ok "nothing on stderr" test ! -s err2

# A timetable, while it runs: a session that is ended by hand, then another one that is written into the file.
k=$((10#$(date -u +%H) - 12)) # a zone in which it is about noon
zone=Etc/GMT$([[ $k -gt 0 ]] && echo "+$k" || echo "-$((-k))")
printf 'session,start,end,late_after\nMorning,08:00,18:00,9h\n' >table.csv
: >events # or the events of before are taken for the new ones
faceatt-watch --db people --log class.csv --liveness off --format csv --schedule table.csv --zone "$zone" \
  "front=http://127.0.0.1:$port/" >events 2>err2 &
watch=$!
wait_for 1 mark
same "marked for" Morning "$(grep ,mark, events | cut -d, -f14 | sort -u)"
run 0 faceatt-mark --db people --log class.csv --schedule table.csv --zone "$zone" --end Morning
wait_for 1 session_end
same "the session's end" "Morning,,,ended by hand" "$(grep ,session_end, events | cut -d, -f14-16,20)"
sed 's/Morning/Evening/' table.csv >table.new
mv table.new table.csv
wait_for 2 mark
same "then for" "Morning Evening" "$(grep ,mark, events | cut -d, -f14 | xargs)"
sed 's/18:00/25:00/' table.csv >table.new
mv table.new table.csv
for _ in {1..100}; do
  grep -q 'going on with the timetable as it was' err2 && break
  sleep 0.1
done
ok "a timetable that is wrong is warned of, and not taken" grep -q "table.csv:2: end: '25:00'" err2
ok "still running" kill -0 $watch
kill -TERM $watch
wait $watch
same "exit after SIGTERM" 143 $?
same "the ends of both" "Morning Evening" "$(grep ,session_end, events | cut -d, -f14 | xargs)"
same "rows" "salley Morning present * Morning ended salley Evening present" "$(tail -n +2 class.csv | cut -d, -f3,5,6 | tr , ' ' | xargs -0 echo | xargs)"
same "messages" 1 "$(wc -l <err2)"
kill -KILL "${servers[@]}" 2>/dev/null
finish
