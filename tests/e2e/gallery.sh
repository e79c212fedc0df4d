#!/bin/bash
# The people folder and its cache: what is read anew, what damage does, what a running faceatt-watch notices.
# usage: gallery.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  run 0 faceatt-enroll --allow-duplicate --id "$(basename "$john")" "${photos[@]:0:3}"
done
cp -a people people-as-enrolled
mkdir probes
for john in "$johns"/*; do cp "$(ls "$john"/*.jpg | tail -1)" "probes/$(basename "$john").jpg"; done
cache=people/.faceatt/mobilefacenet-yunet.cache
simm=people/John_Simm
first=$(ls "$simm"/*.jpg | head -1)

recognise() { run 0 faceatt-mark-photo -v -n --format csv "$@" probes; }
# reads WANTED WHAT: so many photos of the people folder are read anew.
reads() {
  recognise
  same "photos read anew: $2" "$1" "$(sed -n 's/.*, \([0-9]*\) photos read anew.*/\1/p' "$work/err")"
}
unchanged() { ok "same results: $1" cmp -s "$work/out" before; }

# Incremental.
reads 0 "after enrolling"
cp "$work/out" before
same "everybody is recognised" "John_Salley John_Savage John_Schneider John_Shimkus John_Simm" "$(column id | xargs)"
same "mode of the cache" 600 "$(stat -c %a "$cache")"
same "mode of its folder" 700 "$(stat -c %a people/.faceatt)"
rm -r people/.faceatt
reads 15 "without a cache"
unchanged "without a cache"
reads 0 "with the cache again"
touch "$first"
reads 0 "one touched"
cp "$first" copy && mv copy "$first"
reads 0 "one replaced by the same content"
unchanged "touched and replaced by itself"

