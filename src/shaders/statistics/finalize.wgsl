// One norm over the first `channels` rows of a block: their batch statistics become its scale and shift. Statistics
// belong to a channel, not to a norm: rows [first, channels) are new and their tiles' partials are merged here (Chan,
// Golub, LeVeque 1979, in a fixed order); those of the rows before lie in `statistics` already. Running statistics are
// the norm's own; the first non-finite one is noted. The first workgroups take WORKGROUP / LANES new channels each, the
// others WORKGROUP old ones.
const WORKGROUP: u32 = 64u;
const LANES: u32 = 64u;            // invocations that merge one channel's tiles: a power of two
const UPDATES_RUNNING = true;
const GROUPED = WORKGROUP / LANES;

struct Shape {
  channels: u32, first: u32, tiles: u32, count: u32, variance_offset: u32,
  epsilon: f32, momentum: f32, running_first: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<vec4f>;         // [channels - first][tiles] count, mean, M2
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2f>; // [channels] mean, biased variance
@group(0) @binding(2) var<storage, read> gamma: array<f32>;              // [channels]
@group(0) @binding(3) var<storage, read> beta: array<f32>;               // [channels]
@group(0) @binding(4) var<storage, read_write> running: array<f32>;      // means, variances from variance_offset
@group(0) @binding(5) var<storage, read_write> affine: array<vec4f>;     // [channels] scale, shift, mean, invStd
@group(0) @binding(6) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(7) var<uniform> shape: Shape;

alias Lane = vec4f;

// Two sets of numbers, each as (count, mean, sum of squared deviations from it), as one; either may be empty, and is left
// out then: 0 times the other's infinity would not be 0. Where the means are not a finite number apart, their mean is
// still a number of its own: infinite where one of them is.
fn join(a: Lane, b: Lane) -> Lane {
  if (b.x == 0.0) { return a; }
  if (a.x == 0.0) { return b; }
  let count = a.x + b.x;
  let share = b.x / count;
  let apart = b.y - a.y;
  let mean = select(fma(1.0 - share, a.y, share * b.y), fma(apart, share, a.y), is_finite(apart));
  return vec4f(count, mean, fma(apart * apart, a.x * share, a.z + b.z), 0.0);
}

// What a channel's norm has of its own, asked for ahead of what is merged.
struct Own { gamma: f32, beta: f32, mean: f32, variance: f32 }

fn own_of(c: u32) -> Own {
  var own = Own(gamma[c], beta[c], 0.0, 0.0);
  if (UPDATES_RUNNING) {
    own.mean = running[c];
    own.variance = running[shape.variance_offset + c];
  }
  return own;
}

fn publish(c: u32, mean: f32, variance: f32, own: Own) {
  let rstd = 1.0 / sqrt(variance + shape.epsilon);
  let scale = own.gamma * rstd;
  affine[c] = vec4f(scale, fma(-mean, scale, own.beta), mean, rstd);
  if (UPDATES_RUNNING) {
    let count = f32(shape.count);
    let unbiased = variance * (count / max(count - 1.0, 1.0));
    let v = shape.variance_offset + c;
    let next_mean = fma(shape.momentum, mean, (1.0 - shape.momentum) * own.mean);
    let next_variance = fma(shape.momentum, unbiased, (1.0 - shape.momentum) * own.variance);
    if (!is_finite(next_mean)) { met(NON_FINITE_RUNNING, shape.running_first + c); }
    if (!is_finite(next_variance)) { met(NON_FINITE_RUNNING, shape.running_first + v); }
    running[c] = next_mean;
    running[v] = next_variance;
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let fresh = shape.channels - shape.first;
  let fresh_groups = (fresh + GROUPED - 1u) / GROUPED;
  if (group.x >= fresh_groups) {
    let c = (group.x - fresh_groups) * WORKGROUP + lane;
    if (c < shape.first) {
      let known = statistics[c];
      publish(c, known.x, known.y, own_of(c));
    }
    return;
  }
  let new_row = group.x * GROUPED + lane / LANES;
  let row = min(new_row, fresh - 1u);
  let c = shape.first + row;
  let own = own_of(c);
  var part = vec4f(0.0);
  let trips = (shape.tiles + LANES - 1u) / LANES;
  // Four loads in flight at a time, merged one after the other.
  for (var four = 0u; four < (trips + 3u) / 4u; four++) {
    var loaded: array<vec4f, 4>;
    for (var e = 0u; e < 4u; e++) { // unroll
      let tile = (4u * four + e) * LANES + lane % LANES;
      loaded[e] = select(vec4f(0.0), partials[row * shape.tiles + min(tile, shape.tiles - 1u)], tile < shape.tiles);
    }
    for (var e = 0u; e < 4u; e++) { // unroll
      part = join(part, loaded[e]);
    }
  }
  let total = over_lanes(part, lane);
  if (new_row < fresh && lane % LANES == 0u) {
    let variance = total.z / f32(shape.count);
    statistics[c] = vec2f(total.y, variance);
    publish(c, total.y, variance, own);
  }
}
