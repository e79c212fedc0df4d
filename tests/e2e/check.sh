#!/bin/bash
# faceatt-enroll --check: one wrong photo, one person enrolled twice, one copy and one blurred photo are found, and
# nothing else; a clean gallery has no findings. usage: check.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# photo PERSON N: the Nth photo of one of dlib's johns. Among the first six of each, no two are the same picture.
photo() { ls "$johns/$1"/*.jpg | sed -n "$2p"; }
# put DB ID PERSON N...: these photos of PERSON as photos of ID.
put() {
  local db=$1 id=$2 person=$3 n
  shift 3
  mkdir -p "$db/$id"
  for n in "$@"; do cp "$(photo "$person" "$n")" "$db/$id/$person-$n.jpg"; done
}
# found DB WANTED: what --check finds, as "kind id file other_id" lines, files without the folder.
found() {
  local wanted=1
  [[ -n $2 ]] || wanted=0
  run "$wanted" faceatt-enroll --db "$1" --check --format csv
  err_lines 0
  same "findings in $1" "$2" "$(/usr/bin/python3 - "$work/out" "$1" <<'PY'
import csv, sys
for row in csv.DictReader(open(sys.argv[1], newline="")):
    print(row["finding"], row["id"], row["file"].replace(sys.argv[2] + "/", ""), row["other_id"])
PY
)"
}

for person in John_Salley John_Savage John_Schneider John_Simm; do put clean "$person" "$person" 1 2 3; done
put clean John_Shimkus John_Shimkus 1 2 6
found clean ""

# The four of the task, one after the other and together.
cp -a clean wrong
put wrong John_Savage John_Simm 5
found wrong "wrong_photo John_Savage John_Savage/John_Simm-5.jpg John_Simm"

cp -a clean twice
put twice J.Salley John_Salley 7 9
found twice "same_person J.Salley J.Salley/John_Salley-7.jpg John_Salley"

cp -a clean copy
make-photo copy/John_Simm/John_Simm-1.jpg copy/John_Simm/half.jpg --filter scale=iw/2:-1
found copy "near_duplicate John_Simm John_Simm/half.jpg John_Simm"

cp -a clean blurred
make-photo "$(photo John_Savage 5)" blurred/John_Savage/blurred.jpg --filter gblur=sigma=6
found blurred "weak_photo John_Savage John_Savage/blurred.jpg "

cp -a clean all
cp -a wrong/John_Savage/John_Simm-5.jpg all/John_Savage
cp -a twice/J.Salley all
cp -a copy/John_Simm/half.jpg all/John_Simm
make-photo "$(photo John_Schneider 5)" all/John_Schneider/blurred.jpg --filter gblur=sigma=6
found all "wrong_photo John_Savage John_Savage/John_Simm-5.jpg John_Simm
same_person J.Salley J.Salley/John_Salley-7.jpg John_Salley
near_duplicate John_Simm John_Simm/half.jpg John_Simm
weak_photo John_Schneider John_Schneider/blurred.jpg "

# A photo of nobody who is enrolled, with three photos, and with two, where it cannot be told which is wrong.
cp -a clean stranger
cp "$faces/Tom_Cruise_avp_2014_4.jpg" stranger/John_Schneider
found stranger "wrong_photo John_Schneider John_Schneider/Tom_Cruise_avp_2014_4.jpg John_Schneider"
rm stranger/John_Schneider/John_Schneider-[23].jpg
found stranger "wrong_photo John_Schneider John_Schneider/John_Schneider-1.jpg John_Schneider"
ok "both are named" grep -q "Tom_Cruise_avp_2014_4.jpg.*cannot be told" "$work/out"

# Copies of other kinds, each beside its original.
for filter in scale=iw*2/3:-1 crop=iw*0.9:ih*0.9 crop=iw*0.95:ih*0.95:0:0 hflip eq=brightness=0.06:contrast=1.1; do
  rm -rf copies
  cp -a clean copies
  make-photo copies/John_Shimkus/John_Shimkus-2.jpg copies/John_Shimkus/copy.jpg --filter "$filter"
  run 1 faceatt-enroll --db copies --check --format csv
  same "$filter" "near_duplicate" "$(column finding)"
done

# What nothing reads, and photos that cannot be used.
cp -a clean stale
faceatt-enroll --db stale --list >/dev/null
echo x >stale/.faceatt/old-model-yunet.cache
echo x >stale/.faceatt/mobilefacenet-yunet.cache.aB3dE6
echo x >stale/John_Simm/notes.txt
echo x >stale/John_Simm/.hidden
printf 'id,name,groups\nnew,Nora New,\n' >stale/roster.csv
mkdir stale/empty
make-photo black:200x200 stale/dark.jpg
make-photo black:200x200 stale/John_Savage/dark.jpg
run 1 faceatt-enroll --db stale --check --format csv
same "kinds" "no_usable_photo no_usable_photo stale_file stale_file stale_file unusable_photo" \
  "$(column finding | sort | tr '\n' ' ' | sed 's/ $//')"

# The London set, where it is on this machine: one photo of each person is clean, and the four are found in it.
data=${FACEATT_TEST_DATA:-$repo/../shared/data}
if [[ -e $data/identify-london.csv ]]; then
  while IFS=, read -r role id file; do
    [[ $role == enrol ]] || continue
    mkdir -p "london/$id"
    cp "$data/$file" "london/$id/"
  done <"$data/identify-london.csv"
  found london ""
  second() { awk -F, -v id="$1" '$1 == "probe" && $2 == id { print $3 }' "$data/identify-london.csv"; }
  mapfile -t ids < <(ls london)
  cp "$data/$(second "${ids[0]}")" "london/${ids[1]}/wrong.jpg"
  mkdir london/twice
  cp "$data/$(second "${ids[2]}")" london/twice/
  make-photo london/"${ids[3]}"/*.jpg "london/${ids[3]}/a_copy.jpg" --filter crop=iw*0.95:ih*0.95
  make-photo "$data/$(second "${ids[4]}")" "london/${ids[4]}/blurred.jpg" --filter gblur=sigma=24
  found london "wrong_photo ${ids[1]} ${ids[1]}/wrong.jpg ${ids[0]}
same_person ${ids[2]} ${ids[2]}/$(ls "london/${ids[2]}") twice
near_duplicate ${ids[3]} ${ids[3]}/a_copy.jpg ${ids[3]}
weak_photo ${ids[4]} ${ids[4]}/blurred.jpg "
else
  echo "no $data/identify-london.csv: the London set is left out"
fi
finish
