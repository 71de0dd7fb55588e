# Sourced by run.sh: Node.js unpacked, and what makes a Vulkan driver be found on a machine that has no desktop.
# Left whole PyTorch's ways take a quarter of an hour; these are compared.
ways=eager,eager-tf32,compile-graphs,compile-graphs-tf32,amp-nhwc,graphs
node=$here/bin/node
if [ ! -x "$node" ]; then
  # A file that is cut short must not look whole.
  gzip -dc "$node.gz" >"$node.part" && chmod +x "$node.part" && mv "$node.part" "$node" || exit 1
fi
PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/sbin:/sbin"
# Behind the system's own: only what it lacks comes from here.
LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}"
for folder in /usr/local/nvidia/lib64 /usr/local/nvidia/lib; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$LD_LIBRARY_PATH$folder:"
done
ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' && ldconfig -p | grep -q 'libX11\.so\.6' ||
  LD_LIBRARY_PATH="$LD_LIBRARY_PATH$here/lib"
export PATH LD_LIBRARY_PATH
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}" HOME="${HOME:-/tmp}"
# A driver that lies outside the loader's search path.
if [ -z "${VK_DRIVER_FILES:-}" ]; then
  for manifest in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /etc/vulkan/icd.d/nvidia_icd.json \
    /usr/share/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd.x86_64.json; do
    [ -e "$manifest" ] && export VK_DRIVER_FILES="$manifest" && break
  done
fi
# One that has no manifest: containers are often given NVIDIA's libraries alone.
if [ -z "${VK_DRIVER_FILES:-}" ] && [ -e /dev/nvidiactl ]; then
  for name in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
    found=$(ldconfig -p 2>/dev/null | sed -n "s/.*$name.* => //p" | head -1)
    [ -z "$found" ] && [ -e "/usr/local/nvidia/lib64/$name" ] && found=/usr/local/nvidia/lib64/$name
    [ -z "$found" ] && continue
    printf '{"file_format_version":"1.0.1","ICD":{"library_path":"%s","api_version":"1.4.303"}}' "$found" >"$here/nvidia_icd.json"
    export VK_DRIVER_FILES="$here/nvidia_icd.json"
    break
  done
fi
egl=/usr/local/nvidia/share/glvnd/egl_vendor.d/10_nvidia.json
[ -e "$egl" ] && export __EGL_VENDOR_LIBRARY_FILENAMES="$egl"
:
