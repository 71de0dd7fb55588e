// LAMB's trust ratio of every tensor, |w| / |u|, or 1 where either is 0 (You et al. 2020, algorithm 2, with phi the identity):
// one workgroup per tensor adds its blocks' sums of squares in a fixed order and writes the ratio to each of them.
const WORKGROUP: u32 = 256u;

struct Shape { tensors: u32 }

@group(0) @binding(0) var<storage, read> squares: array<vec2f>;      // [blocks] of w, of u
@group(0) @binding(1) var<storage, read> tensors: array<vec2u>;      // [tensors] first block, blocks
@group(0) @binding(2) var<storage, read_write> trust: array<f32>;    // [blocks]
@group(0) @binding(3) var<uniform> shape: Shape;

const LANES = WORKGROUP;
alias Lane = vec2f;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

var<workgroup> ratio: f32;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  if (group.x >= shape.tensors) { return; }
  let tensor = tensors[group.x];
  let trips = (tensor.y + WORKGROUP - 1u) / WORKGROUP;
  var own = vec2f(0.0);
  for (var trip = 0u; trip < trips; trip++) {
    let block = trip * WORKGROUP + lane;
    if (block < tensor.y) { own += squares[tensor.x + block]; }
  }
  let sum = over_lanes(own, lane);
  if (lane == 0u) { ratio = select(1.0, sqrt(sum.x) / sqrt(sum.y), sum.x > 0.0 && sum.y > 0.0); }
  workgroupBarrier();
  for (var trip = 0u; trip < trips; trip++) {
    let block = trip * WORKGROUP + lane;
    if (block < tensor.y) { trust[tensor.x + block] = ratio; }
  }
}
