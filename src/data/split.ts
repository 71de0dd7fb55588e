// Splits of a data set into training and validation: seeded, stratified (each class and each label has nearly its share on both
// sides), and by groups, whose images (of one patient, of one object) all lie on one side. The same labels, groups, share and
// seed give the same split on every host. And what says where a split that was given leaks.

import { ConfigError } from '../runtime/errors.ts';
import { createRandom, type Random, randomAt } from '../runtime/random.ts';
import { shuffle } from './batches.ts';

/** The parts of a data set. */
export const PART_NAMES = ['train', 'validation', 'test'] as const;
/**
 * A part of a data set.
 * @useDeclaredType
 */
export type PartName = (typeof PART_NAMES)[number];

const ALIASES: Readonly<Record<string, PartName | undefined>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

/** The part that a folder's name or a table's cell means; undefined: none. */
export const partOf = (name: string): PartName | undefined => {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
};

export interface SplitOptions {
  /** Int32Array [count] of class numbers, or Float32Array [count][classes] of 0, 1 and NaN. */
  readonly labels: Int32Array | Float32Array;
  readonly classes: number;
  /** Of the images, in (0, 1), that are for validation. */
  readonly share: number;
  readonly seed: number;
  /** By image; images of one group stay together, and one without (undefined) is alone. */
  readonly groups?: readonly (string | undefined)[] | undefined;
}

/** Indices of images, ascending. */
export interface Split {
  readonly train: Uint32Array<ArrayBuffer>;
  readonly validation: Uint32Array<ArrayBuffer>;
}

/** Splits draw from streams of their own: "SPLI" in ASCII keeps them apart from shuffling and initialisation. */
const SPLIT_STREAM = 0x53504c49;

/**
 * One class per image, without groups: each class is shuffled and gives its share, rounded so that the whole has its share too
 * (largest remainders), but never its last image. Several labels per image, or groups: iterative stratification (Sechidis,
 * Tsoumakas and Vlahavas, ECML PKDD 2011), group by group, the rarest label first.
 * @throws ConfigError for a share outside (0, 1), and one that leaves either side without images
 */
export function stratifiedSplit(options: SplitOptions): Split {
  const { share, labels, classes, groups } = options;
  if (!(share > 0 && share < 1))
    throw new ConfigError('valSplit', share, 'must lie in (0, 1): the share that is for validation');
  const count = labels instanceof Int32Array ? labels.length : labels.length / classes;
  const held =
    labels instanceof Int32Array && !groups?.some((group) => group !== undefined)
      ? byClass(labels, options)
      : iterative(unitsOf(options, count), options, count);
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  const validation = indices.filter((index) => held[index] === 1);
  const train = indices.filter((index) => held[index] !== 1);
  if (train.length === 0 || validation.length === 0) {
    const side = train.length === 0 ? 'training' : 'validation';
    const unit = groups ? ' in groups that stay together' : '';
    throw new ConfigError('valSplit', share, `leaves no image for ${side}: there are ${count}${unit}`);
  }
  return { train, validation };
}

/** 1 for each image that is for validation. */
function byClass(labels: Int32Array, { classes, share, seed }: SplitOptions): Uint8Array {
  const members = Array.from({ length: classes }, (): number[] => []);
  for (const [index, label] of labels.entries()) members[label]?.push(index);
  const exact = members.map(({ length }) => length * share);
  const quota = exact.map(Math.floor);
  let missing = Math.round(labels.length * share) - quota.reduce((sum, n) => sum + n, 0);
  const byRemainder = [...exact.keys()].sort((a, b) => remainder(exact[b]) - remainder(exact[a]) || a - b);
  for (const label of byRemainder) {
    const n = quota[label] ?? 0;
    if (missing <= 0 || n + 1 >= (members[label]?.length ?? 0)) continue;
    quota[label] = n + 1;
    missing--;
  }
  const held = new Uint8Array(labels.length);
  for (const [label, own] of members.entries()) {
    shuffle(own, createRandom(seed, randomAt(seed, SPLIT_STREAM, label)));
    for (const index of own.slice(0, quota[label])) held[index] = 1;
  }
  return held;
}

const remainder = (value = 0) => value - Math.floor(value);

/** Images that stay together, and how many of them have each label. */
interface Unit {
  readonly images: number[];
  readonly counts: Map<number, number>;
}

function unitsOf({ labels, classes, groups }: SplitOptions, count: number): Unit[] {
  const byGroup = new Map<string, Unit>();
  const units: Unit[] = [];
  for (let index = 0; index < count; index++) {
    const group = groups?.[index];
    const known = group === undefined ? undefined : byGroup.get(group);
    const unit: Unit = known ?? { images: [], counts: new Map() };
    if (!known) units.push(unit);
    if (group !== undefined) byGroup.set(group, unit);
    unit.images.push(index);
    const add = (label: number) => unit.counts.set(label, (unit.counts.get(label) ?? 0) + 1);
    if (labels instanceof Int32Array) add(labels[index] ?? 0);
    else for (let c = 0; c < classes; c++) if (labels[index * classes + c] === 1) add(c);
  }
  return units;
}

