// The operations that map byte to byte, as a table of 256 bytes per image and channel: brightness, contrast, posterize,
// solarize, autocontrast and equalize of torchvision's uint8 tensors (transforms/functional_tensor.py, 0.14.1). Contrast needs
// the image's mean grey, the last two a histogram. Counts are integers: atomics add them to the same sums in any order. Of an
// image with another operation nothing is written. One workgroup per image; 1 or 3 channels.
const WORKGROUP: u32 = 256u;
const PACKED = true;

struct Shape { images: u32, channels: u32, height: u32, width: u32, source_height: u32, source_width: u32 }

@group(0) @binding(0) var<storage, read> pixels: array<u32>;      // as augment/operate
@group(0) @binding(1) var<storage, read> records: array<vec4u>;   // [N][2] the operation's code, then its numbers
@group(0) @binding(2) var<storage, read_write> tables: array<u32>; // [N][C][64] four bytes per word
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> counts: array<atomic<u32>, 768>; // [C][256]
var<workgroup> greys: atomic<u32>;              // their sum
var<workgroup> entries: array<u32, 768>;        // [C][256]

fn count_of(c: u32, byte: u32) -> u32 { return atomicLoad(&counts[256u * c + byte]); }

// (byte - least) * 255 / (most - least), the whole channel's.
fn stretched(c: u32, byte: u32) -> u32 {
  var least = 255u;
  var most = 0u;
  for (var b = 0u; b < 256u; b++) {
    if (count_of(c, b) > 0u) {
      least = min(least, b);
      most = b;
    }
  }
  if (most <= least) { return byte; }
  let scale = divide(255.0, f32(most - least));
  return u32(clamp((f32(byte) - f32(least)) * scale, 0.0, 255.0));
}

fn equalized(c: u32, byte: u32) -> u32 {
  var total = 0u;
  var darker = 0u;
  var last = 0u;
  for (var b = 0u; b < 256u; b++) {
    let count = count_of(c, b);
    if (b < byte) { darker += count; }
    if (count > 0u) { last = count; }
    total += count;
  }
  let step = (total - last) / 255u;
  if (step == 0u) { return byte; }
  return select(min((darker + step / 2u) / step, 255u), 0u, byte == 0u);
}

fn entry(c: u32, byte: u32, code: u32, record: vec4u) -> u32 {
  let value = f32(byte);
  let numbers = bitcast<vec4f>(record);
  switch (code) {
    case BRIGHTNESS: { return blend(numbers.y, value, numbers.z, 0.0); }
    case CONTRAST: {
      let mean = divide(f32(atomicLoad(&greys)), f32(shape.source_height * shape.source_width));
      return blend(numbers.y, value, numbers.z, mean);
    }
    case POSTERIZE: { return byte & record.y; }
    case SOLARIZE: { return select(byte, 255u - byte, value >= numbers.y); }
    case AUTOCONTRAST: { return stretched(c, byte); }
    case EQUALIZE: { return equalized(c, byte); }
    default: { return byte; }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = workgroup.x;
  let record = records[2u * image];
  let code = record.x;
  for (var byte = lane; byte < 768u; byte += WORKGROUP) { atomicStore(&counts[byte], 0u); }
  if (lane == 0u) { atomicStore(&greys, 0u); }
  workgroupBarrier();
  if (code == CONTRAST || code >= AUTOCONTRAST) {
    var sum = 0u;
    for (var at = lane; at < shape.source_height * shape.source_width; at += WORKGROUP) {
      let pixel = pixel_at(image, 0u, at);
      if (code == CONTRAST) {
        sum += select(pixel.x, grey_of(pixel), shape.channels == 3u);
      } else {
        for (var c = 0u; c < shape.channels; c++) { atomicAdd(&counts[256u * c + pixel[c]], 1u); }
      }
    }
    if (code == CONTRAST) { atomicAdd(&greys, sum); }
  }
  workgroupBarrier();
  if (code >= BRIGHTNESS) {
    for (var at = lane; at < 256u * shape.channels; at += WORKGROUP) {
      entries[at] = entry(at / 256u, at % 256u, code, record);
    }
  }
  workgroupBarrier();
  if (code < BRIGHTNESS) { return; }
  for (var word = lane; word < 64u * shape.channels; word += WORKGROUP) {
    let at = 4u * word;
    tables[64u * shape.channels * image + word] =
      entries[at] | (entries[at + 1u] << 8u) | (entries[at + 2u] << 16u) | (entries[at + 3u] << 24u);
  }
}
