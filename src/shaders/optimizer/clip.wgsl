// The gradient's global norm, and the factor that brings it down to step.clip: as PyTorch's clip_grad_norm_,
// min(1, clip / (norm + 1e-6)), NaN where the norm is, 0 where it has overflowed. A clip of 0 clips nothing. The optimizer multiplies the gradient by the factor.
const WORKGROUP: u32 = 256u;

struct Shape { partials: u32 }

@group(0) @binding(0) var<storage, read> partials: array<f32>;         // sums of squares
@group(0) @binding(1) var<storage, read_write> clip: array<f32>;       // [2] factor, norm
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<uniform> shape: Shape;

const LANES = WORKGROUP;
alias Lane = f32;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  for (var i = lane; i < shape.partials; i += WORKGROUP) { own += partials[i]; }
  let squares = over_lanes(own, lane);
  if (lane == 0u) {
    let norm = sqrt(squares);
    // At most 1, and NaN stays NaN (torch.clamp), which min() need not do: the bits of what is above 1, infinity included.
    let wanted = step.clip / (norm + 1e-6);
    let above = bitcast<u32>(wanted) - 0x3f800001u < 0x40000000u;
    clip[0] = select(1.0, select(wanted, 1.0, above), step.clip > 0.0);
    clip[1] = norm;
  }
}
