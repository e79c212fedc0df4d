#!/bin/bash
# --erase: afterwards no file holds the id, the name or an encoding of the person; everybody else is as before.
# usage: erase.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

now=(--at 2026-11-21T08:00:00+01:00)
for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  run 0 faceatt-enroll --id "$(basename "$john")" "${photos[@]:0:3}"
done
mapfile -t simm < <(ls "$johns"/John_Simm/*.jpg)
mapfile -t savage < <(ls "$johns"/John_Savage/*.jpg)
cp "${simm[9]}" people/John_Simm.jpg # flat and in a folder
name='Jöhn Šimm-Łęcki 张'
printf 'id,name,groups,seat\nJohn_Simm,%s,7a;choir,12\nJohn_Savage,Jöhn Savage,7a,13\n' "$name" >people/roster.csv
run 0 faceatt-enroll --list
run 0 faceatt-enroll --list --detector hog
same "caches" 2 "$(ls people/.faceatt | wc -l)"
cp people/.faceatt/mobilefacenet-hog.cache people/.faceatt/mobilefacenet-hog.cache.q1W2e3

others=()
for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  [[ $john == */John_Simm ]] || others+=("${photos[@]:3}")
done
run 0 faceatt-mark-photo "${now[@]}" --format csv "${others[@]}" "${simm[4]}"
cp "$work/out" before
run 0 faceatt-mark-photo --at 2026-11-22T08:00:00+01:00 "${simm[5]}" "${savage[5]}"
cp "${simm[4]}" John_Simm_in_class.jpg
run 0 faceatt-mark-photo --at 2026-11-23T08:00:00+01:00 John_Simm_in_class.jpg
rm John_Simm_in_class.jpg
echo "2026-11-21,2026-11-21T09:00:00+01:00,John_Simm,$name,day,late,manual:eve,,,$name came late" >>Attendance.csv
echo "2026-11-21,2026-11-21T09:00:00+01:00,John_Savage,Jöhn Savage,day,late,manual:John_Simm,,,with $name" >>Attendance.csv
faceatt-report --by person --format csv >report_before
rows=$(wc -l <Attendance.csv)

mkdir strangers review
cp "${simm[6]}" strangers/a.jpg
echo '{"quality":70}' >strangers/a.json
cp "${savage[6]}" strangers/b.jpg # the sidecar names another as the closest; written below
cp "${savage[8]}" strangers/c.jpg # by its sidecar the picture was of John_Simm
make-photo "${savage[7]}" review/class.jpg --beside "${simm[7]}" # both are in it
echo seen >"review/2026-11-21 John_Simm.txt"
echo other >review/John_Simmons.txt
mkdir review/John_Simm
echo more >review/John_Simm/notes.txt

# The encodings as they lie in the caches, and as 32-bit numbers.
/usr/bin/python3 - <<'END'
import json, pathlib, pickle, struct
needles = []
def write_sidecar(stem, fingerprint, floats, closest):
    length = sum(x * x for x in floats) ** 0.5
    pathlib.Path(f"strangers/{stem}.json").write_text(json.dumps(dict(
        format="faceatt-stranger", version=1, time="2026-11-20T08:00:00+01:00", camera="door", track=1, seconds=3.5,
        frames=30, quality=71, closest_id=closest, closest_score=0.2, group="unknown-1", fingerprint=fingerprint,
        encoding=[round(x / length, 6) for x in floats])))
for cache in pathlib.Path("people/.faceatt").glob("*.cache"):
    data, at = cache.read_bytes(), 16
    def take(form):
        global at
        value = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return value[0]
    def text():
        global at
        size = take("I")
        at += size
        return data[at - size:at]
    fingerprint = text().decode()
    dimension, count = take("I"), take("Q")
    for _ in range(count):
        path = text()
        at += 5 * 8 + 32
        problem = text()
        take("i")
        if problem:
            continue
        row = data[at:at + 2 * dimension]
        at += 2 * dimension
        if path.startswith(b"John_Simm"):
            floats = struct.unpack(f"<{dimension}e", row)
            needles += [row, struct.pack(f"<{dimension}f", *floats)]
        name = path.decode().split("/")[0]
        if "yunet" in cache.name and name in ("John_Simm", "John_Savage"):
            write_sidecar("c" if name == "John_Simm" else "b", fingerprint, struct.unpack(f"<{dimension}e", row), "John_Simm")
pickle.dump(needles, open("needles", "wb"))
END
cp -a strangers strangers.before
cat >left.py <<'END'
import pathlib, pickle, sys
needles = pickle.load(open("needles", "rb")) + ["John_Simm,", "John Simm", "Jöhn Šimm", "Łęcki", '"John_Simm"', "John_Simm/", "John_Simm.", "manual:John_Simm"]
needles = [n if isinstance(n, bytes) else n.encode() for n in needles]
for root in sys.argv[1:]:
    for path in [pathlib.Path(root), *pathlib.Path(root).rglob("*")]:
        if "John_Simm" in path.name.replace("John_Simmons", ""):
            print(path, "by its name")
        if path.is_file():
            found = sum(n in path.read_bytes() for n in needles)
            if found:
                print(path, found)
