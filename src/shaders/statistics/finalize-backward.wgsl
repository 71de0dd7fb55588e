// The end of a norm's backward: its tiles' sums of g and g * (x - mean) become the gradients of gamma and beta, and the
// norm's share of the correction that whoever consumes the channels' gradient applies (parts/correction.wgsl):
//   dbeta = sum g,  dgamma = rstd * sum g (x - mean),  a = scale * dbeta / count,  b = rstd * scale * dgamma / count.
// Sums run in a fixed order. A workgroup takes WORKGROUP / LANES channels. All passes that follow wait for this one, which itself
// waits for memory: the weight gradients that lie ready are summed beside it (parts/weight-sums.wgsl), by further workgroups.
const WORKGROUP: u32 = 64u;
const LANES: u32 = 64u;            // invocations that add one channel's tiles: a power of two
const ACCUMULATES = false;         // true: other readers of these channels have left their shares, add to them
const GROUPED = WORKGROUP / LANES;

struct Shape {
  channels: u32, tiles: u32, count: u32, gamma: u32, beta: u32,
  count0: u32, splits0: u32, offset0: u32, count1: u32, splits1: u32, offset1: u32,
}

@group(0) @binding(0) var<storage, read> sums: array<vec2f>;                // [channels][tiles]
@group(0) @binding(1) var<storage, read> affine: array<vec4f>;              // [channels] scale, shift, mean, invStd
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;       // the arena; gamma's and beta's from there on
@group(0) @binding(3) var<storage, read_write> correction: array<vec4f>;    // [channels] a, b, mean, 0
@group(0) @binding(4) var<storage, read> partials0: array<f32>;             // [splits0][count0]
@group(0) @binding(5) var<storage, read> partials1: array<f32>;
@group(0) @binding(6) var<uniform> step: Step;
@group(0) @binding(7) var<uniform> shape: Shape;

alias Lane = vec2f;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let norm_groups = (shape.channels + GROUPED - 1u) / GROUPED;
  if (group.x >= norm_groups) {
    sum_weights(group.x - norm_groups, lane);
    return;
  }
  // Everything is asked for before anything is waited for.
  let channel = group.x * GROUPED + lane / LANES;
  let c = min(channel, shape.channels - 1u);
  let norm = affine[c];
  let old = vec2f(gradients[shape.beta + c], gradients[shape.gamma + c]);
  var both = vec2f(0.0);
  if (ACCUMULATES) { both = correction[c].xy; }
  var sum = vec2f(0.0);
  let trips = (shape.tiles + LANES - 1u) / LANES;
  for (var four = 0u; four < (trips + 3u) / 4u; four++) {
    var loaded: array<vec2f, 4>;
    for (var e = 0u; e < 4u; e++) { // unroll
      let tile = (4u * four + e) * LANES + lane % LANES;
      loaded[e] = select(vec2f(0.0), sums[c * shape.tiles + min(tile, shape.tiles - 1u)], tile < shape.tiles);
    }
    for (var e = 0u; e < 4u; e++) { // unroll
      sum += loaded[e];
    }
  }
  sum = over_lanes(sum, lane);
  if (channel < shape.channels && lane % LANES == 0u) {
    let dbeta = sum.x;
    let dgamma = norm.w * sum.y;
    gradients[shape.gamma + c] = accumulated(old.y, dgamma, step.accumulate);
    gradients[shape.beta + c] = accumulated(old.x, dbeta, step.accumulate);
    let share = norm.x / f32(shape.count);
    both += vec2f(share * dbeta, norm.w * share * dgamma);
    correction[c] = vec4f(both, norm.z, 0.0);
  }
}
