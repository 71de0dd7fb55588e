// Bytes of NCHW images -> normalised rows [C][stride], each image mirrored or not and shifted by up to step.shift
// pixels in both directions, as the paper's standard augmentation (Huang et al., section 4.1: mirroring/shifting).
// What a shift uncovers is 0 AFTER normalisation. Random per (seed, image), so that nothing is stored; with step.mirror
// and step.shift 0 the image is only normalised. One invocation per value; a workgroup stays in one channel.
const WORKGROUP: u32 = 256u;
const STREAM = 0xffffffffu; // apart from the streams of dropout, which count convolutions

struct Shape { images: u32, channels: u32, height: u32, width: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> pixels: array<u32>;           // [N][C][H][W], four bytes per word, lowest first
@group(0) @binding(1) var<storage, read> normalisation: array<vec2f>;  // [C] value = byte * x + y
@group(0) @binding(2) var<storage, read_write> out: array<f32>;        // [C][stride]
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<uniform> shape: Shape;

// In [-step.shift, step.shift].
fn offset(image: u32, which: u32) -> i32 {
  let choices = 2u * step.shift + 1u;
  return i32(random_at(step.seed, STREAM, image * 4u + which) % choices) - i32(step.shift);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = id.x;
  let c = id.y;
  let area = shape.height * shape.width;
  if (p >= shape.images * area) { return; }
  let image = p / area;
  var column = p % shape.width;
  let mirrored = step.mirror != 0u && (random_at(step.seed, STREAM, image * 4u) >> 31u) == 1u;
  if (mirrored) { column = shape.width - 1u - column; }
  // A negative coordinate wraps to a u32 beyond every width, so one comparison serves both edges.
  let from_row = u32(i32(p / shape.width % shape.height) + offset(image, 1u));
  let from_column = u32(i32(column) + offset(image, 2u));
  var value = 0.0;
  if (from_row < shape.height && from_column < shape.width) {
    let at = (image * shape.channels + c) * area + from_row * shape.width + from_column;
    let byte = (pixels[at / 4u] >> (8u * (at % 4u))) & 0xffu;
    value = fma(f32(byte), normalisation[c].x, normalisation[c].y);
  }
  out[c * shape.stride + p] = value;
}
