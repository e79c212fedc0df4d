#!/bin/bash
# What tired and hostile users feed the tools: each gets its verdict, one line and its exit code, and nothing hangs.
# usage: bad_input.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

salley=$johns/John_Salley/000179_02159509.jpg
run 0 faceatt-enroll --id salley "$salley"

# photo EXIT VERDICT FILE [REASON]: one record; with a REASON one line on stderr that names file and reason.
photo() {
  run "$1" faceatt-mark-photo -n --format csv -- "$3"
  same "verdict on $3" "$2" "$(column verdict)"
  if [[ $# -gt 3 ]]; then
    err_lines 1
    said "$3: $4"
  else
    err_lines 0
  fi
}

# --- no picture, or half a picture
: >empty.jpg
photo 3 error empty.jpg "empty file"
echo "dear diary" >text.jpg
photo 3 error text.jpg "not a picture"
echo "<html>404</html>" >page.png
photo 3 error page.png "not a picture"
head -c 100000 /dev/urandom >random.jpg
photo 3 error random.jpg "not a picture"
printf 'GIF89a' >anim.jpg
photo 3 error anim.jpg "GIF is not supported; convert it to JPEG or PNG"
printf '\0\0\0\034ftypheic\0\0\0\0' >phone.jpg
photo 3 error phone.jpg "HEIC/AVIF is not supported; convert it to JPEG or PNG"
photo 3 error missing.jpg "No such file or directory"
for kind in jpg png webp tif bmp; do
  make-photo "$salley" "whole.$kind"
  photo 0 match "whole.$kind"
  size=$(stat -c %s "whole.$kind")
  for keep in 3 12 40 $((size / 2)) $((size * 95 / 100)); do
    head -c "$keep" "whole.$kind" >"cut$keep.$kind"
    photo 3 error "cut$keep.$kind" ""
  done
  /usr/bin/python3 - "whole.$kind" "damaged.$kind" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
for at in range(8, len(data), 97):
    data[at] ^= 0x55
open(sys.argv[2], "wb").write(data)
END
  run_code=0
  timeout "${FACEATT_TEST_TIMEOUT:-60}" faceatt-mark-photo -n "damaged.$kind" >out 2>err || run_code=$?
  ok "damaged.$kind: an answer (exit $run_code) and at most one line ($(head -c 200 err))" \
    [ "$run_code" -le 3 -a "$(wc -l <err)" -le 1 ]
done

# --- misnamed: read for what it is
make-photo "$salley" misnamed.jpg --as png
photo 0 match misnamed.jpg
make-photo "$salley" misnamed.webp --as bmp
photo 0 match misnamed.webp
cp "$salley" no-suffix
photo 0 match no-suffix

# --- nothing to see
for size in 1x1 2x2 7x7 31x33 1x2000 2000x1; do
  make-photo black:$size black.png
  photo 1 no_face black.png
  make-photo white:$size white.bmp
  photo 1 no_face white.bmp
done
make-photo black:1920x1080 black.png
photo 1 no_face black.png
make-photo black:640x480 black.jpg
photo 1 no_face black.jpg

# --- too large: answered from the header, with little memory
huge() { # huge FILE
  /usr/bin/python3 - "$work/out" "$work/err" faceatt-mark-photo -n --format csv "$1" >measured <<'END'
import resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.run(sys.argv[3:], stdout=open(sys.argv[1], "w"), stderr=open(sys.argv[2], "w")).returncode
print(code, int(time.monotonic() - start), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
END
  read -r code seconds megabytes <measured
  same "exit for $1" 3 "$code"
  same "verdict on $1" error "$(column verdict)"
  err_lines 1
  said "$1: "
  said "megapixels are over the limit of 150"
  ok "$1 is answered at once ($seconds s)" [ "$seconds" -le "$patience" ]
  ok "$1 takes little memory ($megabytes MB)" [ "$megabytes" -lt "$memory" ]
}
patience=2 memory=300
if ldd "$bin/faceatt-mark-photo" | grep -q libasan; then patience=30 memory=1500; fi
make-photo black:10x10 huge.png --claim 30000x30000
huge huge.png
/usr/bin/python3 - <<'END'
import struct
jpeg = bytearray(open("whole.jpg", "rb").read())
at = jpeg.index(b"\xff\xc0")
jpeg[at + 5:at + 9] = b"\xff\xf0\xff\xf0"
open("huge.jpg", "wb").write(jpeg)
bmp = bytearray(open("whole.bmp", "rb").read())
bmp[18:26] = struct.pack("<ii", 30000, 30000)
open("huge.bmp", "wb").write(bmp)
tiff = open("whole.tif", "rb").read()
width, height = struct.unpack("<I", tiff[18:22])[0], struct.unpack("<I", tiff[30:34])[0]
open("huge.tif", "wb").write(tiff[:18] + struct.pack("<I", 30000) + tiff[22:30] + struct.pack("<I", 30000) + tiff[34:])
END
huge huge.jpg
huge huge.bmp
huge huge.tif
truncate -s 900M big.jpg
photo 3 error big.jpg "900 MB is over the limit of 200 MB"

# --- grey, alpha, 16 bit, palette, CMYK
for mode in grey rgba rgb16 palette; do
  make-photo "$salley" "$mode.png" --mode "$mode"
  photo 0 match "$mode.png"
done
make-photo "$salley" grey.jpg --mode grey
photo 0 match grey.jpg
for kind in jpg tif; do
  make-photo "$salley" cmyk.$kind --mode cmyk
  photo 0 match cmyk.$kind
  ok "cmyk.$kind looks as in RGB" awk "BEGIN { exit !($(column score) >= 0.95) }"
done

# --- EXIF orientation: the same encoding whichever way the camera was held
for kind in jpg png tif webp; do
  for n in 1 2 3 4 5 6 7 8; do
    make-photo "$salley" "turned$n.$kind" --orientation $n
    photo 0 match "turned$n.$kind"
    ok "turned$n.$kind against the upright photo: $(column score), wanted 0.98" \
      awk "BEGIN { exit !($(column score) >= 0.98) }"
  done
done
make-photo "$salley" upside.jpg --filter hflip,vflip # sideways and no tag: not a mistake of the file
run 1 faceatt-mark-photo -n --format csv upside.jpg
err_lines 0

# --- folders, links, things that are no files
photo 3 error nowhere/ "No such file or directory"
mkdir -p tree/sub tree/x.jpg
cp "$salley" tree/sub
ln -s . tree/loop
ln -s self.jpg tree/self.jpg
ln -s ../../tree tree/sub/up
mkfifo tree/fifo.jpg
run 3 faceatt-mark-photo -n --format csv tree
same "verdicts on a folder of loops and pipes" "error error match" "$(column verdict | sort | xargs)"
err_lines 2
said "tree/fifo.jpg: not a regular file"
said "tree/self.jpg: Too many levels of symbolic links"
photo 3 error tree/fifo.jpg "not a regular file"
photo 3 error /dev/zero "not a regular file"
run 1 faceatt-mark-photo -n --format csv tree/x.jpg
err_lines 1
said "tree/x.jpg: no photos in this folder"
long=$(printf 'n%.0s' {1..300}).jpg
photo 3 error "$long" "File name too long"
if as-user test -r "$bin" && as-user faceatt-report --version >out 2>&1; then
  mkdir shut open
  cp "$salley" shut
  cp "$salley" open
  cp "$salley" open/locked.jpg
  chmod 000 shut open/locked.jpg
  chmod -R a+rX people
  as_user_run() { run "$1" as-user faceatt-mark-photo -q -n --format csv "${@:2}"; }
  as_user_run 3 shut
  same "verdict on a folder that cannot be read" error "$(column verdict)"
  err_lines 1
  said "shut: "
  as_user_run 3 open
  same "verdicts on a photo that cannot be read, and its neighbour" "match error" "$(column verdict | xargs)"
  err_lines 1
  said "open/locked.jpg: Permission denied"
  chmod -R u+rwx shut open
  chmod 000 people
  as_user_run 4 open
  err_lines 1
  said "people folder people: Permission denied"
  chmod 700 people
else
  echo "skipped: what may not be read (another user cannot run $bin)"
fi

# --- file names
mkdir odd
for name in 'a,b' 'a"b' $'a\nb' $'a\xff\xfeb' ' lead' '=1+1' '-rf' $'tab\tbed' $'\033[31mred' "'" '$(touch pwned)' '名前'; do
  cp "$salley" "odd/$name.jpg"
done
run 0 faceatt-mark-photo -n --format csv odd
ok "csv gives the names back byte for byte" /usr/bin/python3 - "$work/out" <<'END'
import csv, os, sys
rows = csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8", errors="surrogateescape"))
there = [os.fsencode(os.path.join("odd", name)) for name in os.listdir("odd")]
sys.exit(sorted(row["file"].encode("utf-8", "surrogateescape") for row in rows) != sorted(there))
END
run 0 faceatt-mark-photo -n --format jsonl odd
ok "every line of jsonl is an object" /usr/bin/python3 - "$work/out" <<'END'
import json, sys
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
files = {json.loads(line)["file"] for line in lines}
sys.exit(not (len(lines) == 12 and {"odd/a,b.jpg", 'odd/a"b.jpg', "odd/a\nb.jpg", "odd/\x1b[31mred.jpg"} <= files))
END
for format in text tsv; do
  run 0 faceatt-mark-photo -n --no-header --format $format odd
  same "lines of $format" 12 "$(wc -l <"$work/out")"
done
ok "no escape reaches the terminal" bash -c '! faceatt-mark-photo -n odd | grep -q "$(printf "\033")"'
ok "nothing in a name is run" [ ! -e pwned ]
echo x >$'odd/a\nbad.jpg'
run 3 faceatt-mark-photo -n odd
err_lines 1
rm $'odd/a\nbad.jpg'
(cd odd && find . -name '*.jpg' -print0) >names
code=0
(cd odd && faceatt-mark-photo -n -0 --db ../people --format csv - <../names >"$work/out") || code=$?
same "exit with a list of odd names" 0 "$code"
same "matches in the list" 12 "$(column verdict | grep -c match)"
run 0 faceatt-mark-photo --log odd.csv --at 2026-11-21T08:00Z --format csv $'odd/a\nb.jpg'
same "the log keeps one line per row" 2 "$(wc -l <odd.csv)"

# --- ids
for id in ../x /etc/x =1+1 -rf @cmd .hidden; do
  run 2 faceatt-enroll "--id=$id" "$salley"
  err_lines 1
  said "--id '$id' "
done
mkdir class
cp "$salley" class/=1+1.jpg
run 3 faceatt-enroll --allow-duplicate class
err_lines 1
said "the id '=1+1' starts with '='"
same "who is enrolled after that" "people people/salley" "$(find people -type d ! -name .faceatt | sort | xargs)"

# --- models
models=$(faceatt-watch --print-config x | sed -n 's/^models = "\(.*\)".*/\1/p')
mkdir clip
for i in 1 2 3; do cp "$salley" clip/$i.jpg; done
without() { # without FILE COMMAND...: a missing, a damaged and an empty model file
  local file=$1
  shift
  for how in missing damaged empty; do
    rm -rf models
    mkdir models
    ln -s "$models"/* models
    rm "models/$file"
    case $how in
      damaged)
        cp "$models/$file" models
        printf '\252' | dd of="models/$file" bs=1 seek=1000 conv=notrunc status=none
        ;;
      empty) : >"models/$file" ;;
    esac
    run 4 "$@"
    err_lines 1
    said "models/$file: "
    said "run scripts/fetch-models"
    ok "no record with the $how $file" [ ! -s "$work/out" ]
  done
}
without face_detection_yunet_2022mar.onnx faceatt-mark-photo -n --models models "$salley"
without mobilefacenet.onnx faceatt-mark-photo -n --models models "$salley"
without mobilefacenet.onnx faceatt-enroll -n --models models "$johns/John_Simm/000288_00470387.jpg"
without open-closed-eye.onnx faceatt-watch -n --models models clip
run 1 faceatt-watch -n --liveness off --models models clip # three frames: too few to decide

# --- usage
for tool in enroll mark-photo watch report; do
  run 2 faceatt-$tool --no-such-flag x
  err_lines 1
  said "faceatt-$tool: unknown option or argument: --no-such-flag"
done

# --- pipes
run 0 faceatt-enroll --db five --id salley "$salley"
for john in Savage Schneider Shimkus Simm; do
  run 0 faceatt-enroll --db five --id "$john" "$(ls "$johns/John_$john"/*.jpg | head -1)"
done
mkdir five-photos
for john in "$johns"/*; do cp "$(ls "$john"/*.jpg | head -1)" "five-photos/$(basename "$john").jpg"; done
for format in text csv jsonl; do
  rm -f Attendance.csv
  faceatt-mark-photo --db five --format $format five-photos 2>err | head -1 >out
  codes=("${PIPESTATUS[@]}")
  same "exit with | head -1, $format" "0 0" "${codes[*]}"
  same "messages with | head -1, $format" "" "$(<err)"
  same "one line is read, $format" 1 "$(wc -l <out)"
  same "nobody's mark is lost, $format" 5 "$(tail -n +2 Attendance.csv | wc -l)"
done
rm Attendance.csv
full() { # full COMMAND...
  local code=0
  timeout "${FACEATT_TEST_TIMEOUT:-60}" "$@" >/dev/full 2>err || code=$?
  same "exit of $* > /dev/full" 4 "$code"
  same "messages of $* > /dev/full" "$1: standard output: No space left on device" "$(<err)"
}
full faceatt-mark-photo --db five five-photos
full faceatt-mark-photo --db five -n --format csv five-photos
full faceatt-enroll --db five --list
full faceatt-enroll --db five -n --id salley "$salley"
full faceatt-watch --db five -n --liveness off clip
full faceatt-report
full faceatt-report --help
same "what was marked before the disk was full is in the log" 1 "$(tail -n +2 Attendance.csv | wc -l)"
run 0 faceatt-mark-photo --db five --format csv five-photos
same "and the rest comes with the next run" "already new new new new" "$(column marked | sort | xargs)"
run 4 faceatt-report /dev/full
err_lines 1
finish