function iterative(units: readonly Unit[], { classes, share, seed }: SplitOptions, count: number): Uint8Array {
  const random = createRandom(seed, randomAt(seed, SPLIT_STREAM, 0xffffffff));
  const shares = [1 - share, share];
  const total = new Array<number>(classes).fill(0);
  for (const { counts } of units) for (const [label, n] of counts) total[label] = (total[label] ?? 0) + n;
  // What each side still wants: images of each label, and images at all.
  const wanted = shares.map((part) => total.map((n) => n * part));
  const room = shares.map((part) => count * part);
  const held = new Uint8Array(count);
  const left = new Set(shuffledUnits(units, random));
  const place = (unit: Unit, label: number | undefined) => {
    const want = (side: number) => (label === undefined ? 0 : (wanted[side]?.[label] ?? 0));
    const preference = want(1) - want(0) || (room[1] ?? 0) - (room[0] ?? 0) || (random.uint32() & 1 ? 1 : -1);
    const side = preference > 0 ? 1 : 0;
    for (const [own, n] of unit.counts) {
      const wants = wanted[side];
      if (wants) wants[own] = (wants[own] ?? 0) - n;
    }
    room[side] = (room[side] ?? 0) - unit.images.length;
    if (side === 1) for (const index of unit.images) held[index] = 1;
    left.delete(unit);
  };
  const remaining = total.slice();
  for (;;) {
    const label = rarest(remaining);
    if (label === undefined) break;
    for (const unit of [...left]) {
      if (!unit.counts.has(label)) continue;
      for (const [own, n] of unit.counts) remaining[own] = (remaining[own] ?? 0) - n;
      place(unit, label);
    }
    remaining[label] = 0;
  }
  for (const unit of [...left]) place(unit, undefined);
  return held;
}

/** In random order, but the largest first: what is small fills what they leave. */
function shuffledUnits(units: readonly Unit[], random: Random): Unit[] {
  const order = [...units];
  shuffle(order, random);
  return order.sort((a, b) => b.images.length - a.images.length);
}

function rarest(remaining: readonly number[]): number | undefined {
  let best: number | undefined;
  for (const [label, n] of remaining.entries()) {
    if (n > 0 && (best === undefined || n < (remaining[best] ?? 0))) best = label;
  }
  return best;
}

/** What two parts have in common, and should not. */
export interface Leak {
  /** 'group': images of one group; 'content': the very same pixels. */
  readonly kind: 'group' | 'content';
  /** The two parts. */
  readonly between: readonly [PartName, PartName];
  /** How many groups, or images of the second part. */
  readonly count: number;
  /** The first of them: a group's name, or the index of an image in each part. */
  readonly example: string | readonly [number, number];
}

export interface LeakPart {
  readonly part: PartName;
  /** By image. */
  readonly groups: readonly (string | undefined)[];
  /** By image, of its pixels. */
  readonly contents: readonly string[];
}

/** Between each two of the parts. */
export function findLeaks(parts: readonly LeakPart[]): Leak[] {
  return parts.flatMap((a, i) => parts.slice(i + 1).flatMap((b) => [...sharedGroups(a, b), ...sharedContents(a, b)]));
}

function sharedGroups(a: LeakPart, b: LeakPart): Leak[] {
  const known = new Set(a.groups);
  const shared = [...new Set(b.groups)].filter((group) => group !== undefined && known.has(group));
  const [example] = shared;
  return example === undefined ? [] : [{ kind: 'group', between: [a.part, b.part], count: shared.length, example }];
}

function sharedContents(a: LeakPart, b: LeakPart): Leak[] {
  const known = new Map(a.contents.map((content, index) => [content, index]));
  const shared = [...b.contents.keys()].filter((index) => known.has(b.contents[index] ?? ''));
  const [first] = shared;
  if (first === undefined) return [];
  const example = [known.get(b.contents[first] ?? '') ?? 0, first] as const;
  return [{ kind: 'content', between: [a.part, b.part], count: shared.length, example }];
}

/** Indices of images with the same content, for each content that several have; in order. */
export function findDuplicates(contents: readonly string[]): number[][] {
  const byContent = new Map<string, number[]>();
  for (const [index, content] of contents.entries()) {
    const same = byContent.get(content);
    if (same) same.push(index);
    else byContent.set(content, [index]);
  }
  return [...byContent.values()].filter(({ length }) => length > 1);
}
