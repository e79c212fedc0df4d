#!/bin/bash
# What holds for every backend, over a store: the suite of log, rules and gallery, and the command-line tests of marks,
# corrections, timetables and reports as they are.
# usage: store_suite.sh BIN_DIR SUITE   (SUITE is faceatt-backend-suite)
suite=$(realpath "$2")
set -- "$1"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/store_servers.sh"
want_redis
start_redis store

FACEATT_TEST_STORE="redis://127.0.0.1:${redis_port[store]}/1" "$suite" >out 2>&1
code=$?
same "the suite of every backend: $(tail -n 3 out)" 0 "$code"
tail -n 2 out | head -n 1

# The tools as they are called by the tests, over a store: what the test's log has is brought in when it is another one
# than the store's, and afterwards the log is what the store exports. So each of these tests, which know of no store,
# also sees whether import and export lose anything.
mkdir tools spools
for tool in faceatt-mark faceatt-report faceatt-mark-photo faceatt-watch; do
  cat >"tools/$tool" <<EOF2
#!/bin/bash
log=\${FACEATT_LOG:-Attendance.csv}
for ((i = 1; i <= \$#; i++)); do
  case \${!i} in
    --log) n=\$((i + 1)) log=\${!n} ;;
    --log=*) log=\${!i#--log=} ;;
  esac
done
site=\$(realpath -m "\$log" | sha256sum | cut -c1-16)
spool=$work/spools/\$site copy=$work/spools/\$site.csv
over=(--store "redis://127.0.0.1:${redis_port[store]}/0?site=\$site" --spool "\$spool")
if [[ -f \$log ]] && ! cmp -s "\$log" "\$copy"; then
  redis-cli -p ${redis_port[store]} --scan --pattern "faceatt:{\$site}:*" |
    xargs -r -d '\\n' redis-cli -p ${redis_port[store]} del >/dev/null
  rm -rf "\$spool" "\$copy"
  $bin/faceatt-report "\${over[@]}" --import "\$log" >/dev/null 2>&1 </dev/null
fi
$bin/faceatt-enroll "\${over[@]}" --db "\${FACEATT_DB:-people}" --publish --prune >/dev/null 2>&1 </dev/null
$bin/$tool "\${over[@]}" "\$@"
code=\$?
$bin/faceatt-report "\${over[@]}" --export "\$copy" --overwrite >/dev/null 2>&1 </dev/null && cp "\$copy" "\$log"
exit \$code
EOF2
  chmod +x "tools/$tool"
done
ln -s "$bin/faceatt-enroll" tools/
tests=("$repo"/tests/cli/{correct,correct-undo,correct-end,timetable-cases,timetable-odd}.test
  "$repo"/tests/cli/report-{by-all,calendar,day,expected,group,from-to,manual}.test)
timeout 300 "$repo/tests/cli/run" --bin "$work/tools" "${tests[@]}" >out 2>&1
code=$?
same "command-line tests over a store: $(<out)" 0 "$code"
tail -n 1 out
finish
