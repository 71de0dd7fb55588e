// Direct 3x3 convolution, what forward and backward-data share. A thread keeps BLOCKS * 4 output channels of one piece
// of an image row, COLUMNS wide. Workgroup memory holds, per stage of STAGE input channels, each piece as a segment that
// has its two neighbours beside it (so that it is read as whole vec4s), a segment of zeros that stands for rows outside
// the image, and the weights. Rows count through the whole batch: row r is row r % height of its image. SLICES threads
// share a stage's channels for the same outputs, where a map is too small to fill a GPU. The kernel supplies `weight`,
// `shape`, and what a staged value is: `source_norm`, `source_value`.
const COLUMNS: u32 = 7u;
const ROWS: u32 = 8u;
const PIECES: u32 = 4u;
const BLOCKS: u32 = 2u;
const GROUPS: u32 = 4u;
const SLICES: u32 = 1u;
const STAGE: u32 = 4u;
const RAGGED: bool = false; // the width is not a multiple of COLUMNS * PIECES
// A stage's products are summed apart, for less rounding (parts/sums.ts), of one in PARTS of the outputs at a time: there
// are no registers for more beside the totals.
const BLOCKED_SUM: bool = false;
const PARTS: u32 = 1u;

const PLACES: u32 = ROWS * PIECES;
const THREADS: u32 = PLACES * GROUPS * SLICES;
const SEGMENT: u32 = (COLUMNS + 5u) / 4u;
const SEGMENTS: u32 = (ROWS + 2u) * PIECES;
const ZEROS: u32 = SEGMENTS * SEGMENT;
const CHANNEL: u32 = ZEROS + SEGMENT;
const WIDE: u32 = GROUPS * BLOCKS;
const WEIGHTS: u32 = STAGE * CHANNEL;
const STAGED: u32 = STAGE * 9u * WIDE;
const COPIES: u32 = (STAGE * SEGMENTS + THREADS - 1u) / THREADS;
const WEIGHT_COPIES: u32 = (STAGED + THREADS - 1u) / THREADS;
const SUMS: u32 = BLOCKS * COLUMNS;
const RUN: u32 = SUMS / PARTS;
const MERGED: u32 = max(PLACES * WIDE, select(0u, THREADS * COLUMNS, SLICES > 1u));
const TILE: u32 = max(WEIGHTS + STAGED, MERGED);

var<workgroup> tile: array<vec4f, TILE>;

struct Place { row: u32, column: u32, first_row: u32, first_column: u32, columns: u32, beside: u32 }

// Which row and columns are this thread's; `columns` of them exist. Beside: 1 where its image has a row above, + 2 where
// it has one below.
fn place_of(thread: u32, workgroup: u32) -> Place {
  let first_row = workgroup / shape.strips * ROWS;
  let first_column = workgroup % shape.strips * (PIECES * COLUMNS);
  let row = first_row + thread % PLACES / PIECES;
  let column = first_column + thread % PIECES * COLUMNS;
  let columns = select(0u, min(COLUMNS, shape.width - min(column, shape.width)), row < shape.rows);
  let h = row % shape.height;
  let beside = u32(h > 0u) + 2u * u32(h + 1u < shape.height);
  return Place(row, column, first_row, first_column, columns, beside);
}
