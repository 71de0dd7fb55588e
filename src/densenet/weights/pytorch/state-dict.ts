// Where in a checkpoint the weights are: a state dict by itself, one of the entries of a dict (`state_dict`, `model`, Lightning's,
// fastai's, averages), or a whole module. Everything is looked through, whatever it is called, and what has a DenseNet's names
// counts; of several the one that is called as programs call the network itself. What lies beside it is named, not used.

import { shortened } from '../../../runtime/printable.ts';
import { SECOND_MODEL } from '../names.ts';
import { attributesOf, isModule, type ModuleFacts, Visits, walkModule } from './modules.ts';
import { isNumpyArray, numpyNumber } from './numpy.ts';
import { asDict, asSequence, callName, type Dict, globalName, structured, type Value } from './values.ts';

export interface FoundState extends Partial<ModuleFacts> {
  /** Where it was: `state_dict`, `model.net`; '' where the file is nothing else. */
  readonly path: string;
  /** Tensors and arrays by name. */
  readonly entries: ReadonlyMap<string, Value>;
  /** Whether one of them is named as a dense layer's. */
  readonly isDenseNet: boolean;
  /** What else the file has, one text each: `epoch = 12`, `optimizer (a dict of 2)`. */
  readonly passedOver: readonly string[];
  /** Class names as something beside the weights lists them; there may be another number of them. */
  readonly labels: readonly string[] | undefined;
  /** What the file calls its architecture. */
  readonly architecture: string | undefined;
}

/** What programs call the network itself, likeliest first. */
const USUAL_KEYS = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'module',
  'model_state',
  'weights',
  'params',
];
const CLASS_KEYS = [
  'pathologies',
  'targets',
  'class_names',
  'classes',
  'labels',
  'label_names',
  'categories',
  'CLASSES',
];
const INDEX_KEYS = ['class_to_idx', 'label2id', 'idx_to_class', 'id2label'];
/** Dicts of settings, in which class names may be too. */
const SETTINGS = ['hyper_parameters', 'hparams', 'meta', 'config', 'args'];
const ARCHITECTURE_KEYS = ['arch', 'architecture', 'model_name', 'model_arch'];
const DENSE_LAYER = /(^|\.)denselayer_?\d+\./;
const AVERAGE = /ema|swa|avg|averag|teacher/i;

const MOST_DEPTH = 8;
const MOST_VALUES = 200_000;
const MOST_PASSED_OVER = 24;

interface Place {
  readonly value: Value;
  readonly path: readonly string[];
  /** The dicts on the way, the outermost first. */
  readonly within: readonly Dict[];
}

interface Candidate extends Partial<ModuleFacts> {
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Value>;
  readonly rank: number;
}

const isTensor = (value: Value): boolean =>
  structured(value)?.kind === 'tensor' || isNumpyArray(value) || isOtherTensor(value);

/** Tensors whose numbers lie elsewhere or are of a form that is not read: named where they are needed. */
export const isOtherTensor = (value: Value): boolean =>
  /^torch\.(_utils\._rebuild_|_tensor\._rebuild|storage\._load_from_bytes)/.test(callName(value));

/** @returns undefined where the file has no dict of tensors at all */
export function findStateDict(root: Value, file: string): FoundState | undefined {
  const candidates = candidatesIn(root, file);
  const best = candidates.reduce<Candidate | undefined>((a, b) => (a && a.rank <= b.rank ? a : b), undefined);
  if (!best) return undefined;
  const { place, entries, epsilons, unsupported } = best;
  const beside = [...place.within, attributesOf(place.value)].filter((one) => one !== undefined);
  return {
    path: place.path.join('.'),
    entries,
    isDenseNet: isDenseNet(entries),
    passedOver: passedOver(place),
    labels: labelsIn(beside),
    architecture: textIn(beside, ARCHITECTURE_KEYS),
    ...(epsilons && { epsilons }),
    ...(unsupported && { unsupported }),
  };
}

function candidatesIn(root: Value, file: string): Candidate[] {
  const candidates: Candidate[] = [];
  const seen = new Set<Value>();
  const visits = new Visits(file);
  const queue: Place[] = [{ value: root, path: [], within: [] }];
  for (let at = 0; at < queue.length && at < MOST_VALUES; at++) {
    const place = queue[at];
    if (!place || seen.has(place.value) || place.path.length > MOST_DEPTH) continue;
    seen.add(place.value);
    const { value } = place;
    if (isModule(value)) {
      const { entries, epsilons, unsupported } = walkModule(value, file, visits);
      candidates.push({ place, entries, epsilons, unsupported, rank: rankOf(place, entries, candidates.length) });
      continue;
    }
    const dict = asDict(value);
    const tensors = dict && tensorsOf(dict);
    if (tensors && tensors.size > 0)
      candidates.push({ place, entries: tensors, rank: rankOf(place, tensors, candidates.length) });
    for (const inner of placesWithin(place)) if (queue.length < MOST_VALUES) queue.push(inner);
  }
  return candidates;
}

const tensorsOf = ({ entries }: Dict): ReadonlyMap<string, Value> =>
  new Map(
    [...entries].flatMap(([name, value]) => (typeof name === 'string' && isTensor(value) ? [[name, value]] : [])),
  );

