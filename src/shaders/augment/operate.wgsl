// One operation on each image's bytes, of torchvision's uint8 tensors (transforms/functional_tensor.py, 0.14.1): what is
// sampled elsewhere is bilinear and rounded, halves to even; what is computed is truncated. The record of an image says which
// operation and with which numbers; what maps byte to byte comes as a table (augment/table). One invocation per pixel and
// group of four channels.
const WORKGROUP: u32 = 256u;
const PACKED = true;
const TABLES = true;

struct Shape { images: u32, channels: u32, height: u32, width: u32, source_height: u32, source_width: u32 }

@group(0) @binding(0) var<storage, read> pixels: array<u32>;      // [N][C][H][W] bytes, or PACKED [N][groups][H][W]; the source's
@group(0) @binding(1) var<storage, read> records: array<vec4u>;   // [N][2] the operation's code, then its numbers
@group(0) @binding(2) var<storage, read> tables: array<u32>;      // [N][C][64] four bytes per word
@group(0) @binding(3) var<storage, read_write> out: array<u32>;   // [N][groups][H][W] four channels per word
@group(0) @binding(4) var<uniform> shape: Shape;

fn pixel_of(image: u32, group: u32, row: u32, column: u32) -> vec4f {
  return vec4f(pixel_at(image, group, row * shape.source_width + column));
}

// 0 outside of the image.
fn inside_of(image: u32, group: u32, row: i32, column: i32) -> vec4f {
  if (row < 0 || column < 0 || row >= i32(shape.source_height) || column >= i32(shape.source_width)) { return vec4f(0.0); }
  return pixel_of(image, group, u32(row), u32(column));
}

fn is_inside(row: i32, column: i32) -> f32 {
  return f32(row >= 0 && column >= 0 && row < i32(shape.source_height) && column < i32(shape.source_width));
}

// torch's grid_sample of an affine grid, zeros outside, its roundings too. With second.w what is outside darkens once more, as
// torchvision's fill=0 does.
fn affine(image: u32, group: u32, row: u32, column: u32, first: vec4f, second: vec4u) -> vec4f {
  let size = vec2f(f32(shape.source_width), f32(shape.source_height));
  let from_middle = vec2f(f32(column), f32(row)) + 0.5 - 0.5 * size;
  let last = bitcast<vec3f>(second.xyz);
  let products = each_rounded(from_middle.xyxy * vec4f(first.yz, last.xy));
  let grid = each_rounded(vec4f(products.xz + products.yw, 0.0, 0.0)).xy + vec2f(first.w, last.z);
  let place = fused(vec4f(grid + 1.0, 0.0, 0.0), vec4f(0.5 * size, 0.0, 0.0), vec4f(-0.5)).xy;
  // Far outside is outside: an integer has no room for all of it.
  let corner = vec2i(clamp(floor(place), vec2f(-2.0), size));
  let low = place - floor(place);
  let high = 1.0 - low;
  let weights = each_rounded(vec4f(high.xx, low.xx).xzyw * vec4f(high.yy, low.yy));
  var value = vec4f(0.0);
  var covered = vec4f(0.0);
  for (var i = 0u; i < 4u; i++) {
    let at = corner + vec2i(i32(i & 1u), i32(i >> 1u));
    value = fused(inside_of(image, group, at.y, at.x), vec4f(weights[i]), value);
    covered = fused(vec4f(is_inside(at.y, at.x)), vec4f(weights[i]), covered);
  }
  return select(value * covered, value, second.w == 0u);
}

// Where along a side an output pixel lies in a crop of `length`, at `scale` crop pixels each: the pixel below, and the share of
// the one above. torch has the place in float64, scale * (to + 1/2) - 1/2: exact here in two parts.
fn along(to: u32, scale: f32, length: u32) -> vec2f {
  let middle = f32(to) + 0.5;
  let upper = upper_half(vec4f(scale)).x;
  let place = upper * middle;
  let rest = (scale - upper) * middle;
  var below = max(floor(place + rest - 0.5), 0.0);
  if (rounded(place - (below + 0.5)) + rest < 0.0 && below > 0.0) { below -= 1.0; }
  let share = rounded(place - (below + 0.5)) + rest;
  if (share >= 1.0 && rounded(place - (below + 1.5)) + rest >= 0.0) {
    below += 1.0;
    return vec2f(below, rounded(place - (below + 0.5)) + rest);
  }
  return vec2f(min(below, f32(length - 1u)), clamp(share, 0.0, 1.0));
}

// torch's interpolate(mode='bilinear', align_corners=False) of a rectangle of the image (top, left, height, width), its
// roundings too.
fn resized(image: u32, group: u32, row: u32, column: u32, top: u32, left: u32, crop: vec2u, scale: vec2f) -> vec4f {
  let vertical = along(row, scale.x, crop.x);
  let horizontal = along(column, scale.y, crop.y);
  let at = vec2u(u32(vertical.x), u32(horizontal.x));
  let next = min(at + 1u, crop - 1u);
  let rows = vec2u(top + at.x, top + next.x);
  let columns = vec2u(left + at.y, left + next.y);
  let low = vec4f(1.0 - horizontal.y);
  let high = vec4f(horizontal.y);
  let upper = fused(
    pixel_of(image, group, rows.x, columns.x),
    low,
    each_rounded(pixel_of(image, group, rows.x, columns.y) * high),
  );
  let lower = fused(
    pixel_of(image, group, rows.y, columns.x),
    low,
    each_rounded(pixel_of(image, group, rows.y, columns.y) * high),
  );
  return fused(upper, vec4f(1.0 - vertical.y), each_rounded(lower * vertical.y));
}

