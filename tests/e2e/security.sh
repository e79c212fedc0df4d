#!/bin/bash
# Encryption at rest, who may read what was made, and root's rights that are given up.
# usage: security.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sealed() { [[ $(head -c 16 "$1") == faceatt-sealed-1 ]]; }
one() { find "$johns/$1" -name '*.jpg' | sort | sed -n "${2}p"; }
clip() { # FOLDER PHOTO: somebody who stands before the camera
  mkdir "$1"
  for i in {10..24}; do cp "$2" "$1/$i.jpg"; done
}
cache=people/.faceatt/mobilefacenet-yunet.cache
salley=$(one John_Salley 3)
simm=$(one John_Simm 3)

# Whatever the umask, what is made is for its owner only.
umask 0
run 0 faceatt-enroll --make-key key
run 2 faceatt-enroll --make-key key
said 'exists; a key is never replaced'
run 0 faceatt-enroll --db people --key-file key --id salley "$(one John_Salley 1)" "$(one John_Salley 2)"
clip stranger "$simm"
mkdir in
cp "$salley" in/
export FACEATT_KEY_FILE=key
run 0 faceatt-mark-photo --db people --annotate seen --review check -o marks.csv --format csv "$salley" "$simm"
run 0 faceatt-mark-photo --db people --inbox in --done done --settle 0s
now=2026-11-21T09:00:00Z
run 1 faceatt-watch --db people --strangers strangers --liveness off --now $now --annotate seen.mkv --preview now.jpg stranger
run 0 faceatt-report --format html -o report.html
run 0 faceatt-mark --db people salley --status excused --now 2026-11-22T09:00:00Z
same "what others may look at" "" "$(find . -newer key \( -type f -o -type d \) -perm /077 \
  -not -path './in*' -not -path './stranger' -not -path './stranger/*' -not -path ./out -not -path ./err -not -path . -not -path './done/*' | sort | xargs)"
chmod 644 report.html
run 0 faceatt-report --format html -o report.html --overwrite
same "a file that is replaced keeps its mode" 644 "$(stat -c %a report.html)"
umask 022

# Encrypted, and known with the key only.
picture=$(find strangers -name '*.jpg')
for file in "$cache" "$picture" "${picture%.jpg}.json"; do ok "$file is encrypted" sealed "$file"; done
ok "no name in them" [ -z "$(grep -lar -e salley -e door strangers people/.faceatt)" ]
run 0 faceatt-mark-photo -n --db people "$salley"
ok "recognised" grep -q salley out
before=$(find people strangers -type f -exec sha256sum {} + | sort)
faceatt-enroll -q --make-key other
for key in '' other; do
  for command in "faceatt-mark-photo --db people -n $salley" "faceatt-enroll --db people --list" \
    "faceatt-watch --db people --now $now stranger" "faceatt-enroll --db people $simm"; do
    FACEATT_KEY_FILE=$key run 4 $command
    said "$cache: is encrypted"
    said 'name'
    err_lines 1
  done
  FACEATT_KEY_FILE=$key run 4 faceatt-enroll --db none --strangers strangers --erase simm
  said "is encrypted"
done
mkdir none && cp "$(one John_Shimkus 1)" none/shimkus.jpg
FACEATT_KEY_FILE='' run 4 faceatt-watch --db none --strangers strangers --now $now stranger
said "is encrypted"
same "nothing was touched" "$before" "$(find people strangers -type f -exec sha256sum {} + | sort)"
chmod 644 key
run 4 faceatt-enroll --db people --list
said 'key: others may read this key; chmod 600 it'
chmod 600 key

# A person looks at one.
run 0 faceatt-enroll --unseal "$picture"
same "a JPEG" image/jpeg "$(file -b --mime-type out 2>/dev/null || (head -c 3 out | od -An -tx1 | grep -q 'ff d8 ff' && echo image/jpeg))"
run 0 faceatt-enroll --unseal -o stranger.json "${picture%.jpg}.json"
ok "its sidecar" grep -q '"group":"unknown-1"' stranger.json
FACEATT_KEY_FILE='' run 4 faceatt-enroll --unseal "$picture"

