// A pixel's bytes as a kernel of this family reads them: four channels of `pixels`, from channel 4 * group on. PACKED: a pixel's
// channels are the bytes of one word, [N][groups][H][W], as these kernels write them; otherwise they are the bytes of images
// [N][C][H][W], four per word, the lowest first. `at` counts pixels of the stored image, row by row.
fn pixel_at(image: u32, group: u32, at: u32) -> vec4u {
  let area = shape.source_height * shape.source_width;
  if (PACKED) {
    let word = pixels[(image * ((shape.channels + 3u) / 4u) + group) * area + at];
    return (vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu);
  }
  var pixel = vec4u(0u);
  for (var i = 0u; i < 4u; i++) {
    let c = 4u * group + i;
    if (c < shape.channels) {
      let byte = (image * shape.channels + c) * area + at;
      pixel[i] = (pixels[byte / 4u] >> (8u * (byte % 4u))) & 0xffu;
    }
  }
  return pixel;
}
