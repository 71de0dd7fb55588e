// Augmented bytes -> normalised rows [C][stride]: each image shifted, then mirrored and flipped, normalised, a rectangle of it
// erased, and mixed with its partner (mixup: a mean of both; cutmix: a rectangle of the partner). What a shift uncovers and what
// is erased is 0 AFTER normalisation. One invocation per value; a workgroup stays in one channel.
const WORKGROUP: u32 = 256u;
const PACKED = true;
const MIRROR = 1u;
const FLIP = 2u;
const MEAN = 1u;
const RECTANGLE = 2u;

struct Shape { images: u32, channels: u32, source_height: u32, source_width: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> pixels: array<u32>;           // as augment/operate
@group(0) @binding(1) var<storage, read> normalisation: array<vec2f>;  // [C] value = byte * x + y
// [N][4] (mirror and flip, rows, columns of the shift, -), (top, left, bottom, right) of what is erased,
// (partner, weight, how they are mixed, -), (top, left, bottom, right) of what is the partner's
@group(0) @binding(2) var<storage, read> records: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;        // [C][stride]
@group(0) @binding(4) var<uniform> shape: Shape;

fn lies_in(rectangle: vec4u, row: u32, column: u32) -> bool {
  return row >= rectangle.x && column >= rectangle.y && row < rectangle.z && column < rectangle.w;
}

fn value_of(image: u32, c: u32, row: u32, column: u32) -> f32 {
  let moved = records[4u * image];
  if (lies_in(records[4u * image + 1u], row, column)) { return 0.0; }
  let shifted_row = select(row, shape.source_height - 1u - row, (moved.x & FLIP) != 0u);
  let shifted_column = select(column, shape.source_width - 1u - column, (moved.x & MIRROR) != 0u);
  // A negative coordinate wraps to a u32 beyond every width, so one comparison serves both edges.
  let from_row = shifted_row + moved.y;
  let from_column = shifted_column + moved.z;
  if (from_row >= shape.source_height || from_column >= shape.source_width) { return 0.0; }
  let byte = pixel_at(image, c / 4u, from_row * shape.source_width + from_column)[c % 4u];
  return fma(f32(byte), normalisation[c].x, normalisation[c].y);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let area = shape.source_height * shape.source_width;
  if (id.x >= shape.images * area) { return; }
  let c = id.y;
  let image = id.x / area;
  let row = id.x % area / shape.source_width;
  let column = id.x % shape.source_width;
  let mixture = records[4u * image + 2u];
  var value = value_of(image, c, row, column);
  if (mixture.z == MEAN) {
    let weight = bitcast<f32>(mixture.y);
    value = fma(weight, value, (1.0 - weight) * value_of(mixture.x, c, row, column));
  } else if (mixture.z == RECTANGLE && lies_in(records[4u * image + 3u], row, column)) {
    value = value_of(mixture.x, c, row, column);
  }
  out[c * shape.stride + id.x] = value;
}
