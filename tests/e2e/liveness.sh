#!/bin/bash
# Liveness on real clips and photos, where the test data is: blinks counted by hand, prints and a phone held before the
# camera. Without it, on photos that Debian has: a photo that is moved never blinks. usage: liveness.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# watch MODE CLIP: verdict and blinks of the track of most frames.
watch() {
  timeout "${FACEATT_TEST_TIMEOUT:-120}" faceatt-watch -q -n --liveness "$1" --format jsonl "$2" 2>>"$work/err" |
    /usr/bin/python3 -c 'import json, sys
tracks = [e for e in map(json.loads, sys.stdin) if e["event"] == "track"]
most = max(tracks, key=lambda e: e["frames"], default={"liveness": "none", "blinks": 0})
print(most["liveness"], most["blinks"])'
}
: >"$work/err"
mkdir people

# A photo that slides, turns and comes nearer.
for n in 1 2; do
  photo=$(ls "$johns"/*/*.jpg | sed -n "$((n * 7))p")
  ffmpeg -v error -y -loop 1 -i "$photo" -t 6 -r 25 -vf "scale=480:-2,pad=900:700:(ow-iw)/2:(oh-ih)/2:gray,rotate=0.1*sin(2*t):c=gray,crop=640:480:(iw-ow)/2+40*sin(3*t):(ih-oh)/2+20*cos(4*t)" \
    -pix_fmt yuv420p -c:v mpeg4 -q:v 3 moved.avi
  same "a moved photo blinks ($(basename "$photo"))" "unsure 0" "$(watch blink moved.avi)"
done

# In mode challenge somebody who is recognised is asked, by name, and a photo that is moved does not do it.
faceatt-enroll -q --db people "$photo" >/dev/null 2>>"$work/err"
run 1 faceatt-watch -q -n --liveness challenge --format jsonl moved.avi
ok "a moved photo is asked for something" grep -q '"event":"prompt"' "$work/out"
ok "and does not do it" eval '! grep -q "\"event\":\"mark\"" "$work/out"'
grep -m1 '"event":"prompt"' "$work/out" | "$repo/samples/event-say" cat >"$work/said"
ok "a prompt can be spoken" grep -qE '^[^,]+, please (turn your head to your (left|right)|nod|blink twice)$' "$work/said"
rm -r people && mkdir people

data=${FACEATT_TEST_DATA:-$repo/../shared/data}
if [[ -d $data/video ]]; then
  seen=0 truth=0 hits=0
  while IFS=, read -r file kind blinks confidence; do
    read -r verdict found < <(watch both "$data/video/$file")
    if [[ $kind == live ]]; then
      ok "$file is live, not $verdict" [ "$verdict" != spoof ]
      [[ $blinks -le 0 ]] || same "verdict of $file, which blinks" live "$verdict"
    else
      ok "$file is an attack, not $verdict" [ "$verdict" != live ]
    fi
    if [[ $kind == live && $confidence == exact ]]; then
      truth=$((truth + blinks)) seen=$((seen + found)) hits=$((hits + (found < blinks ? found : blinks)))
    fi
  done < <(/usr/bin/python3 -c 'import csv, sys
for r in csv.DictReader(open(sys.argv[1], newline="")):
    print(r["file"], r["kind"], r["blinks"], r["confidence"], sep=",")' "$data/video/annotations.csv")
  ok "blinks found: $hits of $truth, 95 % wanted" [ $((hits * 100)) -ge $((truth * 95)) ]
  ok "blinks that are some: $hits of $seen, 95 % wanted" [ $((hits * 100)) -ge $((seen * 95)) ]
fi

# Five frames a second are too few to see a blink, whoever blinks.
if [[ -d $data/video ]]; then
  ffmpeg -v error -y -i "$data/video/face/lp_d9.mp4" -vf fps=5 -an -c:v mpeg4 -q:v 3 slow.avi
  same "at 5 frames a second" "unsure 0" "$(watch both slow.avi)"
fi

if [[ -f $data/spoof.csv ]]; then
  mapfile -t photos < <(tail -n +2 "$data/spoof.csv" | cut -d, -f1 | sed "s#^#$data/#")
  run 1 faceatt-mark-photo -q -n --liveness passive --format csv "${photos[@]}"
  same "photos answered" "${#photos[@]}" "$(column file | sort -u | wc -l)"
  /usr/bin/python3 - "$data" "$work/out" >"$work/rates" <<'END'
import csv, os, sys
kinds = {os.path.join(sys.argv[1], r["file"]): r["kind"] for r in csv.DictReader(open(sys.argv[1] + "/spoof.csv"))}
largest = {}
for row in csv.DictReader(open(sys.argv[2], newline="")):
    if row["w"] and int(row["w"]) > int(largest.get(row["file"], {"w": 0})["w"]):
        largest[row["file"]] = row
attacks = [largest.get(f, {}).get("liveness") for f, k in kinds.items() if k != "live"]
live = [largest.get(f, {}).get("liveness") for f, k in kinds.items() if k == "live"]
print(1000 * attacks.count("live") // len(attacks), 1000 * live.count("spoof") // len(live), live.count("live") * 100 // len(live))
END
  read -r apcer bpcer called_live <"$work/rates"
  ok "attacks called live: $apcer in 1,000, 10 allowed" [ "$apcer" -le 10 ]
  ok "live faces called spoof: $bpcer in 1,000, 30 allowed" [ "$bpcer" -le 30 ]
  ok "live faces called live: $called_live %, 90 wanted" [ "$called_live" -ge 90 ]
fi
same "messages" "" "$(head -c 300 "$work/err")"
finish
