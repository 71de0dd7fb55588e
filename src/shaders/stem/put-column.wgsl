// float32 values: what readers will read is what was computed.
fn stored(values: vec4f) -> vec4f { return values; }

// Column `to` of the row of `out` that begins at `first` gets the float of `segments` at `at`.
fn put_column(first: u32, to: u32, along: u32, column: u32, at: u32) {
  out[first + to] = segments[at / 4u][at % 4u];
}
