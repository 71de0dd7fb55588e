// logits[n, k] = bias[k] + sum over c of weight[k, c] * pooled[c, n]. A workgroup makes 4 classes x IMAGES: each of its
// 64 invocations takes every 64th channel, so that weights are read side by side, and two steps of sums join them.
const IMAGES: u32 = 4u;

struct Shape { channels: u32, classes: u32, images: u32 }

@group(0) @binding(0) var<storage, read> weight: array<f32>;         // [classes][C]
@group(0) @binding(1) var<storage, read> bias: array<f32>;           // [classes]
@group(0) @binding(2) var<storage, read> pooled: array<f32>;         // [C][images]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;      // [images][classes]
@group(0) @binding(4) var<uniform> shape: Shape;

var<workgroup> addends: array<vec4f, 64u * IMAGES>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_class = tile.x * 4u;
  let first_image = tile.y * IMAGES;
  let rows = min(vec4u(first_class) + vec4u(0u, 1u, 2u, 3u), vec4u(shape.classes - 1u)) * shape.channels;
  var sums: array<vec4f, IMAGES>;  // over classes
  for (var c = local; c < shape.channels; c += 64u) {
    let weights = vec4f(weight[rows.x + c], weight[rows.y + c], weight[rows.z + c], weight[rows.w + c]);
    for (var n = 0u; n < IMAGES; n++) { // unroll
      let image = min(first_image + n, shape.images - 1u);
      sums[n] = fma(weights, vec4f(pooled[c * shape.images + image]), sums[n]);
    }
  }
  for (var n = 0u; n < IMAGES; n++) { // unroll
    addends[n * 64u + local] = sums[n];
  }
  workgroupBarrier();
  // Sixteen invocations per image add four sums each, then four per image, one per class, the sixteen of those.
  let n = local / 16u % IMAGES;
  if (local < 16u * IMAGES) {
    let first = n * 64u + local % 16u;
    addends[first] = (addends[first] + addends[first + 16u]) + (addends[first + 32u] + addends[first + 48u]);
  }
  workgroupBarrier();
  let image = first_image + local / 4u;
  let class_index = first_class + local % 4u;
  if (local < 4u * IMAGES && image < shape.images && class_index < shape.classes) {
    var sum = 0.0;
    for (var i = 0u; i < 16u; i++) { // unroll
      sum += addends[local / 4u % IMAGES * 64u + i][local % 4u];
    }
    out[image * shape.classes + class_index] = bias[class_index] + sum;
  }
}
