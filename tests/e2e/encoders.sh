#!/bin/bash
# Every kind of encoder that models.toml can describe, end to end: an ONNX network of the user's, SFace, dlib's ResNet
# and DenseNet, each with its own thresholds and cache; and what is said about an entry that cannot be right. Where a
# network's file is not in the models folder, a stand-in of the same form is made, with random weights.
# usage: encoders.sh BIN_DIR [MAKE_RESNET ENCODER_CHECK]
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$1"
make_resnet=$(realpath "${2:-$bin/../tests/faceatt-make-resnet}")
encoder_check=$(realpath "${3:-$bin/../tests/faceatt-encoder-check}")
make_onnx=$repo/tests/tools/make-onnx

first=() others=()
for john in "$johns"/*; do
  mapfile -t photos < <(ls "$john"/*.jpg)
  first+=("${photos[0]}")
  others+=("${photos[5]}")
done
same "people in dlib's examples" 5 "${#first[@]}"

# --- a models folder: the detector, and nothing else yet
mkdir m
sha_of() { sha256sum "m/$1" | cut -d' ' -f1; }
entry_of() { awk -v RS= -v ORS='\n\n' "/name = \"$1\"/" "$repo/models/models.toml"; } # the repository's own
entry_of yunet >m/models.toml
if [[ ! -f $repo/models/face_detection_yunet_2022mar.onnx ]]; then
  echo "skipped: everything (face_detection_yunet_2022mar.onnx is not there; run scripts/fetch-models)"
  exit 0
fi
ln -s "$repo/models/face_detection_yunet_2022mar.onnx" m

# encoder NAME FILE DIMENSION SIZE INPUT...: an entry; INPUT lines are added to [model.input].
encoder() {
  local name=$1 file=$2 dimension=$3 size=$4
  shift 4
  cat <<END

[[model]]
name = "$name"
file = "$file"
role = "encode"
backend = "opencv-onnx"
sha256 = "$(sha_of "$file")"
licence = "CC0-1.0"
dimension = $dimension
[model.input]
align = "arcface5"
size = $size
$(awk -v s="$size" 'BEGIN {
  split("38.3 51.7 73.5 51.5 56.0 71.7 41.5 92.4 70.7 92.2", p, " ")
  for (i = 1; i <= 10; i++) out = out (i % 2 ? (i > 1 ? ", [" : "[") : ", ") p[i] * s / 112 (i % 2 ? "" : "]")
  print "points = [" out "]" }')
$(printf '%s\n' "$@")
[model.threshold]
strict = 0.9996
normal = 0.9990
loose = 0.9976
margin = 0.0004
END
}
"$make_onnx" --size 96 --dimension 64 -o m/own.onnx
"$make_onnx" --size 160 --dimension 300 --seed 2 -o m/large.onnx
"$make_onnx" --size 96 --dimension 64 -o again.onnx
ok "make-onnx makes the same file again" cmp -s m/own.onnx again.onnx
own_input=('channels = "BGR"' 'scale = 1.0' 'mean = [127.5, 120, 110]' 'std = [128, 128, 100]' 'mirror = true')
{
  encoder own own.onnx 64 96 "${own_input[@]}"
  encoder own-rgb own.onnx 64 96 'channels = "RGB"' 'mirror = false'
  encoder large large.onnx 300 160 'scale = 0.00392156862745098'
} >>m/models.toml

# look WHAT EXIT READ ENCODER ARGUMENT...: so many photos of the people folder are read anew.
look() {
  local what=$1 code=$2 read=$3 encoder=$4
  shift 4
  run "$code" faceatt-mark-photo --models m --encoder "$encoder" -v -n --format csv "$@"
  same "photos read anew: $what" "$read" "$(sed -n 's/.*, \([0-9]*\) photos read anew.*/\1/p' "$work/err")"
}
in_force() { said "threshold $1, margin $2"; }

# --- an ONNX network of the user's own
echo "an ONNX network of one's own:"
for i in "${!first[@]}"; do
  id=$(basename "$(dirname "${first[i]}")")
  run 0 faceatt-enroll --models m --encoder own --format csv --id "$id" "${first[i]}"
  same "enrolment of $id" enrolled "$(column verdict)"
done
same "caches" "own-yunet.cache" "$(ls people/.faceatt)"
run 0 faceatt-enroll --models m --encoder own --list --format csv
err_lines 0
same "usable photos in the list" "1 1 1 1 1" "$(column usable | xargs)"

