#!/bin/sh
# In a folder that `npm run bench:gpu -- --pack FOLDER` made: sh run.sh [LIMIT seconds, default 540] [options of bench:gpu].
# Needs a GPU's driver and nothing else; PyTorch is measured where python3 has it. Results go to $OUT (default: results, here).
here=$(cd "$(dirname "$0")" && pwd)
limit=540
case "${1:-}" in [0-9]*) limit=$1; shift ;; esac
OUT=${OUT:-$here/results}
mkdir -p "$OUT"
. "$here/environment.sh"
nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,power.limit --format=csv,noheader 2>/dev/null
# Whatever hangs ends with the limit; a little later than the parts do, which know it.
timeout $((limit + 20)) "$node" "$here/dist/gpu/main.js" --limit "$limit" --seconds 3 --ways "$ways" \
  --json "$OUT/report.json" --text "$OUT/report.txt" "$@"
code=$?
if [ "$code" -eq 3 ]; then # no GPU: what the loader has to say
  echo "driver: ${VK_DRIVER_FILES:-found by the loader}; libraries: ${LD_LIBRARY_PATH:-the system's}" >&2
  VK_LOADER_DEBUG=error,warn timeout 30 "$node" "$here/dist/gpu/main.js" --parts verify "$@" 2>&1 | head -20 >&2
  ldconfig -p 2>/dev/null | grep -E 'vulkan|nvidia' | head >&2
fi
exit "$code"
