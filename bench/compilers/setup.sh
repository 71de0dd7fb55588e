#!/bin/sh
# Sets up compilers of real GPUs on a machine without one (Debian on x86-64, as root): README.md beside this says what for.
#
#   setup.sh [intel] [adreno] [amd] [nvidia]      installs and builds what is missing (default: all)
#
# Everything lies under $GPU_LAB (default /var/tmp/gpu-lab). Mesa's drivers are Debian trixie's binaries, run with trixie's
# own libraries; the stub kernel drivers ("noop drm-shim") and Turnip, which Debian does not build for x86-64, are compiled
# from Debian's source package. nvcc is the system's or pip's (`nvidia-cuda-nvcc`); the disassembler is the one in Triton's
# wheel. About 5 minutes on two cores, 4 of them for Turnip, and 340 MB (800 while it builds).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lab=${GPU_LAB:-/var/tmp/gpu-lab}
export GPU_LAB="$lab"
suite=trixie
mkdir -p "$lab"
lab=$(cd "$lab" && pwd)
begun=${BEGUN:-$(date +%s)}
export BEGUN="$begun"
[ $# -gt 0 ] || set -- amd intel nvidia adreno
if [ $# -gt 1 ]; then # each by itself: one that fails does not stop the others
  failed=
  for target in "$@"; do sh "$here/setup.sh" "$target" || failed="$failed $target"; done
  [ -z "$failed" ] || { echo "setup.sh: not set up:$failed" >&2; exit 1; }
  exit
fi
say() { echo "[$(($(date +%s) - begun)) s] $*"; }
done_() { [ -e "$lab/.done-$1" ]; }
stamp() { touch "$lab/.done-$1"; }
# Runs a command with its output in a log, shown only if it fails.
quiet() {
  log=$lab/$1.log; shift
  "$@" >"$log" 2>&1 || { tail -n 25 "$log" >&2; echo "setup.sh: failed: $* (whole log: $log)" >&2; exit 1; }
}

# Packages of this machine: those that are missing.
packages() {
  missing=
  for p in "$@"; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"; done
  [ -z "$missing" ] && return
  say "installing$missing"
  quiet apt apt-get -o DPkg::Lock::Timeout=600 update
  # shellcheck disable=SC2086
  quiet apt env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing
}

# A second apt, with lists of $suite from the mirror that is configured here, which touches nothing of the system.
foreign() {
  export APT_CONFIG="$lab/apt/apt.conf"
  mkdir -p "$lab/apt/parts" "$lab/apt/lists/partial" "$lab/apt/cache/archives/partial"
  done_ apt && return
  say "reading the package lists of Debian $suite"
  mirror=$(env -u APT_CONFIG apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    sed -n "s/ $(. /etc/os-release; echo "$VERSION_CODENAME")$//p" | head -n 1)
  [ -n "$mirror" ] || { echo 'setup.sh: apt names no Debian mirror (run apt-get update first)' >&2; exit 1; }
  : >"$lab/apt/status"
  printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" "$suite" >"$lab/apt/parts/$suite.sources"
  cat >"$APT_CONFIG" <<EOF
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$lab/apt/parts";
Dir::State "$lab/apt";
Dir::State::Lists "$lab/apt/lists";
Dir::State::status "$lab/apt/status";
Dir::Cache "$lab/apt/cache";
APT::Sandbox::User "root";
EOF
  quiet apt-lists apt-get update
  stamp apt
}

# Debian $suite's Vulkan drivers and every library they need, unpacked beside each other.
drivers() {
  done_ drivers && return
  foreign
  say "downloading Mesa's drivers of $suite and their libraries"
  quiet drivers apt-get install -y --download-only --no-install-recommends mesa-vulkan-drivers libvulkan1
  for d in "$lab"/apt/cache/archives/*.deb; do dpkg -x "$d" "$lab/$suite"; done
  unset APT_CONFIG
  stamp drivers
}

# Mesa's source, and Debian $suite's Meson to configure it (this Debian's is too old).
source_() {
  packages gcc g++ libc6-dev pkg-config ninja-build flex bison glslang-tools libdrm-dev zlib1g-dev libexpat1-dev libelf-dev xz-utils python3
  done_ configured && return
  foreign
  say "downloading Mesa's source"
  rm -rf "$lab/source" "$lab/build" "$lab/tools"
  mkdir -p "$lab/source" "$lab/tools"
  (cd "$lab/source" && quiet source apt-get source --download-only --tar-only mesa)
  (cd "$lab/tools" && quiet tools apt-get download meson python3-mako python3-markupsafe python3-yaml python3-packaging python3-ply)
  unset APT_CONFIG
  for d in "$lab"/tools/*.deb; do dpkg -x "$d" "$lab/tools"; done
  (cd "$lab/source" && tar -xf mesa_*.orig.tar.xz && rm mesa_*.orig.tar.xz && mv mesa-* mesa)
  say 'configuring Mesa'
  quiet configure env PYTHONPATH="$lab/tools/usr/lib/python3/dist-packages" nice /usr/bin/python3 "$lab/tools/usr/bin/meson" setup \
    "$lab/build" "$lab/source/mesa" --wrap-mode=nofallback -Dbuildtype=release -Doptimization=1 -Db_ndebug=true -Dplatforms= -Dvulkan-drivers=freedreno \
    -Dgallium-drivers=crocus -Dtools=drm-shim,intel -Dllvm=disabled -Dgles1=disabled -Dgles2=disabled -Degl=disabled \
    -Dgbm=disabled -Dglx=disabled -Dglvnd=disabled -Dshader-cache=disabled -Dzstd=disabled -Dxmlconfig=disabled \
    -Dvalgrind=disabled -Dlibunwind=disabled -Dlmsensors=disabled -Dvideo-codecs= -Dgallium-va=disabled \
    -Dgallium-vdpau=disabled -Dgallium-xa=disabled
  stamp configured
}

# build NAME TARGET: a shared library of Mesa's build, kept in lib/.
build() {
  mkdir -p "$lab/lib"
  [ -e "$lab/lib/$(basename "$2")" ] && return
  source_
  say "compiling $(basename "$2")"
  quiet "build-$1" env PYTHONPATH="$lab/tools/usr/lib/python3/dist-packages" nice ninja -C "$lab/build" "$2"
  cp "$lab/build/$2" "$lab/lib/"
}

# The program that hands SPIR-V to a Vulkan driver and prints its statistics, and the tools that go with it.
asker() {
  packages gcc libc6-dev libvulkan-dev spirv-tools
  [ "$lab/vkisa" -nt "$here/vkisa.c" ] || quiet vkisa gcc -O1 -o "$lab/vkisa" "$here/vkisa.c" -lvulkan
}

# nvcc, unless the system has one; and a disassembler.
cuda() {
  wheels=$lab/wheels
  mkdir -p "$wheels"
  if ! command -v nvcc >/dev/null && [ ! -x "$lab/cuda/nvidia/cu13/bin/nvcc" ]; then
    say "downloading NVIDIA's compiler"
    quiet nvcc pip download -q --no-deps -d "$wheels" nvidia-cuda-nvcc nvidia-cuda-crt nvidia-cuda-runtime nvidia-cuda-cccl nvidia-nvvm
    for w in "$wheels"/nvidia*.whl; do python3 -m zipfile -e "$w" "$lab/cuda.part" && rm "$w"; done
    find "$lab/cuda.part" -path '*/bin/*' -type f -exec chmod +x {} +
    rm -rf "$lab/cuda"
    mv "$lab/cuda.part" "$lab/cuda"
  fi
  if [ ! -x "$lab/disassembler/cuobjdump" ]; then
    say 'downloading the disassembler'
    if pip download -q --no-deps -d "$wheels" triton >"$lab/triton.log" 2>&1; then
      python3 - "$wheels" "$lab/disassembler" <<'EOF'
import glob, os, sys, zipfile
os.makedirs(sys.argv[2], exist_ok=True)
for wheel in glob.glob(f"{sys.argv[1]}/triton*.whl"):
    with zipfile.ZipFile(wheel) as z:
        for name in z.namelist():
            if os.path.basename(name) in ("cuobjdump", "nvdisasm"):
                target = os.path.join(sys.argv[2], os.path.basename(name))
                with open(target, "wb") as f:
                    f.write(z.read(name))
                os.chmod(target, 0o755)
    os.remove(wheel)
EOF
    else
      say "no disassembler (pip has no triton): the share of FFMA will be missing; see $lab/triton.log"
    fi
  fi
}

case $1 in
  intel) asker; drivers; build intel src/intel/tools/libintel_noop_drm_shim.so ;;
  amd) asker; drivers ;;
  adreno) asker; build adreno src/freedreno/drm-shim/libfreedreno_noop_drm_shim.so; build adreno src/freedreno/vulkan/libvulkan_freedreno.so ;;
  nvidia) cuda ;;
  *) echo "setup.sh: no target $1" >&2; exit 2 ;;
esac
say "$1: ready"
# What is only needed to build; 400 MB.
for l in intel_noop_drm_shim freedreno_noop_drm_shim vulkan_freedreno; do [ -e "$lab/lib/lib$l.so" ] || exit 0; done
rm -rf "$lab/build" "$lab/source" "$lab/tools" "$lab/apt/cache" "$lab/.done-configured"
