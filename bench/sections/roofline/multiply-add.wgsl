// Multiply-adds from registers alone: the most arithmetic that a GPU does. Each invocation has 4 * VECTORS independent
// chains x = x * factor + term, none of which a compiler can shorten, and writes their sums: nothing can be left out.
const WORKGROUP: u32 = 256u;
const VECTORS: u32 = 8u;
const STEPS: u32 = 16u;
alias Real = f32;

struct Run { rounds: u32 }
struct Shape { factor: f32, term: f32 }   // not constants: a compiler could fold them

@group(0) @binding(0) var<storage, read_write> sums: array<vec4f>;   // [workgroups * WORKGROUP]
@group(0) @binding(1) var<uniform> run: Run;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4<Real>(Real(shape.factor));
  let term = vec4<Real>(Real(shape.term));
  var x: array<vec4<Real>, VECTORS>;
  for (var v = 0u; v < VECTORS; v++) { // unroll
    x[v] = vec4<Real>((vec4u(0u, 1u, 2u, 3u) + 4u * v + id.x) % 64u) / 64;
  }
  for (var round = 0u; round < run.rounds; round++) {
    for (var step = 0u; step < STEPS; step++) { // unroll
      for (var v = 0u; v < VECTORS; v++) { // unroll
        x[v] = fma(x[v], factor, term);
      }
    }
  }
  var sum = vec4f(0.0);
  for (var v = 0u; v < VECTORS; v++) { // unroll
    sum += vec4f(x[v]);
  }
  sums[id.x] = sum;
}