# From plain to encrypted, and from one key to another.
run 1 env FACEATT_KEY_FILE= faceatt-watch --db none --strangers plain --liveness off --now $now stranger
ok "plain without a key" [ -z "$(grep -la faceatt-sealed-1 plain/*)" ]
run 1 faceatt-watch --db none --strangers plain --liveness off --now 2026-11-22T09:00:00Z --format csv stranger
ok "of the same group as the plain one" grep -q 'visit 2 since 2026-11-21' out
same "the first is still plain" 2 "$(grep -La faceatt-sealed-1 plain/* | wc -l)"
run 0 faceatt-enroll --seal plain
same "now all are encrypted" "" "$(grep -La faceatt-sealed-1 plain/*)"
run 1 faceatt-enroll --seal plain
FACEATT_KEY_FILE=other run 3 faceatt-enroll --seal plain
FACEATT_KEY_FILE=other run 0 faceatt-enroll --seal --old-key key plain people/.faceatt none/.faceatt
FACEATT_KEY_FILE=other run 0 faceatt-mark-photo -n --db people "$salley"
FACEATT_KEY_FILE=other run 1 faceatt-watch --db none --strangers plain --liveness off --now 2026-11-23T09:00:00Z --format csv stranger
ok "and still known" grep -q 'visit 3 since 2026-11-21' out
FACEATT_KEY_FILE=other run 0 faceatt-enroll --seal --old-key key strangers
export FACEATT_KEY_FILE=other

# Erasing finds an encrypted picture by its face.
run 0 faceatt-enroll --db people --id simm "$(one John_Simm 1)" "$(one John_Simm 2)"
run 0 faceatt-enroll --db people --strangers strangers --also plain --log Attendance.csv --erase simm
said 'simm: erased'
ok "its picture is gone" [ ! -e "$picture" ]
# A damaged cache is made anew; encrypted again.
printf x | dd of="$cache" bs=1 seek=200 conv=notrunc status=none
run 0 faceatt-mark-photo -n --db people "$salley"
said "$cache: damaged"
ok "encrypted again" sealed "$cache"
# A terminal does not obey the name of a file; a file gets it as it is.
cp "$salley" $'\e[31mred.jpg'
same "escape sequences for a terminal" 0 "$(/usr/bin/python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' \
  faceatt-mark-photo -q -n --db people --format tsv $'\e[31mred.jpg' </dev/null | tee terminal | grep -c $'\e')"
ok "it was named" grep -q 'red.jpg' terminal
run 0 faceatt-mark-photo -q -n --db people --format tsv $'\e[31mred.jpg'
ok "as it is" grep -q $'\e' out
# The key is in no core dump and no other process of the user can read it; the path only is in the environment.
unset FACEATT_KEY_FILE

# Root's rights.
run 2 faceatt-watch --db people --user nobody-of-this-name stranger
said '--user nobody-of-this-name: there is no such user'
run 2 faceatt-watch --db people --user root stranger
said '--user root: is root'
if [[ $EUID -eq 0 ]]; then
  chmod 755 . && chmod -R a+rX none stranger
  mkdir door && chown nobody door
  cat >door/rights <<'END'
#!/bin/sh
{
  grep -h -e ^Uid -e ^Gid -e ^Groups -e ^CapEff /proc/self/status /proc/$PPID/task/*/status
  grep ^NoNewPrivs /proc/self/status # threads of libraries that began before main() have it not, and start nothing
} | sort -u >>door/status
id -un >>door/who
echo "$HOME" >>door/home
END
  chmod 755 door/rights
  cp -a none door/people && rm -r door/people/.faceatt && chown -R nobody door/people
  run 1 faceatt-watch --user nobody --db door/people --log door/log.csv --strangers door/strangers --now $now --liveness off \
    --exec door/rights --exec-on session_start stranger
  same "who runs commands" nobody "$(cat door/who)"
  same "whose home" "$(getent passwd nobody | cut -d: -f6)" "$(cat door/home)"
  uid=$(id -u nobody) gid=$(id -g nobody)
  same "rights of all threads, and of commands" "CapEff: 0000000000000000 Gid: $gid $gid $gid $gid Groups: $gid NoNewPrivs: 1 Uid: $uid $uid $uid $uid" \
    "$(tr '\t' ' ' <door/status | tr -s ' ' | sed 's/ *$//' | xargs)"
  same "whose files" nobody "$(stat -c %U door/strangers door/strangers/* door/people/.faceatt door/people/.faceatt/* | sort -u | xargs)"
  run 4 as-user faceatt-watch --user daemon --db none stranger
  said 'only root can become another user'
else
  run 4 faceatt-watch --user nobody --db none stranger
  said 'only root can become another user'
fi
finish
