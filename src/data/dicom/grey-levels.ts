// Stored values to what they mean (the modality's rescale or table), and that to light (a window, or a table of values of interest):
// DICOM PS3.3, C.11.1.1.2 and C.11.2.1.

import type { GreyLevels, Table, Window } from './header.ts';

export function lookUp({ first, entries }: Table, value: number): number {
  const at = Math.trunc(value) - first;
  return entries[at < 0 ? 0 : at >= entries.length ? entries.length - 1 : at] ?? 0;
}

/** What stored values mean: Hounsfield units, say. */
export function modalityValues(stored: ArrayLike<number>, modality: GreyLevels['modality']): Float64Array {
  if ('entries' in modality) return Float64Array.from(stored, (value) => lookUp(modality, value));
  const { slope, intercept } = modality;
  return Float64Array.from(stored, (value) => value * slope + intercept);
}

/** A value's light, from 0 to 1. */
export function windowed({ centre, width, shape }: Window): (value: number) => number {
  if (shape === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - centre)) / width));
  const exact = shape === 'LINEAR_EXACT';
  const [middle, range] = exact ? [centre, width] : [centre - 0.5, width - 1];
  const [from, to] = [middle - range / 2, middle + range / 2];
  return (value) => {
    if (value <= from) return 0;
    return value > to ? 1 : (value - middle) / range + 0.5;
  };
}

/** The same of a table of values of interest. */
export function tabled(table: Table): (value: number) => number {
  const most = 2 ** table.bits - 1;
  return (value) => lookUp(table, value) / most;
}
