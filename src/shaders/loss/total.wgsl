// The images' losses as one number, and how many answers were right, over a step's micro-batches: the loss is the mean
// over them (step.gradient_scale is 1 / micro-batches), the right answers are added. The first overwrites.
// The first image whose loss is not finite is noted.
const WORKGROUP: u32 = 64u;

struct Shape { images: u32 }

@group(0) @binding(0) var<storage, read> losses: array<f32>;      // [N] each already divided by what it is a mean over
@group(0) @binding(1) var<storage, read> correct: array<u32>;     // [N]
@group(0) @binding(2) var<storage, read_write> out: array<f32>;   // [2] loss, right answers
@group(0) @binding(3) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(4) var<uniform> step: Step;
@group(0) @binding(5) var<uniform> shape: Shape;

const LANES = WORKGROUP;
alias Lane = vec2f;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var loss = 0.0;
  var right = 0u;
  for (var i = 0u; i < (shape.images + WORKGROUP - 1u) / WORKGROUP; i++) {
    let n = i * WORKGROUP + lane;
    if (n < shape.images) {
      loss += losses[n];
      if (!is_finite(losses[n])) { met(NON_FINITE_LOSS, step.first_image + n); }
      right += correct[n];
    }
  }
  let total = over_lanes(vec2f(loss, f32(right)), lane);
  if (lane == 0u) {
    out[0] = accumulated(out[0], total.x * step.gradient_scale, step.accumulate);
    out[1] = accumulated(out[1], total.y, step.accumulate);
  }
}
