#!/bin/bash
# Completion of bash and zsh knows every option of --help, and what their values are. usage: completion.sh BIN_DIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder=$(dirname "$bin")/scripts/packaging/completion
. "$folder/faceatt"

# offers WORD...: what bash offers for the last of these words, sorted, on one line.
offers() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _faceatt
  printf '%s\n' "${COMPREPLY[@]}" | sort | xargs
}
mkdir -p people/s1001 "other one"
touch people/Ana_Silva.jpg "people/Zoë Ü.PNG" people/notes.txt people/s1001/a.jpg "other one/Bob.jpeg"
printf 'id,name,groups\ns1001,Ana,7a;choir\ns2002,"B, C",7b\n' >people/roster.csv

declare -A source_of=([faceatt-watch]=0)
for tool in faceatt-{enroll,mark-photo,watch,mark,report}; do
  wanted=$($tool --help | sed -n '/^Options:/,/^$/p' | sed -nE 's/^  (-.,)?(--[a-z-]+).*/\2/p' | sort | xargs)
  same "$tool --" "$wanted" "$(offers $tool --)"
  for option in $wanted; do
    ok "zsh: $tool $option" grep -qE "'\*?${option}[=[]" <(sed -n "/^  $tool)/,/^    ;;/p" "$folder/_faceatt")
  done
  # What is offered as a value is one.
  for option in --format --level --liveness --detector --direction --chain; do
    [[ " $wanted " == *" $option "* ]] || continue
    values=$(offers $tool $option '')
    ok "$tool $option: $values" [ "$(wc -w <<<"$values")" -ge 2 ]
    for value in $values; do run 0 $tool $option "$value" --print-config ${source_of[$tool]-}; done
  done
done

same "values" "normal strict" "$(offers faceatt-watch --level '' | xargs -n 1 | grep -v loose | xargs)"
same "values after =" "jsonl" "$(offers faceatt-report --format = j)"
same "values of another program" "off passive" "$(offers faceatt-mark-photo --liveness '')"
same "encoders" "dlib-densenet dlib-resnet" "$(offers faceatt-enroll --encoder dl)"
same "short options" "" "$(offers faceatt-report -o '')"
same "folders" "other one" "$(offers faceatt-enroll --db ot)"
same "people" 'Ana_Silva Zoë Ü s1001 s2002' "$(offers faceatt-mark '' | xargs)"
same "people of a folder" "Bob" "$(offers faceatt-report --db 'other one' --person '')"
same "people of a folder after =" "Bob" "$(offers faceatt-report --db = 'other one' --person '')"
same "people of the environment" "Bob" "$(FACEATT_DB='other one' offers faceatt-mark B)"
same "names with spaces are quoted" 'Zoë\ Ü' "$(COMP_WORDS=(faceatt-mark Zo) COMP_CWORD=1; _faceatt; echo "${COMPREPLY[0]}")"
same "photos, not people" "" "$(offers faceatt-enroll s1)"
same "people to erase" "s1001" "$(offers faceatt-enroll --erase s1)"
same "groups" "7a 7b" "$(offers faceatt-mark --group 7)"
same "nothing is known of numbers" "" "$(offers faceatt-watch --threshold '')"

# As bash-completion loads it, and as bash runs it.
if [[ -e /usr/share/bash-completion/bash_completion ]]; then
  mkdir -p share/bash-completion
  ln -s "$folder" share/bash-completion/completions
  same "bash-completion" "complete -o bashdefault -o default -F _faceatt faceatt-mark" "$(XDG_DATA_HOME=$work/share bash --norc -c '
    . /usr/share/bash-completion/bash_completion; _completion_loader faceatt-mark; complete -p faceatt-mark' 2>/dev/null)"
else
  fail "bash-completion is missing: scripts/setup --tests"
fi

# zsh, in a terminal of its own.
cat >zsh-test <<'EOF'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= TERM=dumb fpath=($1 \$fpath) PATH=$2:\$PATH; autoload -U compinit; compinit -u -D"
zpty -w shell 'show() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N show; bindkey "^X" show; bindkey "^I" expand-or-complete; echo rea""dy'
zpty -r shell line '*ready*'
for typed in 'faceatt-report --forma' 'faceatt-watch --level str' 'faceatt-mark Ana' 'faceatt-enroll --erase s1' 'faceatt-enroll s1'; do
  zpty -n -w shell "$typed"$'\t\x18'
  zpty -r shell line '*<*>*'
  print -r -- ${${line##*<}%%>*}
done
EOF
same "zsh" 'faceatt-report --format=
faceatt-watch --level strict 
faceatt-mark Ana_Silva 
faceatt-enroll --erase s1001 
faceatt-enroll s1' "$(timeout 60 zsh -f zsh-test "$folder" "$bin" 2>&1 | tr -d '\r')"

# An option that the generator does not know how to complete stops the build.
mkdir fake
for tool in faceatt-{enroll,mark-photo,watch,mark,report}; do
  printf '#!/bin/sh\nprintf "usage: x\\n\\nOptions:\\n  --shiny THING         Words\\n\\nExit\\n"\n' >fake/$tool
  chmod +x fake/$tool
done
run 1 "$repo/scripts/packaging/completion/generate" fake "$repo/models/models.toml" made
said "--shiny THING: add it to generate"
finish
