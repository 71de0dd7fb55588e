// Softmax cross-entropy of one image per workgroup, its gradient, and whether the largest logit is the label's. As
// PyTorch's CrossEntropyLoss: the mean over the images that have a label, target (1 - s) [j = label] + s / classes. A
// label outside [0, classes) means no label: no loss, no gradient. The largest term of the sum is left out of `rest`
// and known to be 1, so that neither a small loss nor its gradient cancels: log-sum-exp = largest + log(1 + rest). Where
// the largest is not finite (NaN is the largest of all), loss and gradients are NaN; a logit of minus infinity has
// probability 0, and an infinite loss where it is the label's.
// WEIGHTED: as PyTorch's `weight`: class j's terms are times weights[j], and the mean is over the labels' weights. FOCAL, in
// place of smoothing: the loss is times (1 - p)^gamma, p the label's probability (Lin et al. 2017).
const WORKGROUP: u32 = 64u;
const WEIGHTED = false;
const FOCAL = false;

struct Shape { images: u32, classes: u32 }

@group(0) @binding(0) var<storage, read> labels: array<i32>;            // [N]
@group(0) @binding(1) var<storage, read> logits: array<f32>;            // [N][classes]
@group(0) @binding(2) var<storage, read> weights: array<f32>;           // [classes]
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;     // [N][classes]
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;      // [N] each already divided by the images
@group(0) @binding(5) var<storage, read_write> correct: array<u32>;     // [N] 1 or 0
@group(0) @binding(6) var<uniform> step: Step;
@group(0) @binding(7) var<uniform> shape: Shape;

struct Largest { rank: u32, place: u32 }

var<workgroup> candidates: array<Largest, WORKGROUP>;
var<workgroup> added: array<vec2f, WORKGROUP>;
var<workgroup> labelled_by: array<u32, WORKGROUP>;
var<workgroup> weights_by: array<vec2f, WORKGROUP>; // of all images' labels; of the classes

fn has_label(label: i32) -> bool { return label >= 0 && label < i32(shape.classes); }

fn weight_of(j: u32) -> f32 {
  if (!WEIGHTED) { return 1.0; }
  return weights[j];
}

// The order of logits, of their bits: -0 is 0, NaN is above infinity.
fn rank(logit: f32) -> u32 {
  let given = bitcast<u32>(logit);
  let bits = select(given, 0u, given == 0x80000000u);
  return select(select(bits | 0x80000000u, ~bits, bits > 0x80000000u), 0xffffffffu, is_nan(logit));
}

// The larger; of equal ones, the first.
fn larger(a: Largest, b: Largest) -> Largest {
  let second = b.rank > a.rank || (b.rank == a.rank && b.place < a.place);
  return Largest(select(a.rank, b.rank, second), select(a.place, b.place, second));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = group.x;
  let row = image * shape.classes;
  var labelled = 0u;
  var weighed = vec2f(0.0);
  for (var i = 0u; i < (shape.images + WORKGROUP - 1u) / WORKGROUP; i++) {
    let n = i * WORKGROUP + lane;
    if (n < shape.images) {
      labelled += u32(has_label(labels[n]));
      if (WEIGHTED && has_label(labels[n])) { weighed.x += weights[labels[n]]; }
    }
  }
  let trips = (shape.classes + WORKGROUP - 1u) / WORKGROUP;
  var best = Largest(0u, 0xffffffffu);
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes) {
      best = larger(best, Largest(rank(logits[row + j]), j));
      if (WEIGHTED) { weighed.y += weights[j]; }
    }
  }
  candidates[lane] = best;
  labelled_by[lane] = labelled;
  if (WEIGHTED) { weights_by[lane] = weighed; }
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      candidates[lane] = larger(candidates[lane], candidates[lane + half]);
      labelled_by[lane] += labelled_by[lane + half];
      if (WEIGHTED) { weights_by[lane] += weights_by[lane + half]; }
    }
  }
  workgroupBarrier();
  let largest_place = candidates[0].place;
  let largest = logits[row + largest_place];
  var sum = vec2f(0.0); // of the exponentials but the largest; of logit - largest
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes && j != largest_place) {
      let below = logits[row + j] - largest;
      sum += vec2f(exponential(below), weight_of(j) * below);
    }
  }
  added[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { added[lane] += added[lane + half]; }
  }
  workgroupBarrier();
  let rest = nan_where(added[0].x, !is_finite(largest));
  let label = labels[image];
  var images = f32(max(labelled_by[0], 1u));
  if (WEIGHTED) { images = select(1.0, weights_by[0].x, weights_by[0].x > 0.0); }
  let smoothing = step.label_smoothing;
  let even = smoothing / f32(shape.classes);
  let factor = select(0.0, step.gradient_scale / images, has_label(label));
  var own = 1.0;   // the weight of the label's class
  var focus = 1.0; // what focal loss weighs the label's term with
  var slope = 1.0; // and its gradient
  if (has_label(label)) {
    own = weight_of(u32(label));
    if (FOCAL) {
      let below = logits[row + u32(label)] - largest;
      let is_largest = u32(label) == largest_place;
      let p = exponential(below) / (1.0 + rest);
      let known = max(rest, 1e-38);
      focus = modulation(select(p / (1.0 - p), 1.0 / known, is_largest), step.focal_gamma);
      // -p log p / (1 - p), which is 1 where p is, and 0 where it is 0.
      let off_largest = select(p * (logarithm1p(rest) - below) / (1.0 - p), 0.0, p == 0.0);
      let at_largest = select(logarithm1p(rest) / known, 1.0, rest == 0.0);
      slope = focus * fma(step.focal_gamma, select(off_largest, at_largest, is_largest), 1.0);
    }
  }
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes && (WEIGHTED || FOCAL)) {
      let p = exponential(logits[row + j] - largest) / (1.0 + rest);
      let target_of = f32(j == u32(label));
      let missed = select(p - target_of, -rest / (1.0 + rest), j == u32(label) && j == largest_place);
      let hard = (1.0 - smoothing) * own * slope * missed;
      let soft = even * (select(f32(shape.classes), weights_by[0].y, WEIGHTED) * p - weight_of(j));
      dlogits[row + j] = factor * (hard + soft);
    } else if (j < shape.classes) {
      var p = exponential(logits[row + j] - largest) / (1.0 + rest);
      if (j == u32(label)) {
        p = select(p - 1.0, -rest / (1.0 + rest), j == largest_place) + smoothing;
      }
      dlogits[row + j] = factor * (p - even);
    }
  }
  if (lane == 0u) {
    var loss = 0.0;
    if (has_label(label)) {
      let below = logits[row + u32(label)] - largest;
      // Without smoothing, another class's minus infinity does not enter this one.
      if (WEIGHTED || FOCAL) {
        let hard = (1.0 - smoothing) * own * focus * (logarithm1p(rest) - below);
        let all = select(f32(shape.classes), weights_by[0].y, WEIGHTED) * logarithm1p(rest) - added[0].y;
        loss = hard + select(0.0, even * all, smoothing > 0.0);
      } else {
        loss = logarithm1p(rest) - (1.0 - smoothing) * below - select(0.0, even * added[0].y, smoothing > 0.0);
      }
    }
    losses[image] = loss / images;
    correct[image] = u32(has_label(label) && u32(label) == largest_place);
  }
}
