// What the augmentation kernels compute: plain loops, and torchvision's formulas (transforms/functional_tensor.py, 0.14.1) step
// by step, each rounded to float32 as a tensor is. Integers have no tolerance: whoever compares samples gives matrices and
// crops whose coordinates float32 holds exactly.

import type { NchwSize } from '../layout/from-nchw.ts';
import { groupsOf, type OperateSize } from './parts.ts';
import { CODES, COMPOSITION_WORDS, FLIPS, MIXTURE_WORD, MIXTURES, OPERATION_WORDS } from './records.ts';

type Numbers = ArrayLike<number>;
type Byte = (image: number, channel: number, row: number, column: number) => number;

const at = (numbers: Numbers, i: number): number => numbers[i] ?? Number.NaN;
const f = Math.fround;
const clamp = (value: number): number => Math.min(255, Math.max(0, value));
const byteIn = (words: Numbers, byte: number): number => (at(words, byte >> 2) >>> (8 * (byte & 3))) & 0xff;
const floats = (words: Numbers): Float32Array => new Float32Array(Uint32Array.from(words).buffer);

/** Reads images as they are stored. */
function reader(channels: number, height: number, width: number, isPacked: boolean, pixels: Numbers): Byte {
  return (n, c, row, column) => {
    const pixel = row * width + column;
    if (!isPacked) return byteIn(pixels, (n * channels + c) * height * width + pixel);
    return byteIn(pixels, 4 * ((n * groupsOf(channels) + (c >> 2)) * height * width + pixel) + (c & 3));
  };
}

/** torchvision's `_blend` with the byte it becomes. */
const blend = (factor: number, value: number, other: number): number => {
  const rest = f(1 - factor);
  return Math.trunc(clamp(f(f(f(factor) * value) + f(rest * other))));
};

const grey = ([r = 0, g = 0, b = 0]: readonly number[]): number =>
  Math.trunc(f(f(f(f(0.2989) * r) + f(f(0.587) * g)) + f(f(0.114) * b)));

/** To the nearest, halves to the even number. */
function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/** `_rgb2hsv`, a turn of the hue, `_hsv2rgb`. */
export function turnHue(rgb: Numbers, turn: number): number[] {
  const [r, g, b] = [f(at(rgb, 0) / 255), f(at(rgb, 1) / 255), f(at(rgb, 2) / 255)];
  const most = Math.max(r, g, b);
  const chroma = f(most - Math.min(r, g, b));
  const divisor = chroma === 0 ? 1 : chroma;
  const s = f(chroma / (chroma === 0 ? 1 : most));
  const [rc, gc, bc] = [f(f(most - r) / divisor), f(f(most - g) / divisor), f(f(most - b) / divisor)];
  let h = f(f(4 + gc) - rc);
  if (most === r) h = f(bc - gc);
  else if (most === g) h = f(f(2 + rc) - bc);
  h = f(f(h / 6) + 1) % 1;
  h = f(h + f(turn));
  h = f(h - Math.floor(h));
  const scaled = f(h * 6);
  const part = f(scaled - Math.floor(scaled));
  const p = f(most * f(1 - s));
  const q = f(most * f(1 - f(s * part)));
  const t = f(most * f(1 - f(s * f(1 - part))));
  const sectors = [
    [most, t, p],
    [q, most, p],
    [p, most, t],
    [p, q, most],
    [t, p, most],
    [most, p, q],
  ];
  return (sectors[Math.floor(scaled) % 6] ?? []).map((value) => Math.trunc(f(Math.min(1, Math.max(0, value)) * 255)));
}

