#!/usr/bin/env bash
# Installs peers of the benchmark from PyPI, each into a virtual environment of its own under ~/.cache/lockstep-bench (or that of
# XDG_CACHE_HOME), which is all that is to be removed to be rid of them. What is in place is left alone.
#
# Usage: npm run setup:peers [-- pytorch tensorflow jax onnxruntime]      (without names: all four)
#
#   pytorch      5.4 GB: for Linux, PyPI has PyTorch with CUDA alone, and it does not load without CUDA's libraries
#   tensorflow   1.5 GB    with Keras
#   jax          0.6 GB
#   onnxruntime  0.3 GB    beside pytorch, which it needs
#
# Python 3.11 or later; another than python3 on the PATH: PYTHON=/path/to/python3.12 npm run setup:peers
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lockstep-bench

# install ENVIRONMENT PEER REQUIREMENT...
install() {
  local environment=$cache/$1 peer=$2
  shift 2
  local record=$environment/installed-$peer
  if [ "$(cat "$record" 2>/dev/null)" = "$*" ]; then
    echo "$peer: in place in $environment ($*)"
    return
  fi
  echo "$peer: installing $* into $environment"
  [ -x "$environment/bin/python" ] || "${PYTHON:-python3}" -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
  echo "$*" >"$record"
}

pytorch=(torch==2.15.0 numpy==2.4.6)

for peer in "${@:-pytorch tensorflow jax onnxruntime}"; do
  for name in $peer; do
    case $name in
      pytorch) install pytorch pytorch "${pytorch[@]}" ;;
      tensorflow) install tensorflow tensorflow tensorflow-cpu==2.21.0 ;;
      jax) install jax jax jax==0.10.2 jaxlib==0.10.2 ;;
      onnxruntime)
        install pytorch pytorch "${pytorch[@]}"
        # Its last release with training reads no models of the format version that a newer onnx writes.
        install pytorch onnxruntime onnxruntime-training-cpu==1.19.2 onnx==1.17.0
        ;;
      *)
        echo "no peer is called $name: pytorch, tensorflow, jax and onnxruntime can be installed" >&2
        exit 2
        ;;
    esac
  done
done
