// What a training step has met that is not finite: for each kind, the first place, or NOTHING. The words are VERDICT in
// verdict.ts. Only the host clears them, so that the steps behind a bad one change nothing either.
const NOTHING = 0xffffffffu;
const NON_FINITE_IMAGE = 0u;     // of the step's images
const NON_FINITE_LOSS = 1u;      // of an image
const NON_FINITE_GRADIENT = 2u;  // floats into the trained part
const NON_FINITE_UPDATE = 3u;    // likewise
const NON_FINITE_RUNNING = 4u;   // floats into the running statistics

// Smallest place of all: no order of invocations makes another result.
fn met(what: u32, place: u32) {
  atomicMin(&verdict[what], place);
}