/** Channels of an output pixel by an operation; the record's words and, of the same bits, its numbers. */
function operated(s: OperateSize, byte: Byte, words: Numbers, tables: Numbers, n: number, y: number, x: number) {
  const numbers = floats(words);
  const of = (c: number, row: number, column: number) =>
    row < 0 || column < 0 || row >= s.sourceHeight || column >= s.sourceWidth ? 0 : byte(n, c, row, column);
  const each = (make: (c: number) => number) => Array.from({ length: s.channels }, (_, c) => make(c));
  const own = () => each((c) => of(c, y, x));
  switch (at(words, 0)) {
    case CODES.resize: {
      const [top, left, height, width] = [at(words, 1), at(words, 2), at(words, 3), at(words, 4)];
      const row = Math.max(0, at(numbers, 5) * (y + 0.5) - 0.5);
      const column = Math.max(0, at(numbers, 6) * (x + 0.5) - 0.5);
      const [r, k] = [Math.floor(row), Math.floor(column)];
      const inCrop = (c: number, dy: number, dx: number) =>
        of(c, top + Math.min(r + dy, height - 1), left + Math.min(k + dx, width - 1));
      return each((c) => {
        const [fy, fx] = [row - r, column - k];
        const upper = (1 - fx) * inCrop(c, 0, 0) + fx * inCrop(c, 0, 1);
        return roundEven((1 - fy) * upper + fy * ((1 - fx) * inCrop(c, 1, 0) + fx * inCrop(c, 1, 1)));
      });
    }
    case CODES.affine: {
      const [px, py] = [x + 0.5 - s.sourceWidth / 2, y + 0.5 - s.sourceHeight / 2];
      const place = (first: number, side: number) =>
        ((px * at(numbers, first) + py * at(numbers, first + 1) + at(numbers, first + 2) + 1) * side - 1) / 2;
      const [column, row] = [place(1, s.sourceWidth), place(4, s.sourceHeight)];
      const [k, r] = [Math.floor(column), Math.floor(row)];
      const corners = [0, 1].flatMap((dy) =>
        [0, 1].map((dx) => ({
          row: r + dy,
          column: k + dx,
          weight: (dy ? row - r : 1 - (row - r)) * (dx ? column - k : 1 - (column - k)),
        })),
      );
      const isInside = (row: number, column: number) =>
        row >= 0 && column >= 0 && row < s.sourceHeight && column < s.sourceWidth;
      const covered = corners.reduce((sum, c) => sum + (isInside(c.row, c.column) ? c.weight : 0), 0);
      const mask = at(words, 7) === 1 ? covered : 1;
      return each((c) =>
        roundEven(mask * corners.reduce((sum, { row, column, weight }) => sum + weight * of(c, row, column), 0)),
      );
    }
    case CODES.saturation: {
      const rgb = own();
      return s.channels === 3 ? rgb.map((value) => blend(at(numbers, 1), value, grey(rgb))) : rgb;
    }
    case CODES.hue:
      return s.channels === 3 ? turnHue(own(), at(numbers, 1)) : own();
    case CODES.sharpness:
      return each((c) => {
        const value = of(c, y, x);
        const isEdge = y === 0 || x === 0 || y === s.height - 1 || x === s.width - 1;
        if (s.height <= 2 || s.width <= 2) return value;
        let sum = 4 * value;
        for (let i = 0; i < 9; i++) sum += of(c, y + Math.floor(i / 3) - 1, x + (i % 3) - 1);
        return blend(at(numbers, 1), value, isEdge ? value : Math.round(sum / 13));
      });
    case CODES.identity:
      return own();
    default:
      return each((c) => byteIn(tables, (n * s.channels + c) * 256 + of(c, y, x)));
  }
}

/** augment/operate's words. */
export function operate(s: OperateSize, isPacked: boolean, pixels: Numbers, records: Uint32Array, tables: Numbers) {
  const groups = groupsOf(s.channels);
  const out = new Uint32Array(s.images * groups * s.height * s.width);
  const byte = reader(s.channels, s.sourceHeight, s.sourceWidth, isPacked, pixels);
  for (let n = 0; n < s.images; n++) {
    const words = records.subarray(n * OPERATION_WORDS, (n + 1) * OPERATION_WORDS);
    for (let i = 0; i < s.height * s.width; i++) {
      const values = operated(s, byte, words, tables, n, Math.floor(i / s.width), i % s.width);
      for (const [c, value] of values.entries()) {
        const word = (n * groups + (c >> 2)) * s.height * s.width + i;
        out[word] = (at(out, word) | (value << (8 * (c & 3)))) >>> 0;
      }
    }
  }
  return out;
}

/** augment/table's words; NaN where none is written. */
export function tablesOf(s: OperateSize, isPacked: boolean, pixels: Numbers, records: Uint32Array): Float64Array {
  const out = new Float64Array(s.images * s.channels * 64).fill(Number.NaN);
  const area = s.sourceHeight * s.sourceWidth;
  const byte = reader(s.channels, s.sourceHeight, s.sourceWidth, isPacked, pixels);
  for (let n = 0; n < s.images; n++) {
    const words = records.subarray(n * OPERATION_WORDS, (n + 1) * OPERATION_WORDS);
    if (at(words, 0) < CODES.brightness) continue;
    const planes = Array.from({ length: s.channels }, (_, c) =>
      Array.from({ length: area }, (_, i) => byte(n, c, Math.floor(i / s.sourceWidth), i % s.sourceWidth)),
    );
    for (const [c, plane] of planes.entries()) {
      const map = mapping(words, planes, plane);
      const entries = Array.from({ length: 256 }, (_, value) => map(value));
      for (let w = 0; w < 64; w++) {
        const four = entries.slice(4 * w, 4 * w + 4);
        out[(n * s.channels + c) * 64 + w] = four.reduce((word, entry, k) => word + entry * 256 ** k, 0);
      }
    }
  }
  return out;
}

