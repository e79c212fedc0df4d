#!/bin/bash
# Every header compiles alone: it includes what it needs.
# usage: headers.sh COMPILER INCLUDE_DIR...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compile=("$1" -x c++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Ilib)
shift
for folder in "$@"; do compile+=(-isystem "$folder"); done

check() { # check HEADER COMMAND...
  local header=$1
  shift
  echo "#include \"${header#lib/}\"" | "$@" - || {
    echo "FAILED: $header does not compile alone"
    return 1
  }
}
export -f check

mapfile -t headers < <(find lib -name '*.hpp' | sort)
[[ ${#headers[@]} -gt 20 ]] || {
  echo "FAILED: only ${#headers[@]} headers found"
  exit 1
}
printf '%s\0' "${headers[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'check "$@"' check {} "${compile[@]}"
echo "headers: ${#headers[@]} compile alone"