look "after enrolling" 0 0 own "${first[@]}"
in_force 0.999 0.000
same "people on the photos they are enrolled with" "$(basename -a "$johns"/* | xargs)" "$(column id | xargs)"
# Half-precision numbers, and a portrait is looked at less closely than a class: the last digit may differ.
same "scores of the same photo under 0.999" "" "$(column score | awk '$1 < 0.999')"
for level in strict:1.000 normal:0.999 loose:0.998; do
  look "$level" 0 0 own --level "${level%:*}" "${first[0]}"
  in_force "${level#*:}" 0.000
done
look "other photos" 1 0 own "${others[@]}"
column score >own.scores
same "marks on photos too far from the enrolled ones" "" "$(column id | tr -d '\n')"

look "another encoder of the same file" 1 5 own-rgb "${others[@]}"
column score >own-rgb.scores
ok "another input gives other scores" [ "$(paste own.scores own-rgb.scores | awk '$1 == $2' | wc -l)" = 0 ]
look "back to the first" 1 0 own "${others[@]}"
same "its scores again" "$(xargs <own.scores)" "$(column score | xargs)"
look "and to the second" 1 0 own-rgb "${others[@]}"
same "its scores again" "$(xargs <own-rgb.scores)" "$(column score | xargs)"
look "another size and dimension" 1 5 large "${others[@]}"
look "the same" 1 0 large "${others[@]}"
look "another detector" 1 5 own --detector hog "${others[@]}"
look "back to YuNet" 1 0 own "${others[@]}"
same "caches" "large-yunet.cache own-hog.cache own-rgb-yunet.cache own-yunet.cache" "$(ls people/.faceatt | xargs)"

# An entry that is changed does not use what was encoded before, and takes the change to heart.
cp m/models.toml models.toml.good
for change in 's/"BGR"/"RGB"/' 's/scale = 1.0/scale = 0.5/' 's/127.5, 120/127.5, 20/' 's/128, 128, 100/128, 128, 300/' \
  's/mirror = true/mirror = false/' 's/\[\[32.8/[[30.8/'; do
  sed "/name = \"own\"/,/threshold/{$change}" models.toml.good >m/models.toml
  ok "'$change' changes the list" [ "$(diff models.toml.good m/models.toml | grep -c '^>')" = 1 ]
  look "$change" 1 5 own "${others[@]}"
  said "people/.faceatt/own-yunet.cache: damaged, or made by another version; rebuilt from the photos"
  ok "other scores: $change" [ "$(column score | xargs)" != "$(xargs <own.scores)" ]
  look "$change, again" 1 0 own "${others[@]}"
done
cp models.toml.good m/models.toml
look "the first input again" 1 5 own "${others[@]}"
same "and the first scores" "$(xargs <own.scores)" "$(column score | xargs)"
# Thresholds are no part of the encodings.
sed '/name = "own"/,/margin/{s/normal = .*/normal = 0.6/; s/loose = .*/loose = 0.5/; s/margin = .*/margin = 0.25/}' \
  models.toml.good >m/models.toml
look "other thresholds" 1 0 own "${others[@]}"
in_force 0.600 0.250
same "verdicts with a wide margin" ambiguous "$(column verdict | sort -u)"
run 3 faceatt-enroll --models m --encoder own -n --format csv --id Somebody_Else "${others[0]}"
same "enrolment with a low threshold" duplicate_person "$(column verdict)"
cp models.toml.good m/models.toml
run 0 faceatt-enroll --models m --encoder own -n --format csv --id Somebody_Else "${others[0]}"

