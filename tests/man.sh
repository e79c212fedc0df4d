#!/bin/bash
# Manual pages as people see them: they say what the programs have, and nothing else.
# usage: man.sh BIN_DIR MAN_DIR
set -euo pipefail
export LC_ALL=C.UTF-8
bin=$(realpath "$1")
pages=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset "${!FACEATT_@}"

failed=0
fail() {
  echo "FAILED: $*"
  failed=1
}

# same WHAT EXPECTED_FILE GOT_FILE
same() {
  diff -u --label "$1: the programs" --label "$1: the page" "$2" "$3" || fail "$1: differs"
}

# A page's text, COLUMNS wide. At 10,000 each paragraph is a line.
text() { MANWIDTH=$2 MANROFFOPT='' man --nh --nj --warnings -l "$pages/$1" 2>"$tmp/warnings" | col -bx; }

# section PAGE TITLE: its lines
section() { awk -v title="$2" '/^[A-Z]/ {on = $0 == title; next} on' "$tmp/$1"; }

# terms PAGE SECTION: of each term there "TERM<tab>DEFAULT", DEFAULT empty when its text names none
terms() {
  sed -e 's/\\f[A-Z]//g' -e 's/\\-/-/g' -e 's/\\(ti/~/g' "$pages/$1" | awk -v title="$2" '
    function flush() {
      if (term == "") return
      value = ""
      if (match(text, /Default: .*\.$/)) value = substr(text, RSTART + 9, RLENGTH - 10)
      print term "\t" value
      term = text = ""
    }
    /^\.SH$/ { flush(); getline; on = $0 == title; next }
    !on { next }
    /^\.TP/ { flush(); getline; term = $0; next }
    /^\.SS$/ { flush(); getline; next }
    !/^\./ { text = text (text == "" ? "" : " ") $0 }
    END { flush() }' | sort
}

# options and arguments of --help, likewise
help_terms() {
  "$bin/$1" --help | awk '
    /^Arguments:|^Options:/ { on = 1; next }
    /^[^ ]/ { on = 0 }
    on && /^  [^ ]/ {
      term = substr($0, 1, 24)
      value = ""
      if (match($0, / \[[^]]*\]$/)) value = substr($0, RSTART + 2, RLENGTH - 3)
      sub(/^ +/, "", term); sub(/ +$/, "", term); sub(/,/, ", ", term)
      print term "\t" value
    }' | sort
}

tools=(faceatt-enroll faceatt-mark-photo faceatt-watch faceatt-mark faceatt-report)
all=()
for page in "$pages"/*.[1-9]; do all+=("$(basename "$page")"); done
[[ ${#all[@]} -eq 12 ]] || fail "${#all[@]} pages, not 12"

for page in "${all[@]}"; do
  text "$page" 10000 >"$tmp/$page"
  [[ ! -s $tmp/warnings ]] || fail "$page: $(cat "$tmp/warnings")"
  # As people see it: no line is too long, no markup is left over.
  text "$page" 80 >"$tmp/narrow"
  [[ ! -s $tmp/warnings ]] || fail "$page: $(cat "$tmp/warnings")"
  ! grep -nE '^.{81,}' "$tmp/narrow" || fail "$page: lines of more than 80 columns"
  ! grep -nE '\*\*|`' "$tmp/$page" || fail "$page: Markdown is left over"

  # What whatis(1) and apropos(1) find.
  name=${page%.*}
  lexgrog "$pages/$page" | grep -qF ": \"$name - " || fail "$page: lexgrog(1) finds no NAME: $(lexgrog "$pages/$page" 2>&1)"
  grep -qE "^\.TH \"${name^^}\" \"${page##*.}\" " "$pages/$page" || fail "$page: its title is not its name"

  case $page in
    *.1) wanted="NAME SYNOPSIS DESCRIPTION OPTIONS EXIT_STATUS ENVIRONMENT FILES EXAMPLES SEE_ALSO" ;;
    *.5) wanted="NAME SYNOPSIS DESCRIPTION EXAMPLES SEE_ALSO" ;;
    *.7) wanted="NAME DESCRIPTION EXIT_STATUS ENVIRONMENT FILES EXAMPLES SEE_ALSO" ;;
  esac
  for title in $wanted; do
    [[ -n $(section "$page" "${title//_/ }") ]] || fail "$page: no section ${title//_/ }"
  done

  # Pages that are referred to.
  while read -r reference; do
    [[ -e $pages/$reference ]] || fail "$page: refers to $reference, which is not there"
    [[ $reference != "$page" ]] || fail "$page: refers to itself"
  done < <(grep -oE 'faceatt[a-z-]*\([1-9]\)' "$tmp/$page" | sed '1d;$d' | grep -v "^$name(" | tr '(' . | tr -d ')' | sort -u)

  # Each command of the examples is understood: its options are there, and their values can be read.
  mkdir -p "$tmp/examples"
  while IFS= read -r command; do
    (cd "$tmp/examples" && PATH=$bin:$PATH bash -c "$command --print-config" >/dev/null 2>"$tmp/errors" </dev/null) ||
      fail "$page: $command: $(cat "$tmp/errors")"
  done < <(section "$page" EXAMPLES | sed -n 's/^ \{7\}//p' | sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba}' |
    grep -oE "(^|[|] *)($(IFS='|'; echo "${tools[*]}")) .*" |
    sed -E "s/^[| ]+//; s/ (\||\|\||>).*//")
done

for tool in "${tools[@]}"; do
  help_terms "$tool" >"$tmp/expected"
  terms "$tool.1" OPTIONS >"$tmp/got"
  [[ $(wc -l <"$tmp/expected") -ge 20 ]] || fail "$tool --help: only $(wc -l <"$tmp/expected") options found"
  same "$tool(1), options" "$tmp/expected" "$tmp/got"

  "$bin/$tool" --help | sed -n '/^Exit status:/,$p' | grep -owE '[0-4]|1[0-9][0-9]' | sort -u >"$tmp/expected"
  terms "$tool.1" 'EXIT STATUS' | grep -oE '^[0-9, ]+' | grep -oE '[0-9]+' | sort -u >"$tmp/got"
  same "$tool(1), exit status" "$tmp/expected" "$tmp/got"

  arguments=(x)
  [[ $tool != faceatt-watch ]] || arguments=(0)
  (cd "$tmp/examples" && "$bin/$tool" --print-config "${arguments[@]}") >>"$tmp/config"
done

# faceatt-settings(5): every setting, and what is built in.
sed -E 's/^([a-z_]+) = "(.*)" +# built-in$/\1\t\2/; s/^(models)\t.*/\1\t/' "$tmp/config" | sort -u >"$tmp/expected"
terms faceatt-settings.5 DESCRIPTION >"$tmp/got"
same "faceatt-settings(5)" "$tmp/expected" "$tmp/got"

# faceatt-records(5): the fields of docs/formats.md, all of them and in their order.
fields=$(section faceatt-records.5 DESCRIPTION | tr -d ' \n')
# shellcheck disable=SC2016
while read -r list; do
  [[ $fields == *$list* ]] || fail "faceatt-records(5): not there: $list"
done < <(sed -n '/^## Records/,/^## Exit status/p' docs/formats.md | grep -oE '`[a-z0-9_]+(,[a-z0-9_]+){3,}`' | tr -d '`')

exit "$failed"
