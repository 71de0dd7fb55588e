// The end of a norm's backward: its tiles' sums of g and g * (x - mean) become the gradients of gamma and beta, and the
// norm's share of the correction that whoever consumes the channels' gradient applies (parts/correction.wgsl):
//   dbeta = sum g,  dgamma = rstd * sum g (x - mean),  a = scale * dbeta / count,  b = rstd * scale * dgamma / count.
// Sums run in a fixed order. A workgroup takes WORKGROUP / LANES channels.
const WORKGROUP: u32 = 64u;
const LANES: u32 = 64u;            // invocations that add one channel's tiles: a power of two
const ACCUMULATES = false;         // true: other readers of these channels have left their shares, add to them
const GROUPED = WORKGROUP / LANES;

struct Shape { channels: u32, tiles: u32, count: u32 }

@group(0) @binding(0) var<storage, read> sums: array<vec2f>;                // [channels][tiles]
@group(0) @binding(1) var<storage, read> affine: array<vec4f>;              // [channels] scale, shift, mean, invStd
@group(0) @binding(2) var<storage, read_write> gammaGradient: array<f32>;   // [channels]
@group(0) @binding(3) var<storage, read_write> betaGradient: array<f32>;    // [channels]
@group(0) @binding(4) var<storage, read_write> correction: array<vec4f>;    // [channels] a, b, mean, 0
@group(0) @binding(5) var<uniform> step: Step;
@group(0) @binding(6) var<uniform> shape: Shape;

alias Lane = vec2f;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = group.x * GROUPED + lane / LANES;
  var sum = vec2f(0.0);
  if (c < shape.channels) {
    let trips = (shape.tiles + LANES - 1u) / LANES;
    for (var i = 0u; i < trips; i++) {
      let tile = i * LANES + lane % LANES;
      if (tile < shape.tiles) { sum += sums[c * shape.tiles + tile]; }
    }
  }
  sum = over_lanes(sum, lane);
  if (c < shape.channels && lane % LANES == 0u) {
    let norm = affine[c];
    let dbeta = sum.x;
    let dgamma = norm.w * sum.y;
    gammaGradient[c] = accumulated(gammaGradient[c], dgamma, step.accumulate);
    betaGradient[c] = accumulated(betaGradient[c], dbeta, step.accumulate);
    let share = norm.x / f32(shape.count);
    var both = vec2f(share * dbeta, norm.w * share * dgamma);
    if (ACCUMULATES) { both += correction[c].xy; }
    correction[c] = vec4f(both, norm.z, 0.0);
  }
}