// torchvision's _rgb2hsv, a turn of the hue, and _hsv2rgb.
fn hue_turned(pixel: vec4u, turn: f32) -> vec4u {
  let rgb = vec3f(divide(f32(pixel.x), 255.0), divide(f32(pixel.y), 255.0), divide(f32(pixel.z), 255.0));
  let most = max(max(rgb.x, rgb.y), rgb.z);
  let chroma = most - min(min(rgb.x, rgb.y), rgb.z);
  let divisor = select(chroma, 1.0, chroma == 0.0);
  let saturation = divide(chroma, select(most, 1.0, chroma == 0.0));
  let below = vec3f(divide(most - rgb.x, divisor), divide(most - rgb.y, divisor), divide(most - rgb.z, divisor));
  var sixths = 4.0 + below.y - below.x;
  if (most == rgb.x) { sixths = below.z - below.y; } else if (most == rgb.y) { sixths = 2.0 + below.x - below.z; }
  let turns = select(1.0, -1.0, sixths < 0.0) * divide(abs(sixths), 6.0) + 1.0;
  let shifted = turns - floor(turns) + turn;
  let scaled = rounded((shifted - floor(shifted)) * 6.0);
  let sector = floor(scaled);
  let part = scaled - sector;
  let p = most * (1.0 - saturation);
  let q = most * (1.0 - rounded(saturation * part));
  let t = most * (1.0 - rounded(saturation * (1.0 - part)));
  var turned = vec3f(most, t, p);
  switch (u32(sector) % 6u) {
    case 1u: { turned = vec3f(q, most, p); }
    case 2u: { turned = vec3f(p, most, t); }
    case 3u: { turned = vec3f(p, q, most); }
    case 4u: { turned = vec3f(t, p, most); }
    case 5u: { turned = vec3f(most, p, q); }
    default: {}
  }
  return vec4u(vec3u(clamp(turned, vec3f(0.0), vec3f(1.0)) * 255.0), 0u);
}

// torchvision's adjust_sharpness: away from the mean of the neighbourhood, in which the pixel itself counts five times.
fn sharpened(image: u32, row: u32, column: u32, pixel: vec4u, factor: f32, rest: f32) -> vec4u {
  let height = shape.source_height;
  let width = shape.source_width;
  if (height <= 2u || width <= 2u) { return pixel; }
  var blurred = pixel;
  if (row > 0u && row + 1u < height && column > 0u && column + 1u < width) {
    var sum = 4u * pixel;
    for (var i = 0u; i < 9u; i++) {
      sum += pixel_at(image, 0u, (row + i / 3u - 1u) * width + column + i % 3u - 1u);
    }
    blurred = (2u * sum + 13u) / 26u; // of thirteenths: no half is met
  }
  var result = vec4u(0u);
  for (var c = 0u; c < 4u; c++) { result[c] = blend(factor, f32(pixel[c]), rest, f32(blurred[c])); }
  return result;
}

fn looked_up(image: u32, pixel: vec4u) -> vec4u {
  var result = vec4u(0u);
  for (var c = 0u; c < min(shape.channels, 4u); c++) {
    let word = tables[(image * shape.channels + c) * 64u + pixel[c] / 4u];
    result[c] = (word >> (8u * (pixel[c] % 4u))) & 0xffu;
  }
  return result;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let area = shape.height * shape.width;
  if (id.x >= shape.images * area) { return; }
  let image = id.x / area;
  let group = id.y;
  let row = id.x % area / shape.width;
  let column = id.x % shape.width;
  let first = records[2u * image];
  let second = records[2u * image + 1u];
  let numbers = bitcast<vec4f>(first);
  var pixel = vec4u(0u);
  if (first.x == RESIZE) {
    let scale = bitcast<vec2f>(second.yz);
    pixel = vec4u(round(resized(image, group, row, column, first.y, first.z, vec2u(first.w, second.x), scale)));
  } else if (first.x == AFFINE) {
    pixel = vec4u(round(affine(image, group, row, column, numbers, second)));
  } else {
    pixel = pixel_at(image, group, row * shape.width + column);
    if (TABLES && first.x >= BRIGHTNESS) {
      pixel = looked_up(image, pixel);
    } else if (first.x == SHARPNESS) {
      pixel = sharpened(image, row, column, pixel, numbers.y, numbers.z);
    } else if (first.x == SATURATION && shape.channels == 3u) {
      let grey = f32(grey_of(pixel));
      pixel = vec4u(
        blend(numbers.y, f32(pixel.x), numbers.z, grey),
        blend(numbers.y, f32(pixel.y), numbers.z, grey),
        blend(numbers.y, f32(pixel.z), numbers.z, grey),
        0u,
      );
    } else if (first.x == HUE && shape.channels == 3u) {
      pixel = hue_turned(pixel, numbers.y);
    }
  }
  pixel = select(vec4u(0u), pixel, vec4u(0u, 1u, 2u, 3u) < vec4u(shape.channels - 4u * group));
  let groups = (shape.channels + 3u) / 4u;
  out[(image * groups + group) * area + row * shape.width + column] =
    pixel.x | (pixel.y << 8u) | (pixel.z << 16u) | (pixel.w << 24u);
}