fourth=$(ls "$johns"/John_Simm/*.jpg | sed -n 4p)
cp -p "$first" kept
cp "$fourth" "$first" && touch -r kept "$first"
reads 1 "one replaced by another photo, its old time stamp put back"
mv kept "$first"
reads 1 "the old one back"
unchanged "the old one back"
cp "$fourth" "$simm/added.jpg"
reads 1 "one added"
reads 0 "nothing changed"
rm "$simm/added.jpg"
reads 0 "one deleted"
unchanged "one added and deleted"
mv "$first" "$simm/renamed.jpg"
reads 0 "one renamed: known by its content"
mv "$simm/renamed.jpg" "$first"
mv "$simm" people/J_S
recognise
same "a renamed folder is another id" "J_S" "$(column id | tail -1)"
mv people/J_S "$simm"
recognise
unchanged "names back"
echo "not a picture" >"$simm/broken.jpg"
run 0 faceatt-mark-photo -n --format csv probes
err_lines 1
said "people/John_Simm/broken.jpg: not usable"
run 0 faceatt-mark-photo -n --format csv probes
err_lines 0
rm "$simm/broken.jpg"
mv "$simm" away
run 1 faceatt-mark-photo -n --format csv probes/John_Simm.jpg
same "somebody whose photos are gone is unknown" "unknown" "$(column verdict)"
mv away "$simm"
recognise

# Damage: one warning, the same results, and rebuilt.
good=$(stat -c %s "$cache")
damaged() { # damaged WHAT: the cache is as the test left it
  run 0 faceatt-mark-photo -n --format csv probes
  err_lines 1
  said "warning: $cache: damaged, or made by another version; rebuilt from the photos"
  unchanged "cache $1"
  run 0 faceatt-mark-photo -n --format csv probes
  err_lines 0
  unchanged "cache rebuilt after $1"
  same "size of the cache rebuilt after $1" "$good" "$(stat -c %s "$cache")"
}
: >"$cache"
damaged "of no bytes"
truncate -s $((good / 2)) "$cache"
damaged "cut in half"
truncate -s $((good - 1)) "$cache"
damaged "cut by one byte"
printf '\377' | dd of="$cache" bs=1 seek=$((good / 2)) conv=notrunc status=none
damaged "with one byte changed"
echo trailer >>"$cache"
damaged "with more at its end"
head -c "$good" /dev/urandom >"$cache"
damaged "of random bytes"
cp "$faces/Tom_Cruise_avp_2014_4.jpg" "$cache"
damaged "that is a photo"
run 0 faceatt-mark-photo -n --detector hog probes # writes a cache of its own
cp people/.faceatt/mobilefacenet-hog.cache "$cache"
damaged "of another detector"
rm "$cache" && ln -s loop "$cache" && ln -s mobilefacenet-yunet.cache people/.faceatt/loop
run 0 faceatt-mark-photo -n --format csv probes
unchanged "cache is a loop of links"
rm -f "$cache" people/.faceatt/loop && mkdir "$cache"
run 0 faceatt-mark-photo -n --format csv probes
unchanged "cache is a folder"
rmdir "$cache"
mkfifo "$cache"
run 0 faceatt-mark-photo -n --format csv probes
unchanged "cache is a FIFO"
rm -f "$cache" && rm -r people/.faceatt && : >people/.faceatt
run 0 faceatt-mark-photo -n --format csv probes
err_lines 1
unchanged "the cache's folder is a file"
rm people/.faceatt

# Several processes that build it at once.
for i in 1 2 3; do
  timeout 300 faceatt-mark-photo -n --format csv probes >"out$i" 2>"err$i" &
  eval "pid$i=$!"
done
for i in 1 2 3; do
  eval "wait \$pid$i"
  same "exit of process $i" 0 $?
  ok "messages of process $i: $(head -c 200 "err$i")" [ ! -s "err$i" ]
  ok "results of process $i" cmp -s "out$i" before
done
reads 0 "after three processes built it at once"

# Another encoder has a cache of its own.
models=$(faceatt-mark-photo --print-config x | sed -n 's/^models = "\(.*\)".*/\1/p')
if [[ -f $models/face_recognition_densenet_model_v1.dat ]]; then
  run 0 faceatt-mark-photo -v -n --encoder dlib-densenet probes
  said "15 photos read anew"
  run 0 faceatt-mark-photo -v -n --encoder dlib-densenet probes
  said " 0 photos read anew"
  reads 0 "back to the first encoder"
  unchanged "back to the first encoder"
  same "caches" 2 "$(find people/.faceatt -name '*.cache' | wc -l)"
else
  echo "skipped: another encoder (face_recognition_densenet_model_v1.dat is not there)"
fi

# faceatt-watch notices what happens to the folder while it runs. The source is a folder of 6000 links to two pictures:
# a person who comes for 1.5 s and is away for 3 s, again and again.
guest=$(ls "$johns"/John_Simm/*.jpg | tail -1)
mv "$simm" away
make-photo "$guest" face.jpg --filter scale=320:-1
make-photo white:320x320 nobody.jpg
mkdir clip
for i in {10000..15999}; do
  if ((i % 45 < 15)); then ln face.jpg "clip/$i.jpg"; else ln nobody.jpg "clip/$i.jpg"; fi
done
wait_for() { # wait_for PATTERN FILE: until it is there, 60 s at most
  local i
  for i in {1..600}; do
    grep -q "$1" "$2" 2>/dev/null && return 0
    kill -0 "$watch" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}
faceatt-watch -v --liveness off --format csv clip >watched 2>messages &
watch=$!
ok "a stranger at first" wait_for ',unknown,' watched
echo 'name,groups' >people/roster.csv
ok "a slip in roster.csv is said" wait_for 'roster.csv.*going on with the people known so far' messages
mv away/"$(basename "$first")" people/Guest_One.jpg
sleep 2
ok "and does not stop the door" kill -0 "$watch"
rm people/roster.csv
ok "a photo dropped in is noticed" wait_for 'people folder changed: 5 people' messages
ok "and recognised" wait_for ',mark,clip,[0-9]*,Guest_One,Guest One' watched
kill -INT "$watch"
code=0
wait "$watch" || code=$?
same "exit after SIGINT" 130 "$code"
same "last event" "session_end" "$(tail -1 watched | cut -d, -f2)"
same "in the log" "Guest_One" "$(tail -n +2 Attendance.csv | cut -d, -f3)"
same "the slip is said once" 1 "$(grep -c 'going on' messages)"
finish
