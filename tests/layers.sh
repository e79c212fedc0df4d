#!/bin/bash
# Who may include and link whom: the module order of lib/faceatt, and what each program loads.
# usage: layers.sh BIN_DIR
set -euo pipefail
export LC_ALL=C
bin=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=0
fail() {
  echo "FAILED: $*"
  failed=1
}

# What a module may include besides itself.
declare -A may=(
  [core]=''
  [store]='core'
  [vision]='core'
  [people]='core store vision'
  [liveness]='core vision people'
  [attendance]='core store'
  [pipeline]='core store vision people liveness attendance'
  [report]='core store attendance'
)

includes=0
while IFS=: read -r file line text; do
  module=${file#lib/faceatt/}
  module=${module%%/*}
  target=$(sed -E 's|.*"faceatt/([a-z_]+)/.*|\1|' <<<"$text")
  includes=$((includes + 1))
  if [[ ! -v may[$module] ]]; then
    fail "$file: module '$module' is not in the list of $0"
  elif [[ $module != "$target" && " ${may[$module]} " != *" $target "* ]]; then
    fail "$file:$line: $module must not include $target"
  fi
done < <(grep -rnE '^ *# *include +"faceatt/' lib/faceatt)
[[ $includes -gt 50 ]] || fail "only $includes includes found"

# none WHAT PATTERN GREP_ARGUMENT...: no line of ours matches
none() {
  local what=$1 pattern=$2 found
  shift 2
  found=$(grep -nHE "$pattern" "$@" || true)
  [[ -z $found ]] || fail "$what:"$'\n'"$found"
}
mapfile -t headers < <(find lib -name '*.hpp' -not -path '*/vision/*')
mapfile -t sources < <(find lib -name '*.hpp' -o -name '*.cpp')
mapfile -t no_dlib < <(find lib apps \( -name '*.hpp' -o -name '*.cpp' \) \
  -not -name 'dlib_tools.*' -not -name 'encode_dlib.cpp' -not -name 'detect_dlib.cpp' -not -path '*people/match.cpp')
mapfile -t no_ffmpeg < <(find lib apps \( -name "*.hpp" -o -name "*.cpp" \) -not -path "*vision/stream.cpp")
mapfile -t no_opencv < <(find lib/faceatt/{core,attendance,report} -type f)

none 'OpenCV or dlib in a header outside vision' '# *include *[<"](opencv2|dlib)/' "${headers[@]}"
none 'OpenCV below vision' '# *include *[<"]opencv2/|cv::' "${no_opencv[@]}"
none 'dlib outside its files' '# *include *[<"]dlib/' "${no_dlib[@]}"
mapfile -t no_pango < <(find lib apps \( -name '*.hpp' -o -name '*.cpp' \) -not -name 'typeset.cpp')
mapfile -t no_highgui < <(find lib apps \( -name '*.hpp' -o -name '*.cpp' \) -not -name 'window.cpp')
none 'Pango or Cairo outside typeset.cpp' '# *include *[<"](pango|cairo)' "${no_pango[@]}"
mapfile -t no_hiredis < <(find lib apps \( -name '*.hpp' -o -name '*.cpp' \) -not -path '*store/connection.cpp')
none 'hiredis outside its file' '# *include *[<"]hiredis' "${no_hiredis[@]}"
mapfile -t no_sodium < <(find lib apps \( -name '*.hpp' -o -name '*.cpp' \) -not -path '*core/seal.cpp')
none 'libsodium outside its file' '# *include *[<"]sodium' "${no_sodium[@]}"
none 'highgui outside window.cpp' '# *include *[<"]opencv2/(highgui|opencv)' "${no_highgui[@]}"
none 'the library includes with quotes only "faceatt/..."' '# *include +"[^f]' "${sources[@]}"
none 'FFmpeg outside its file' '# *include *[<"]lib(av|sw)' "${no_ffmpeg[@]}"
none 'CLI11 in the library' '# *include *[<"]CLI/' "${sources[@]}"
none 'the library prints' '\b(cout|cerr|clog|putchar|perror|(v|f|d|vf)?printf)\b|\bf?puts *\(|fmt::print\b' "${sources[@]}"
mapfile -t all_headers < <(find lib apps -name "*.hpp")
for header in "${all_headers[@]}"; do
  grep -q '^#pragma once$' "$header" || fail "$header: no #pragma once"
done

# loads PROGRAM: the libraries that it asks for itself
loads() { readelf -d "$bin/$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\].*/\1/p'; }
# loads_no PROGRAM PATTERN
loads_no() {
  [[ -x $bin/$1 ]] || {
    fail "$bin/$1 is not there"
    return
  }
  local found
  found=$(loads "$1" | grep -E "$2" || true)
  [[ -z $found ]] || fail "$1 loads ${found//$'\n'/ }"
}
for name in faceatt-report faceatt-mark; do
  loads_no $name 'libopencv|libav|libsw|libdlib|libexiv2|blas|lapack|pango|cairo'
done
for name in faceatt-report faceatt-mark faceatt-mark-photo faceatt-enroll faceatt-watch; do
  loads_no $name 'libssl|libhiredis|libsodium' # wanted by a store with TLS only, or linked as archives
done
loads_no faceatt-mark-photo 'libopencv_(videoio|highgui|viz)|libav|libsw'
loads_no faceatt-enroll 'libopencv_(highgui|viz)'
loads_no faceatt-watch 'libopencv_viz'
loads faceatt-watch | grep -q libopencv_videoio || fail 'faceatt-watch does not load videoio: is this test looking at the right thing?'

[[ $failed -eq 0 ]] && echo "layers: $includes includes in order"
exit $failed
