#!/bin/bash
# The programs build and work without hiredis (-DFACEATT_REDIS=OFF); with it, those that use no store do not load it.
# usage: without_redis.sh BIN_DIR
locale=("${LC_ALL+LC_ALL=$LC_ALL}") # the compiler's cache goes by it
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
if [[ $bin == */asan/* ]]; then
  echo 'skipped: built in the release preset only'
  exit 0
fi
for program in "$bin"/faceatt-*; do
  ok "$program loads no store" bash -c "! readelf -d '$program' | grep -E 'NEEDED.*(hiredis|libssl)'"
done
build=$repo/build/without-redis # beside the others: the compiler's cache knows its files
cmake --preset release -S "$repo" -B "$build" -DFACEATT_REDIS=OFF -DFACEATT_TESTS=OFF >configured 2>&1 || fail "$(<configured)"
env -u LC_ALL ${locale[0]:+"${locale[0]}"} cmake --build "$build" --target faceatt-mark faceatt-report >built 2>&1 || fail "$(tail -n 30 built)"
PATH=$build/bin:$PATH
run 0 faceatt-mark s1 --allow-unknown --now 2026-11-21T08:00:00Z
run 0 faceatt-report
run 2 faceatt-mark s1 --store redis://localhost/0
said '--store: this faceatt was built without Redis (FACEATT_REDIS=OFF)'
finish
