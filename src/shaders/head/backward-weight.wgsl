// weightGradient[k, c] = sum over n of dlogits[n, k] * pooled[c, n], and the bias's gradient, which is the same with a
// pooled value of one: it is computed as channel C. A workgroup makes 16 classes x 64 channels, 16 images at a time; an
// invocation owns one channel. The first micro-batch overwrites, the others add.
struct Shape { channels: u32, classes: u32, images: u32 }

@group(0) @binding(0) var<storage, read> dlogits: array<f32>;                  // [images][classes]
@group(0) @binding(1) var<storage, read> pooled: array<f32>;                   // [C][images]
@group(0) @binding(2) var<storage, read_write> weightGradient: array<f32>;    // [classes][C]
@group(0) @binding(3) var<storage, read_write> biasGradient: array<f32>;      // [classes]
@group(0) @binding(4) var<uniform> step: Step;
@group(0) @binding(5) var<uniform> shape: Shape;

var<workgroup> channels: array<array<f32, 68>, 16>;   // [image][channel], a pitch that spreads writes over the banks
var<workgroup> classes: array<vec4f, 64>;             // [image][class / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_channel = tile.x * 64u;
  let first_class = tile.y * 16u;
  var sums: array<vec4f, 4>;
  for (var first = 0u; first < shape.images; first += 16u) {
    workgroupBarrier();
    for (var i = 0u; i < 16u; i++) {
      channels[local % 16u][local / 16u + 4u * i] = pooled_at(first_channel + local / 16u + 4u * i, first + local % 16u);
    }
    classes[local] = dlogits_at(first + local / 4u, first_class + local % 4u * 4u);
    workgroupBarrier();
    for (var n = 0u; n < 16u; n++) {
      let value = vec4f(channels[n][local]);
      for (var k = 0u; k < 4u; k++) { // unroll
        sums[k] = fma(classes[4u * n + k], value, sums[k]);
      }
    }
  }
  let channel = first_channel + local;
  for (var k = 0u; k < 4u; k++) { // unroll
    put_classes(first_class + 4u * k, channel, sums[k]);
  }
}

fn put_classes(first_class: u32, channel: u32, sums: vec4f) {
  for (var e = 0u; e < 4u; e++) {
    let class_index = first_class + e;
    if (class_index < shape.classes) {
      if (channel < shape.channels) {
        let at = class_index * shape.channels + channel;
        weightGradient[at] = accumulated(weightGradient[at], sums[e], step.accumulate);
      } else if (channel == shape.channels) {
        biasGradient[class_index] = accumulated(biasGradient[class_index], sums[e], step.accumulate);
      }
    }
  }
}

// Channel C is one in every image; nothing is added for images past the last.
fn pooled_at(channel: u32, image: u32) -> f32 {
  let inside = channel < shape.channels && image < shape.images;
  let value = pooled[select(0u, channel * shape.images + image, inside)];
  return select(select(0.0, 1.0, channel == shape.channels), value, inside);
}

fn dlogits_at(image: u32, first_class: u32) -> vec4f {
  var values: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    let inside = image < shape.images && first_class + i < shape.classes;
    values[i] = select(0.0, dlogits[select(0u, image * shape.classes + first_class + i, inside)], inside);
  }
  return values;
}