function* placesWithin({ value, path, within }: Place): Generator<Place> {
  const found = structured(value);
  if (found?.kind === 'dict') yield* inDict(found, path, within);
  else if (found?.kind === 'list' || found?.kind === 'tuple') {
    for (const [i, item] of found.items.slice(0, 64).entries())
      if (structured(item)) yield { value: item, path: [...path, `[${i}]`], within };
  } else if (found?.kind === 'call') {
    const attributes = attributesOf(found);
    if (attributes) yield* inDict(attributes, path, within);
    if (found.contents?.kind === 'dict') yield* inDict(found.contents, path, within);
  }
}

function* inDict(dict: Dict, path: readonly string[], within: readonly Dict[]): Generator<Place> {
  for (const [key, value] of dict.entries) {
    if (structured(value) && !isTensor(value))
      yield { value, path: [...path, keyText(key)], within: [...within, dict] };
  }
}

const isDenseNet = (entries: ReadonlyMap<string, Value>): boolean =>
  [...entries.keys()].some((name) => DENSE_LAYER.test(name));

/** The lower the better: a DenseNet before what is none, a network before its averages, usual names, then what comes first. */
function rankOf({ path }: Place, entries: ReadonlyMap<string, Value>, order: number): number {
  const isAverage = path.some((key) => AVERAGE.test(key) || SECOND_MODEL.test(key));
  const usual = USUAL_KEYS.indexOf(path.at(-1) ?? '');
  const known = path.length === 0 ? 0 : usual < 0 ? USUAL_KEYS.length + 1 : 1 + usual;
  return (isDenseNet(entries) ? 0 : 1e12) + (isAverage ? 1e11 : 0) + known * 1e9 + path.length * 1e7 + order;
}

const keyText = (key: Value): string => (typeof key === 'string' ? shortened(key, 60) : brief(key));

function passedOver({ value, path, within }: Place): string[] {
  const texts: string[] = [];
  const add = (prefix: readonly string[], key: Value, beside: Value) =>
    texts.push([...prefix, keyText(key)].join('.') + briefly(beside));
  let shown: string[] = [];
  for (const [depth, dict] of within.entries()) {
    for (const [key, beside] of dict.entries) if (keyText(key) !== path[depth]) add(shown, key, beside);
    shown = path.slice(0, depth + 1);
  }
  const own = asDict(value);
  for (const [key, beside] of own?.entries ?? [])
    if (typeof key !== 'string' || !isTensor(beside)) add(path, key, beside);
  const more = texts.length - MOST_PASSED_OVER;
  return more > 0 ? [...texts.slice(0, MOST_PASSED_OVER), `and ${more} more`] : texts;
}

const briefly = (value: Value): string => {
  const text = brief(value);
  return text.startsWith('a ') ? ` (${text})` : ` = ${text}`;
};

/** A value in a few words. */
function brief(value: Value): string {
  const number = numpyNumber(value);
  if (number !== undefined) return String(number);
  if (value === null) return 'None';
  if (typeof value === 'string') return JSON.stringify(shortened(value, 60));
  if (typeof value === 'bigint') return 'a large integer';
  if (typeof value !== 'object') return String(value);
  const found = structured(value);
  if (!found) return 'a text of bytes';
  if (found.kind === 'dict') return `a dict of ${found.entries.size}`;
  if (found.kind === 'list' || found.kind === 'tuple' || found.kind === 'set')
    return `a ${found.kind} of ${found.items.length}`;
  if (found.kind === 'tensor') return `a tensor [${found.shape}]`;
  if (isNumpyArray(found)) return 'a NumPy array';
  const name = shortened(callName(found) || globalName(found), 80);
  return name === '' ? 'a value' : `a ${name}`;
}

/** Class names among the settings and attributes beside the weights, the innermost first. */
function labelsIn(beside: readonly Dict[]): readonly string[] | undefined {
  const settings = beside.flatMap(({ entries }) => SETTINGS.map((key) => entries.get(key)));
  const inner = settings.map((value) => asDict(value) ?? (value === undefined ? undefined : attributesOf(value)));
  const all = [...beside.toReversed(), ...inner].filter((one) => one !== undefined);
  for (const { entries } of all) {
    for (const key of CLASS_KEYS) {
      const items = asSequence(entries.get(key))?.items;
      if (items && items.length > 0 && items.every((item) => typeof item === 'string')) return items;
    }
    for (const key of INDEX_KEYS) {
      const indexed = asDict(entries.get(key));
      const names = indexed && inOrder(indexed);
      if (names) return names;
    }
  }
  return undefined;
}

/** `{ cat: 0, dog: 1 }` or `{ 0: 'cat', 1: 'dog' }`. */
function inOrder({ entries }: Dict): readonly string[] | undefined {
  const names = new Map<number, string>();
  for (const [key, value] of entries) {
    if (typeof key === 'string' && typeof value === 'number') names.set(value, key);
    else if (typeof key === 'number' && typeof value === 'string') names.set(key, value);
    else return undefined;
  }
  const listed = Array.from({ length: names.size }, (_, i) => names.get(i));
  return listed.length > 0 && listed.every((name) => name !== undefined) ? listed : undefined;
}

function textIn(beside: readonly Dict[], keys: readonly string[]): string | undefined {
  for (const { entries } of beside) {
    for (const key of keys) {
      const value = entries.get(key);
      if (typeof value === 'string') return value;
    }
  }
  return undefined;
}
