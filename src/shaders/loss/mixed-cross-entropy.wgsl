// Softmax cross-entropy of one image per workgroup whose target is a mixture of two labels, its own and its partner's, as mixup
// and cutmix make it; its gradient, and whether the largest logit is that of the heavier label. As PyTorch's CrossEntropyLoss
// with probabilities as targets: the mean over the images, target (1 - s) (w [j = label] + (1 - w) [j = partner's]) + s / classes.
// An image counts where both labels are classes. Sums and special values are those of loss/cross-entropy: the largest term is
// left out of `rest` and known to be 1, and a logit of minus infinity costs nothing where its target is 0.
// WEIGHTED: as PyTorch's `weight` with such targets: class j's term is times weights[j], and the mean is over the images still.
const WORKGROUP: u32 = 64u;
const WEIGHTED = false;

struct Shape { images: u32, classes: u32 }

@group(0) @binding(0) var<storage, read> labels: array<i32>;            // [N]
@group(0) @binding(1) var<storage, read> records: array<vec4u>;         // [N][4] compositions: [2] has (partner, bits of w, -, -)
@group(0) @binding(2) var<storage, read> logits: array<f32>;            // [N][classes]
@group(0) @binding(3) var<storage, read> weights: array<f32>;           // [classes]
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;     // [N][classes]
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;      // [N] each already divided by the images
@group(0) @binding(6) var<storage, read_write> correct: array<u32>;     // [N] 1 or 0
@group(0) @binding(7) var<uniform> step: Step;
@group(0) @binding(8) var<uniform> shape: Shape;

struct Largest { rank: u32, place: u32 }

var<workgroup> candidates: array<Largest, WORKGROUP>;
var<workgroup> added: array<vec2f, WORKGROUP>;
var<workgroup> labelled_by: array<u32, WORKGROUP>;
var<workgroup> weights_by: array<f32, WORKGROUP>; // of the classes

fn weight_of(j: u32) -> f32 {
  if (!WEIGHTED) { return 1.0; }
  return weights[j];
}

fn is_class(label: i32) -> bool { return label >= 0 && label < i32(shape.classes); }

fn partner_of(image: u32) -> u32 { return records[4u * image + 2u].x; }

fn has_labels(image: u32) -> bool { return is_class(labels[image]) && is_class(labels[partner_of(image)]); }

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
  for (var i = 0u; i < (shape.images + WORKGROUP - 1u) / WORKGROUP; i++) {
    let n = i * WORKGROUP + lane;
    if (n < shape.images) { labelled += u32(has_labels(n)); }
  }
  let trips = (shape.classes + WORKGROUP - 1u) / WORKGROUP;
  var best = Largest(0u, 0xffffffffu);
  var weighed = 0.0;
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes) {
      best = larger(best, Largest(rank(logits[row + j]), j));
      if (WEIGHTED) { weighed += weights[j]; }
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
  let own = labels[image];
  let other = labels[partner_of(image)];
  let weight = bitcast<f32>(records[4u * image + 2u].y);
  let counts = has_labels(image);
  let images = f32(max(labelled_by[0], 1u));
  let smoothing = step.label_smoothing;
  let even = smoothing / f32(shape.classes);
  let factor = select(0.0, step.gradient_scale / images, counts);
  let sharp = 1.0 - smoothing;
  var pull = vec2f(0.0); // WEIGHTED: what the two labels weigh
  if (WEIGHTED && counts) { pull = sharp * vec2f(weight * weight_of(u32(own)), (1.0 - weight) * weight_of(u32(other))); }
  for (var i = 0u; i < trips; i++) {
    let j = i * WORKGROUP + lane;
    if (j < shape.classes && WEIGHTED) {
      let p = exponential(logits[row + j] - largest) / (1.0 + rest);
      // The largest class's own label: 1 - p is small, and known as well as the other terms are.
      let missed = select(p - 1.0, -rest / (1.0 + rest), j == largest_place);
      let hard = pull.x * select(p, missed, j == u32(own)) + pull.y * select(p, missed, j == u32(other));
      dlogits[row + j] = factor * (hard + even * (weights_by[0] * p - weight_of(j)));
    } else if (j < shape.classes) {
      let share = select(select(0.0, 1.0 - weight, j == u32(other)), select(weight, 1.0, own == other), j == u32(own));
      var excess = exponential(logits[row + j] - largest) / (1.0 + rest) - sharp * share;
      if (j == largest_place) { excess = fma(sharp, 1.0 - share, smoothing) - rest / (1.0 + rest); }
      dlogits[row + j] = factor * (excess - even);
    }
  }
  if (lane == 0u) {
    var loss = 0.0;
    if (counts) {
      let below = vec2f(logits[row + u32(own)], logits[row + u32(other)]) - largest;
      // What has no weight does not enter, were it infinite.
      let mixed = select(0.0, weight * below.x, weight > 0.0) + select(0.0, (1.0 - weight) * below.y, weight < 1.0);
      if (WEIGHTED) {
        let costs = logarithm1p(rest) - below;
        let hard = select(0.0, pull.x * costs.x, weight > 0.0) + select(0.0, pull.y * costs.y, weight < 1.0);
        loss = hard + select(0.0, even * (weights_by[0] * logarithm1p(rest) - added[0].y), smoothing > 0.0);
      } else {
        loss = logarithm1p(rest) - sharp * mixed - select(0.0, even * added[0].y, smoothing > 0.0);
      }
    }
    losses[image] = loss / images;
    let heavier = select(other, own, weight >= 0.5);
    correct[image] = u32(counts && u32(heavier) == largest_place);
  }
}
