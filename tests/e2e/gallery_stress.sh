#!/bin/bash
# Four processes change and load one people folder at once; see gallery_stress.cpp.
# usage: gallery_stress.sh BIN_DIR HELPER
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$2" "$folder/people" 10
