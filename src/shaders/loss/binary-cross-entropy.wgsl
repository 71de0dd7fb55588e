// Sigmoid cross-entropy of one image's findings per workgroup, its gradient, and how many logits have the right sign. As
// PyTorch's BCEWithLogitsLoss: the mean over all images and classes; a label of NaN is missing and counts for nothing,
// the mean is over the present ones then. With e = exp(-|z|), y the label and w the part of it that z's sign misses:
//   loss = |z| w + log(1 + e),   dz = sign(z) (w - e / (1 + e)),   w = 1 - y where z > 0, else y.
// WEIGHTED: as its `pos_weight`, y log(p) is times weights[j]. FOCAL: as torchvision's sigmoid_focal_loss, the loss is times
// (1 - q)^gamma (alpha y + (1 - alpha) (1 - y)), q = p y + (1 - p) (1 - y); no alpha below 0.
// Of a logit of minus infinity PyTorch's loss is NaN whatever the label; an infinite label's loss is not finite.
const WORKGROUP: u32 = 64u;
const WEIGHTED = false;
const FOCAL = false;

struct Shape { images: u32, classes: u32 }

@group(0) @binding(0) var<storage, read> labels: array<u32>;            // [N][classes] bits of f32: 0 to 1, NaN missing
@group(0) @binding(1) var<storage, read> logits: array<f32>;            // [N][classes]
@group(0) @binding(2) var<storage, read> weights: array<f32>;           // [classes]
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;     // [N][classes]
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;      // [N] each already divided by the present labels
@group(0) @binding(5) var<storage, read_write> correct: array<u32>;     // [N]
@group(0) @binding(6) var<uniform> step: Step;
@group(0) @binding(7) var<uniform> shape: Shape;

var<workgroup> losses_by: array<f32, WORKGROUP>;
var<workgroup> counts_by: array<vec2u, WORKGROUP>; // labels present in all images; right signs in this one

// Asked of the bits before they are an f32.
fn present(bits: u32) -> bool { return (bits & 0x7fffffffu) <= 0x7f800000u; }

struct Term { loss: f32, gradient: f32 }

// Of a label y and the logit z of class j, with what the plain loss is.
fn term(y: f32, z: f32, j: u32) -> Term {
  let e = exponential(-abs(z));
  let tail = e / (1.0 + e);
  let rest = 1.0 / (1.0 + e);
  let p = select(tail, rest, z > 0.0);
  let not_p = select(rest, tail, z > 0.0);
  let log1 = logarithm1p(e);
  if (WEIGHTED) {
    let weight = weights[j];
    let loss = weight * y * (max(-z, 0.0) + log1) + (1.0 - y) * (max(z, 0.0) + log1);
    return Term(loss, (1.0 - y) * p - weight * y * not_p);
  }
  let loss = fma(abs(z), select(y, 1.0 - y, z > 0.0), log1);
  let gradient = select(tail - y, (1.0 - y) - tail, z > 0.0);
  if (!FOCAL) { return Term(loss, gradient); }
  let q = p * y + not_p * (1.0 - y);
  let missed = max(p * (1.0 - y) + not_p * y, 1e-38);
  let gamma = step.focal_gamma;
  let alpha = step.focal_alpha;
  let weight = select(alpha * y + (1.0 - alpha) * (1.0 - y), 1.0, alpha < 0.0);
  let focus = weight * modulation(q / missed, gamma);
  let slope = gamma * (1.0 - 2.0 * y) * (p * not_p / missed) * loss;
  return Term(focus * loss, focus * (gradient + slope));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x * shape.classes;
  let total = shape.images * shape.classes;
  var counts = vec2u(0u);
  for (var i = 0u; i < (total + WORKGROUP - 1u) / WORKGROUP; i++) {
    let n = i * WORKGROUP + lane;
    if (n < total) { counts.x += u32(present(labels[n])); }
  }
  let trips = (shape.classes + WORKGROUP - 1u) / WORKGROUP;
  var loss = 0.0;
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes && present(labels[row + j])) {
      let z = logits[row + j];
      let y = bitcast<f32>(labels[row + j]);
      var own = fma(abs(z), select(y, 1.0 - y, z > 0.0), logarithm1p(exponential(-abs(z))));
      if (WEIGHTED || FOCAL) { own = term(y, z, j).loss; }
      loss += nan_where(own, bitcast<u32>(z) == 0xff800000u);
      counts.y += u32(!is_nan(z) && (z > 0.0) == (y > 0.5));
    }
  }
  losses_by[lane] = loss;
  counts_by[lane] = counts;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      losses_by[lane] += losses_by[lane + half];
      counts_by[lane] += counts_by[lane + half];
    }
  }
  workgroupBarrier();
  let labelled = f32(max(counts_by[0].x, 1u));
  let factor = step.gradient_scale / labelled;
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes) {
      var gradient = 0.0;
      if (present(labels[row + j])) {
        let z = logits[row + j];
        let y = bitcast<f32>(labels[row + j]);
        let e = exponential(-abs(z));
        let tail = e / (1.0 + e);
        gradient = factor * select(tail - y, (1.0 - y) - tail, z > 0.0);
        if (WEIGHTED || FOCAL) { gradient = factor * term(y, z, j).gradient; }
      }
      dlogits[row + j] = gradient;
    }
  }
  if (lane == 0u) {
    losses[group.x] = losses_by[0] / labelled;
    correct[group.x] = counts_by[0].y;
  }
}
