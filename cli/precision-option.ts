// How features are stored, as the commands ask for it.
import { Option } from 'commander';
import { PRECISIONS } from '../src/densenet/plan/feature-map.ts';

/** @param otherwise what it is where nothing is said, in words; left out: f32 */
export function precisionOption(otherwise?: string): Option {
  const about = 'how features are stored; arithmetic is float32 in either';
  const option = new Option('--precision <name>', otherwise ? `${about} (default: ${otherwise})` : about);
  return otherwise ? option.choices(PRECISIONS) : option.choices(PRECISIONS).default('f32');
}