/** What the bytes of a channel become. */
function mapping(words: Numbers, planes: readonly (readonly number[])[], plane: readonly number[]) {
  const first = at(floats(words), 1);
  const count = plane.length;
  const [least, most] = [Math.min(...plane), Math.max(...plane)];
  switch (at(words, 0)) {
    case CODES.brightness:
      return (value: number) => blend(first, value, 0);
    case CODES.contrast: {
      const greys = planes.length === 3 ? plane.map((_, i) => grey(planes.map((of) => at(of, i)))) : plane;
      const mean = f(greys.reduce((sum, g) => sum + g, 0) / count);
      return (value: number) => blend(first, value, mean);
    }
    case CODES.posterize:
      return (value: number) => value & at(words, 1);
    case CODES.solarize:
      return (value: number) => (value >= first ? 255 - value : value);
    case CODES.autocontrast: {
      const scale = f(255 / (most - least));
      return (value: number) => (most === least ? value : Math.trunc(clamp(f((value - least) * scale))));
    }
    default: {
      const step = Math.floor((count - plane.filter((own) => own === most).length) / 255);
      const darker = (value: number) => plane.filter((own) => own < value).length;
      return (value: number) => {
        if (step === 0 || value === 0) return value;
        return Math.min(255, Math.floor((darker(value) + Math.floor(step / 2)) / step));
      };
    }
  }
}

/** augment/compose's rows [C][stride]; NaN in the padding, which is not written. */
export function compose(s: NchwSize, isPacked: boolean, pixels: Numbers, normalisation: Numbers, records: Uint32Array) {
  const out = new Float64Array(s.channels * s.stride).fill(Number.NaN);
  const magnitude = new Float64Array(out.length);
  const byte = reader(s.channels, s.height, s.width, isPacked, pixels);
  const words = (n: number, i: number) => at(records, n * COMPOSITION_WORDS + i);
  const liesIn = (n: number, first: number, y: number, x: number) =>
    y >= words(n, first) && x >= words(n, first + 1) && y < words(n, first + 2) && x < words(n, first + 3);
  const value = (n: number, c: number, y: number, x: number): { value: number; size: number } => {
    const none = { value: 0, size: 0 };
    if (liesIn(n, 4, y, x)) return none;
    const flips = words(n, 0);
    const row = ((flips & FLIPS.vertical) > 0 ? s.height - 1 - y : y) + (words(n, 1) | 0);
    const column = ((flips & FLIPS.mirror) > 0 ? s.width - 1 - x : x) + (words(n, 2) | 0);
    if (row < 0 || column < 0 || row >= s.height || column >= s.width) return none;
    const scaled = byte(n, c, row, column) * at(normalisation, 2 * c);
    const offset = at(normalisation, 2 * c + 1);
    return { value: scaled + offset, size: Math.abs(scaled) + Math.abs(offset) };
  };
  for (let n = 0; n < s.images; n++) {
    const [partner, how] = [words(n, MIXTURE_WORD), words(n, MIXTURE_WORD + 2)];
    const weight = at(floats(records.subarray(n * COMPOSITION_WORDS, (n + 1) * COMPOSITION_WORDS)), MIXTURE_WORD + 1);
    for (let c = 0; c < s.channels; c++) {
      for (let i = 0; i < s.height * s.width; i++) {
        const [y, x] = [Math.floor(i / s.width), i % s.width];
        const own = value(n, c, y, x);
        const other = value(partner, c, y, x);
        const isOther = how === MIXTURES.rectangle && liesIn(n, 12, y, x);
        const share = how === MIXTURES.mean ? weight : isOther ? 0 : 1;
        const place = c * s.stride + n * s.height * s.width + i;
        out[place] = (share === 0 ? 0 : share * own.value) + (share === 1 ? 0 : (1 - share) * other.value);
        magnitude[place] = share * own.size + (1 - share) * other.size;
      }
    }
  }
  return { values: out, magnitude };
}
