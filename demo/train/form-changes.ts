// What a visitor changed of the Train form's defaults, as it was written into a file: read back field by field, since the file
// may be of another version of this page.

import { isJsonObject } from '../../src/data/json.ts';
import { flag, oneOf, parse, type Schema, text } from '../../src/data/schema.ts';
import { PORTABLE_PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import { STEM_KINDS } from '../../src/densenet/stems.ts';
import { OPTIMIZER_KINDS } from '../../src/densenet/train/optimizers.ts';
import type { Field, Form } from './form.ts';
import { isNumberField, type NumberField } from './form-numbers.ts';
import { NETWORK_NAMES } from './networks.ts';
import { OFFERED_SCHEDULES } from './offered-schedules.ts';

type TextField = NumberField | 'blocks';
type Choice = Exclude<Field, TextField>;

/** The fields that are no text. */
const CHOICES: { readonly [K in Choice]: Schema<Form[K]> } = {
  start: oneOf(['scratch', 'fine-tune']),
  trainable: oneOf(['classifier', 'last-block', 'all']),
  network: oneOf([...NETWORK_NAMES, 'own']),
  stem: oneOf(STEM_KINDS),
  colours: oneOf(['grey', 'colour']),
  schedule: oneOf(OFFERED_SCHEDULES),
  optimizer: oneOf(OPTIMIZER_KINDS),
  mirror: flag,
  recompute: flag,
  precision: oneOf(PORTABLE_PRECISIONS),
};
const TEXT = text(200);

const isChoice = (name: string): name is Choice => Object.hasOwn(CHOICES, name);
const isText = (name: string): name is TextField => name === 'blocks' || isNumberField(name);

/**
 * Fields that today's form does not have are left out.
 * @throws ConfigError naming a field that cannot be what it is
 */
export function readFormChanges(json: unknown): Partial<Form> {
  const changes: { -readonly [K in Field]?: Form[K] } = {};
  const choose = <K extends Choice>(name: K, value: unknown) => {
    changes[name] = parse<Form[K]>(CHOICES[name], value, name);
  };
  for (const [name, value] of Object.entries(isJsonObject(json) ? json : {})) {
    if (isText(name)) changes[name] = parse(TEXT, value, name);
    else if (isChoice(name)) choose(name, value);
  }
  return changes;
}