# --- the networks of the repository's list
# network NAME FILE STAND_IN...: the file from the models folder, or the command that makes one, and the entry as it is.
network() {
  local name=$1 file=$2
  shift 2
  entry_of "$name" >>m/models.toml
  if [[ -f $repo/models/$file ]]; then
    echo "$name: the real one"
    ln -s "$repo/models/$file" m
  else
    echo "$name: a stand-in with random weights"
    ok "a stand-in for $name" "$@" "m/$file"
    sed -i "/name = \"$name\"/,/metric/s/^sha256 = .*/sha256 = \"$(sha_of "$file")\"/" m/models.toml
  fi
}
# walk NAME EXIT: enrols three, and finds each nearest to the photo they were enrolled with.
walk() {
  local name=$1 code=$2 t
  rm -r people
  for i in 0 1 2; do # random weights may take two people for one
    run 0 faceatt-enroll --models m --encoder "$name" --allow-duplicate --id "person$i" "${first[i]}"
  done
  same "cache of $name" "$name-yunet.cache" "$(ls people/.faceatt)"
  for level in strict normal loose; do
    run "$code" faceatt-mark-photo --models m --encoder "$name" --level "$level" -v -n --format csv "$first"
    t=$(/usr/bin/python3 -c 'import sys, tomllib
for model in tomllib.load(open(sys.argv[1], "rb"))["model"]:
    if model["name"] == sys.argv[2]:
        print("threshold {:.3f}, margin {:.3f}".format(model["threshold"][sys.argv[3]], model["threshold"]["margin"]))' \
      "$repo/models/models.toml" "$name" "$level")
    said "3 people, 0 photos read anew, $t"
  done
  run "$code" faceatt-mark-photo --models m --encoder "$name" -n --format csv "${first[@]:0:3}"
  err_lines 0
  same "$name: nearest to each" "person0 person1 person2" "$(column best_id | xargs)"
  same "$name: scores of the same photo under 0.999" "" "$(column score | awk '$1 < 0.999')"
  cp "$work/out" before
  rm -r people/.faceatt
  run 0 faceatt-enroll --models m --encoder "$name" --list --format csv
  same "$name: usable" "1 1 1" "$(column usable | xargs)"
  look "$name: the cache that --list made" "$code" 0 "$name" "${first[@]:0:3}"
  ok "$name: the same results" cmp -s "$work/out" before
}

network sface face_recognition_sface_2021dec.onnx "$make_onnx" --size 112 --dimension 128 -o
network dlib-resnet dlib_face_recognition_resnet_model_v1.dat "$make_resnet"
walk sface 0
# To random weights all faces are alike: the margin makes everybody ambiguous.
walk dlib-resnet $([[ -L m/dlib_face_recognition_resnet_model_v1.dat ]] && echo 0 || echo 1)
if [[ -f $repo/models/face_recognition_densenet_model_v1.dat ]]; then
  network dlib-densenet face_recognition_densenet_model_v1.dat false
  walk dlib-densenet 0
else
  echo "skipped: dlib-densenet (face_recognition_densenet_model_v1.dat is not there; run scripts/fetch-models)"
fi

# The stand-in has the form of the real file: its size, but for a few bytes that dlib 19.24 writes differently.
size=$(entry_of dlib-resnet | sed -n 's/^size = //p' | head -1)
is=$(stat -Lc %s m/dlib_face_recognition_resnet_model_v1.dat)
ok "the ResNet file has $is bytes, dlib's $size" [ $((is > size ? is - size : size - is)) -lt 1000 ]

# What the networks are given, against the description; SFace also against OpenCV's own cv::FaceRecognizerSF.
for name in own own-rgb large sface; do
  run 0 "$encoder_check" m "$name" "$faces/2008_002506.jpg"
  cat "$work/out"
done
ok "SFace is compared with OpenCV's" grep -q "as OpenCV's" "$work/out"
ok "and on the faces of a photo" grep -q "in a photo as OpenCV's" "$work/out"

# --- the entry of models/README.md, fetched from where it says
mkdir srv r
"$make_onnx" --size 112 --dimension 512 -o srv/mine.onnx
cp -P m/face_detection_yunet_2022mar.onnx r
{
  entry_of yunet
  sed -n '/^## Your own network/,$s/^       //p' "$repo/models/README.md" |
    sed "s|file:///srv/models|file://$work/srv|
      s/^sha256 = \"[^\"]*\"/sha256 = \"$(sha256sum srv/mine.onnx | cut -d' ' -f1)\"/"
} >r/models.toml
run 0 env FACEATT_MODEL_MIRROR= "$repo/scripts/fetch-models" --models r mine
ok "the file is fetched" cmp -s srv/mine.onnx r/mine.onnx
rm -r people
run 0 faceatt-enroll --models r --encoder mine --id somebody "$first"
same "cache" "mine-yunet.cache" "$(ls people/.faceatt)"
echo 'encoder = "mine"' >people/faceatt.toml
run 0 faceatt-mark-photo --models r -v -n --format csv "$first"
said " 0 photos read anew, threshold 0.450, margin 0.050"
same "score of the same photo under 0.999" "" "$(column score | awk '$1 < 0.999')"
run 0 "$encoder_check" r mine "$first"

# --- entries that cannot be right: exit 4 and one line
echo "what cannot be right:"
cp m/models.toml models.toml.good
# bad MESSAGE SED: the list changed so; the message follows the folder's name.
bad() {
  sed "/name = \"own\"/,/margin/{$2}" models.toml.good >m/models.toml
  ok "'$2' changes the list" test -n "$(cmp models.toml.good m/models.toml)"
  run 4 faceatt-mark-photo --models m --encoder own -n "$first"
  err_lines 1
  said "faceatt-mark-photo: m/$1"
  cp models.toml.good m/models.toml
}
# The line of models.toml.good that first has this text in the entry of own.
line_of() { awk -v want="$1" '/name = "own"/ { on = 1 } on && index($0, want) { print NR; exit }' models.toml.good; }
rm -r people # so that the network has to be loaded
mkdir people && cp "$first" people/somebody.jpg

t="thresholds must be 1 > strict >= normal >= loose > 0"
own="model 'own':"
bad "models.toml:$(line_of strict): $own 'strict' is missing or not a number" 's/strict = .*/strict = nan/'
bad "models.toml:$(line_of model.threshold): $own 'strict' is missing or not a number" '/strict/d'
bad "models.toml:$(line_of model.threshold): $own $t" 's/strict = .*/strict = 2/'
bad "models.toml:$(line_of model.threshold): $own $t" 's/strict = .*/strict = 0.9/'
bad "models.toml:$(line_of model.threshold): $own $t" 's/loose = .*/loose = -0.1/'
bad "models.toml:$(line_of margin): $own 'margin' must be from 0 to below 1" 's/margin = .*/margin = -0.1/'
bad "models.toml:$(line_of backend): $own no backend 'tensorflow' to encode; there are opencv-onnx" 's/opencv-onnx/tensorflow/'
bad "models.toml:$(line_of model.input): $own align = \"arcface5\" needs 'points'" '/^points/d'
bad "models.toml:$(line_of points): $own 'points' must lie in the 96x96 chip" 's/^points = \[\[/&9/'
bad "models.toml:$(line_of align): $own backend 'opencv-onnx' needs align" 's/arcface5/dlib68/'
bad "models.toml:$(line_of channels): $own 'channels' must be \"RGB\" or \"BGR\"" 's/"BGR"/"GRB"/'
bad "models.toml:$(line_of mirror): $own unknown key 'mirrored' in [model.input]" 's/mirror =/mirrored =/'
bad "models.toml:$(line_of dimension): $own 'dimension' must be a whole number" 's/dimension = .*/dimension = 64.5/'
bad "own.onnx: gives 64 numbers, but models.toml says dimension = 65" 's/dimension = .*/dimension = 65/'
bad "own.onnx: OpenCV cannot run it on a 112x112 chip; is 'size' in models.toml right?" 's/size = .*/size = 112/'
bad "own.onnx: is not the file that models.toml names (SHA-256 differs); put it there" 's/^sha256 = ".../sha256 = "000/'
bad "none.onnx: not found; put it there, or name the folder with --models" 's/own.onnx/none.onnx/'
bad "none.onnx: not found; run scripts/fetch-models own, or name" \
  's/own.onnx/none.onnx/; s|^licence|url = "https://example.org/none.onnx"\n&|'

# A file that is no network, or cut short, or another kind of network; each is the one that its entry names.
broken() { # broken NAME FILE MESSAGE
  mv m/models.toml kept
  sed "/name = \"$1\"/,/dimension/{s/^file = .*/file = \"$2\"/; s/^sha256 = .*/sha256 = \"$(sha_of "$2")\"/}" kept \
    >m/models.toml
  run 4 faceatt-mark-photo --models m --encoder "$1" -n "$first"
  err_lines 1
  said "faceatt-mark-photo: m/$2: $3"
  mv kept m/models.toml
}
: >m/empty
echo "not a network" >m/words
head -c 100000 /dev/urandom >m/noise
head -c 20000 m/own.onnx >m/half.onnx
head -c 1000000 m/dlib_face_recognition_resnet_model_v1.dat >m/half.dat
for file in empty words noise half.onnx half.dat face_detection_yunet_2022mar.onnx; do
  [[ $file == face* ]] && problem="" || problem="is not an ONNX network that OpenCV can read"
  broken own "$file" "$problem"
  broken dlib-resnet "$file" "not a dlib network of kind dlib-resnet"
done
if [[ -e m/face_recognition_densenet_model_v1.dat ]]; then
  broken dlib-resnet face_recognition_densenet_model_v1.dat "not a dlib network of kind dlib-resnet"
  broken dlib-densenet dlib_face_recognition_resnet_model_v1.dat "not a dlib network of kind dlib-densenet"
fi
ok "nothing is left in the cache of a network that cannot be loaded" [ ! -e people/.faceatt/own-yunet.cache ]
finish