END
places=(people strangers review Attendance.csv)
same "needles: four photos, two caches, two forms" 16 "$(/usr/bin/python3 -c 'import pickle; print(len(pickle.load(open("needles", "rb"))))')"
ok "there is something to be found" [ "$(/usr/bin/python3 left.py "${places[@]}" | wc -l)" -ge 8 ]

cp -a people people.before
cp Attendance.csv log.before
run 0 faceatt-enroll --strangers strangers --also review --format csv -n --erase John_Simm
cp "$work/out" dry
ok "a dry run leaves people alone" diff -r people people.before
ok "a dry run leaves the log alone" cmp Attendance.csv log.before
same "a dry run leaves the pictures alone" 10 "$(find strangers review -type f | wc -l)"
ok "a dry run leaves the sidecars alone" diff -r strangers strangers.before

run 0 faceatt-enroll --strangers strangers --also review --format csv --erase John_Simm
err_lines 1
said 'John_Simm: erased; neither id, name nor any of 4 encodings is left in'
same "records" "$(cut -d, -f1,4 dry | sort)" "$(cut -d, -f1,4 "$work/out" | sort)"
same "what is left" "" "$(/usr/bin/python3 left.py "${places[@]}")"
same "strangers" "b.jpg b.json" "$(ls strangers | xargs)"
same "the other's sidecar" "'' unknown-1" "$(/usr/bin/python3 -c 'import json
sidecar = json.load(open("strangers/b.json")); print(repr(sidecar["closest_id"]), sidecar["group"])')"
ok "what was done to it" grep -qF strangers/b.json,John_Simm, "$work/out"
same "review" "John_Simmons.txt" "$(ls review | xargs)"
same "caches" "mobilefacenet-yunet.cache" "$(ls -A people/.faceatt)"
same "hidden files" ./people/.faceatt "$(find . -path './*.before' -prune -o -name '.?*' -print)"
same "roster" "John_Savage,Jöhn Savage,7a,13" "$(tail -n +2 people/roster.csv)"
same "rows in the log" "$rows" "$(wc -l <Attendance.csv)"
same "rows of the pseudonym" 4 "$(cut -d, -f3 Attendance.csv | grep -cE '^erased-[0-9a-f]{8}$')"
same "pseudonyms" 1 "$(grep -oE 'erased-[0-9a-f]{8}' Attendance.csv | sort -u | wc -l)"
ok "the correction of another is one still" grep -qE 'John_Savage,.*,late,manual:erased-[0-9a-f]{8},,,with erased-' Attendance.csv
ok "the log's mode" [ "$(stat -c %a Attendance.csv)" = 600 ]

# The others: recognised as before, counted as before; the pseudonym has the person's counts.
run 0 faceatt-mark-photo "${now[@]}" -n --format csv "${others[@]}"
err_lines 0
same "the others' faces" "$(grep -v /John_Simm/ before | cut -d, -f1-6)" "$(cut -d, -f1-6 "$work/out")"
run 0 faceatt-report --by person --format csv
err_lines 0
same "the others' counts" "$(grep -v '^John_Simm,' report_before)" "$(grep -v '^erased-' "$work/out")"
same "the person's counts" "$(grep '^John_Simm,' report_before | cut -d, -f3-)" "$(grep '^erased-' "$work/out" | cut -d, -f3-)"
run 1 faceatt-mark-photo "${now[@]}" -n "${simm[4]}"
run 3 faceatt-enroll --strangers strangers --also review --erase John_Simm
said 'nothing found of this id'

# Interrupted at any moment, the next run completes it, and the log is whole.
for delay in 0.02 0.05 0.1 0.15 0.2 0.25 0.3 0.4; do
  rm -rf people strangers
  cp -a people.before people
  cp log.before Attendance.csv
  cp -a strangers.before strangers
  { timeout -s KILL "$delay" faceatt-enroll --strangers strangers --erase John_Simm >/dev/null; } 2>/dev/null
  same "rows in the log after a kill" "$rows" "$(wc -l <Attendance.csv)"
  faceatt-enroll --strangers strangers --also review --erase John_Simm >out 2>err
  same "what is left after a kill at $delay s" "" "$(/usr/bin/python3 left.py "${places[@]}")"
  same "hidden files after a kill" ./people/.faceatt "$(find . -path './*.before' -prune -o -name '.?*' -print)"
done

# A log that others write to while people are erased.
rm -rf people
cp -a people.before people
cp log.before Attendance.csv
faceatt-watch --liveness off --now 2026-11-25T08:00:00+01:00 --format csv "$johns/John_Savage" >out 2>err &
run 0 faceatt-enroll --erase John_Simm
wait
same "what is left beside a writer" "" "$(/usr/bin/python3 left.py people Attendance.csv)"
ok "no row is lost" [ "$(wc -l <Attendance.csv)" -ge "$rows" ]
finish
