#!/bin/bash
# One class picture in every shape it may come in: the same people. usage: photos.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ok "demo pictures" "$repo/samples/make-demo" demo
run 0 faceatt-enroll -q --db people demo/enrol
picture=demo/class.jpg
shared=$repo/../shared/data/class

# people_in PHOTO: ids and their number.
people_in() {
  faceatt-mark-photo -q -n --no-header --format csv --at 2026-11-21T08:00 "$1" >out 2>err </dev/null
  cut -d, -f3,5 out | sed -n 's/,match$//p' | sort | paste -sd' '
}

wanted=$(people_in $picture)
same "people in it" 5 "$(wc -w <<<"$wanted")"
faces=$(wc -l <out)

for n in {1..8}; do
  make-photo $picture o$n.jpg --orientation $n
  same "orientation $n" "$wanted" "$(people_in o$n.jpg)"
  same "orientation $n: faces" "$faces" "$(wc -l <out)"
done
for kind in png webp tif bmp; do
  make-photo $picture as.$kind
  same "as $kind" "$wanted" "$(people_in as.$kind)"
done
for kind in png webp tif; do
  make-photo $picture turned.$kind --orientation 6
  same "turned $kind" "$wanted" "$(people_in turned.$kind)"
done
for percent in 50 200; do
  make-photo $picture scaled.jpg --filter "scale=iw*$percent/100:-2:flags=bicubic"
  same "at $percent %" "$wanted" "$(people_in scaled.jpg)"
done

# Wherever a face lies in a large picture, also where two of its tiles meet: found, and once.
for at in 0:0 3000:0 1{50,53,56,59,62,65,68,71}0:1000 1500:{500,530,560,590,620,650,680,710}; do
  make-photo $picture wide.jpg --filter "scale=1200:-2,pad=4200:3200:${at/:/:}:gray"
  same "in a large picture at $at" "$wanted" "$(people_in wide.jpg)"
  # One more is allowed: now and then the network sees a face in what is none.
  ok "in a large picture at $at: $(wc -l <out) faces, not $faces" [ $(($(wc -l <out) - faces)) -ge 0 -a $(($(wc -l <out) - faces)) -le 1 ]
done

# 100 megapixels within 2 GB, turned, and drawn into.
make-photo $picture huge.jpg --orientation 6 --filter "pad=10000:10000:4000:4000:gray"
peak() { /usr/bin/python3 -c 'import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$@"; }
if nm -D "$bin/faceatt-mark-photo" | grep -q __asan_init; then
  echo "sanitizers: memory is not measured"
else
  read -r code megabytes < <(peak faceatt-mark-photo -q -n --at 2026-11-21T08:00 --annotate seen huge.jpg)
  same "100 megapixels" 0 "$code"
  ok "100 megapixels in $megabytes MB" [ "$megabytes" -lt 2000 ]
  read -r code megabytes < <(peak faceatt-mark-photo -q -n --at 2026-11-21T08:00 wide.jpg)
  ok "13 megapixels in $megabytes MB" [ "$megabytes" -lt 600 ]
fi

# Real classes, where they are there.
if [[ -e $shared/truth.json ]]; then
  /usr/bin/python3 "$repo/../shared/eval/class_photo.py" --bin "$bin" "$shared/truth.json" >class 2>&1
  found=$(sed -n 's/^present found .* = \([0-9.]*\) .*/\1/p' class)
  ok "class: $(tail -1 class)" awk -v found="${found:-0}" 'BEGIN { exit !(found >= 0.97) }'
  ok "class: nobody who is not there: $(tail -1 class)" grep -q 'FALSE 0$' class
else
  echo "no class photos here: not compared"
fi
finish
