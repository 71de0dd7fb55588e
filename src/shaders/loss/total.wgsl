// The images' losses as one number, and how many answers were right, over a step's micro-batches: the loss is the mean
// over them (step.gradient_scale is 1 / micro-batches), the right answers are added. The first overwrites.
const WORKGROUP: u32 = 64u;

struct Shape { images: u32 }

@group(0) @binding(0) var<storage, read> losses: array<f32>;      // [N] each already divided by what it is a mean over
@group(0) @binding(1) var<storage, read> correct: array<u32>;     // [N]
@group(0) @binding(2) var<storage, read_write> out: array<f32>;   // [2] loss, right answers
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<uniform> shape: Shape;

var<workgroup> losses_by: array<f32, WORKGROUP>;
var<workgroup> correct_by: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var loss = 0.0;
  var right = 0u;
  for (var i = 0u; i < (shape.images + WORKGROUP - 1u) / WORKGROUP; i++) {
    let n = i * WORKGROUP + lane;
    if (n < shape.images) {
      loss += losses[n];
      right += correct[n];
    }
  }
  losses_by[lane] = loss;
  correct_by[lane] = right;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      losses_by[lane] += losses_by[lane + half];
      correct_by[lane] += correct_by[lane + half];
    }
  }
  if (lane == 0u) {
    out[0] = accumulated(out[0], losses_by[0] * step.gradient_scale, step.accumulate);
    out[1] = accumulated(out[1], f32(correct_by[0]), step.accumulate);
  }
}
