#!/bin/bash
# Open-set identification on dlib's example photos: five people enrolled with three photos each; their other photos
# must be named, and nobody else may be. usage: identify.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  run 0 faceatt-enroll --allow-duplicate --id "$(basename "$john")" "${photos[@]:0:3}"
done

probes=()
for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  probes+=("${photos[@]:3}")
done
same "photos to identify" 40 "${#probes[@]}"

run 0 faceatt-mark-photo -n --format csv "${probes[@]}"
err_lines 0
/usr/bin/python3 - "$work/out" >"$work/verdicts" <<'END'
import csv, pathlib, sys
found = {}
for row in csv.DictReader(open(sys.argv[1], newline="")):
    right = pathlib.Path(row["file"]).parent.name
    named = found.setdefault(row["file"], [])
    if row["verdict"] == "match":
        named.append(row["id"])
    if row["id"] not in ("", right):
        print(f"{row['file']}: taken for {row['id']} ({row['score']})")
for file, named in found.items():
    right = pathlib.Path(file).parent.name
    if named != [right]:
        print(f"{file}: wanted {right}, got {named or 'nobody'}")
print(len(found), "photos answered")
END
same "verdicts" "40 photos answered" "$(<"$work/verdicts")"

run 1 faceatt-mark-photo --format csv "$faces"/*.jpg
err_lines 0
same "strangers who got a name" "" "$(column id | sort -u | tr -d '\n')"
same "strangers who were marked" "no" "$(column marked | sort -u)"
ok "no log is made for strangers" [ ! -e Attendance.csv ]
crowd=$(grep -c bald_guys "$work/out")
ok "the crowd of bald_guys.jpg is seen ($crowd faces)" [ "$crowd" -ge 20 ]

# The same with one photo as a person of the crowd: that face, and only that one, gets the name.
run 0 faceatt-enroll --id Tom_Cruise "$faces/Tom_Cruise_avp_2014_4.jpg"
run 0 faceatt-mark-photo --format csv "$faces"/*.jpg
same "named" "Tom_Cruise" "$(column id | grep . | sort | uniq)"
same "marked once" 1 "$(column marked | grep -c new)"
same "rows in the log" 2 "$(wc -l <Attendance.csv)"
finish
