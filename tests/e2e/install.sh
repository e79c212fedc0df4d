#!/bin/bash
# cmake --install, and programs of others against what was installed: by find_package() and by pkg-config.
# usage: install.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
build=$(dirname "$bin")
prefix=$work/prefix
export FACEATT_TEST_TIMEOUT=300

run 0 cmake --install "$build" --prefix "$prefix"
for name in bin/faceatt-{enroll,mark-photo,watch,mark,report} lib/libfaceatt.a lib/pkgconfig/faceatt.pc \
  share/faceatt/models/models.toml share/doc/faceatt/README.md share/doc/faceatt/docs/formats.md \
  share/doc/faceatt/examples/mark-inbox share/bash-completion/completions/faceatt-watch \
  share/zsh/vendor-completions/_faceatt lib/systemd/system/faceatt-watch@.service lib/sysusers.d/faceatt.conf; do
  ok "$name" test -f "$prefix/$name"
done

# The installed programs, wherever the prefix was moved to: they use the models beside them.
mv "$prefix" "$work/moved"
prefix=$work/moved
PATH=$prefix/bin:$PATH
ok "demo pictures" "$repo/samples/make-demo" demo
run 0 faceatt-mark-photo --print-config
ok "models" grep -qF "$prefix/share/faceatt/models" out
run 0 "$prefix/share/faceatt/fetch-models" --check
run 0 faceatt-enroll -q demo/enrol
run 0 faceatt-mark-photo -q --format csv --at 2026-11-21T08:00 demo/class.jpg
wanted=$(column name | grep John | sort)
same "marked" 5 "$(grep -c John <<<"$wanted")"

# What belongs to our build alone is not for others.
ok "warnings, sanitizers and folders of the build stay here" \
  bash -c '! grep -rnE "faceatt_build_options|-W[a-z]|fsanitize|$1" "$2/lib/cmake" "$2/lib/pkgconfig"' - "$repo" "$prefix"
version=$(sed -nE 's/^project\(faceatt VERSION ([0-9.]+) .*/\1/p' "$repo/CMakeLists.txt")
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
same "version of the pkg-config file" "$version" "$(pkg-config --modversion faceatt)"
same "version of the programs" "faceatt-report (faceatt) $version" "$(faceatt-report --version | head -1)"

# consumes HOW PROGRAM: the program of tests/consumer enrols, recognises and marks.
consumes() {
  run 0 "$2" people demo/class.jpg "$1.csv"
  same "$1: recognised" "$wanted" "$(sort out)"
  same "$1: in the log" "$wanted" "$(faceatt-report -q --log "$1.csv" --format csv | cut -d, -f4 | grep John | sort)"
}
run 0 cmake -S "$repo/tests/consumer" -B cmake-build -DCMAKE_PREFIX_PATH="$prefix"
run 0 cmake --build cmake-build
consumes cmake cmake-build/consumer
run 1 cmake -S "$repo/tests/consumer" -B too-new -DCMAKE_PREFIX_PATH="$prefix" -DWANTED=99
said 'compatible with requested version "99"'
mapfile -t flags < <(pkg-config --static --cflags --libs faceatt | xargs -n 1)
run 0 "${CXX:-g++}" -std=c++20 "-DMODELS=\"$(pkg-config --variable=modelsdir faceatt)\"" "$repo/tests/consumer/main.cpp" \
  -o by-pkg-config "${flags[@]}"
consumes pkg-config ./by-pkg-config

# Every header that is installed can be used: they come all, with what they include.
(cd "$prefix/include" && find faceatt -name '*.hpp' | sort | sed 's/.*/#include <&>/') >all.cpp
ok "headers: $(wc -l <all.cpp)" [ "$(wc -l <all.cpp)" -gt 100 ]
mapfile -t flags < <(pkg-config --cflags faceatt | xargs -n 1)
run 0 "${CXX:-g++}" -std=c++20 -Wall -Wextra -Werror -fsyntax-only "${flags[@]}" all.cpp
finish
