// Whether a file's tensors are those of a network: all of what is missing or misshapen at once, under the file's names.

import { type Misfit, WeightsError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import { statePlaces } from '../state-dict.ts';
import type { Shapes } from './architecture.ts';

/** More names than this are counted, not printed; the error carries all of them. */
const MOST_NAMES = 40;

/**
 * @param tensors by canonical name
 * @param title a canonical name as the file would have it
 * @throws WeightsError naming every tensor that is missing or misshapen, and beside them what was not recognised
 */
export function checkFit(
  network: Network,
  tensors: Shapes,
  { file, title, unknown }: { file: string; title: (name: string) => string; unknown: readonly string[] },
): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const { name, shape } of statePlaces(network)) {
    const found = tensors.get(name)?.shape;
    if (found === undefined) missing.push(title(name));
    else if (found.length !== shape.length || found.some((size, i) => size !== shape[i])) {
      misshapen.push(`${title(name)}: [${found}], needed [${shape}]`);
    }
  }
  if (missing.length + misshapen.length > 0) throw misfitError(file, { missing, misshapen, unknown });
}

/**
 * Every tensor that the network needs must be of a type whose elements are read.
 * @param shapes by canonical name, of all types; `tensors` those that are read
 * @throws WeightsError naming those of another type
 */
export function checkRead(
  network: Network,
  shapes: ReadonlyMap<string, { readonly dtype: string }>,
  tensors: ReadonlyMap<string, unknown>,
  { file, title }: { file: string; title: (name: string) => string },
): void {
  const unread = statePlaces(network).flatMap(({ name }) => {
    const dtype = shapes.get(name)?.dtype;
    return dtype === undefined || tensors.has(name) ? [] : [`${title(name)} (${dtype})`];
  });
  if (unread.length === 0) return;
  throw new WeightsError(
    file,
    `the network needs tensors of a type that is not read: ${listed(unread)}. Save them as F32, F16 or BF16`,
    { misshapen: unread },
  );
}

function misfitError(file: string, misfit: Omit<Required<Misfit>, 'unsupported'>): WeightsError {
  const { missing, misshapen, unknown } = misfit;
  const parts = [
    clause(missing, 'tensor is missing', 'tensors are missing'),
    clause(misshapen, 'has another shape', 'have another shape'),
    clause(unknown, 'is not known', 'are not known'),
  ];
  return new WeightsError(file, parts.filter((part) => part !== '').join('. '), misfit);
}

function clause(names: readonly string[], one: string, many: string): string {
  if (names.length === 0) return '';
  return `${names.length} ${names.length === 1 ? one : many}: ${listed(names)}`;
}

/** Names as a sentence lists them. */
export function listed(names: readonly string[], most = MOST_NAMES): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${more}`;
}
