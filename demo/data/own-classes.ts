// Classes of the visitor's own images, from folders or collected here: named, edited, left out, and at last made a set to
// learn from. Plain values and functions on them; every change gives new ones.

import { type ClassCount, splitValidation } from './training-set.ts';

export interface Example {
  readonly id: number;
  /** Of the file, or of when it was recorded. */
  readonly name: string;
  readonly source: Blob;
  /** Where a folder says it; otherwise it is split by class. */
  readonly part: 'training' | 'validation' | undefined;
}

export interface OwnClass {
  readonly id: number;
  readonly name: string;
  readonly included: boolean;
  readonly examples: readonly Example[];
}

export type SetProblem =
  | { readonly kind: 'few-classes'; readonly count: number }
  | { readonly kind: 'empty-class'; readonly name: string }
  /** One to learn from and one to be tested on are the least. */
  | { readonly kind: 'one-image'; readonly name: string }
  | { readonly kind: 'no-training'; readonly name: string }
  | { readonly kind: 'no-validation' }
  | { readonly kind: 'same-name'; readonly name: string }
  | { readonly kind: 'no-name' };

export interface SplitExample {
  readonly example: Example;
  readonly label: number;
  readonly validation: boolean;
}

/** What keeps the classes from being learned, the first thing that does. */
export function problemOf(classes: readonly OwnClass[]): SetProblem | undefined {
  const used = classes.filter(({ included }) => included);
  if (used.length < 2) return { kind: 'few-classes', count: used.length };
  const names = new Set<string>();
  for (const { name, examples } of used) {
    const trimmed = name.trim();
    if (trimmed === '') return { kind: 'no-name' };
    if (names.has(trimmed)) return { kind: 'same-name', name: trimmed };
    names.add(trimmed);
    if (examples.length === 0) return { kind: 'empty-class', name: trimmed };
    if (!splitClass(examples).includes(false)) return { kind: 'no-training', name: trimmed };
    if (examples.length === 1 && examples[0]?.part === undefined) return { kind: 'one-image', name: trimmed };
  }
  const validation = used.some(({ examples }) => splitClass(examples).includes(true));
  return validation ? undefined : { kind: 'no-validation' };
}

/** All examples of the classes in use, labelled, for training and for validation. */
export function splitClasses(classes: readonly OwnClass[]): SplitExample[] {
  return classes
    .filter(({ included }) => included)
    .flatMap(({ examples }, label) => {
      const validation = splitClass(examples, label);
      return examples.map((example, i) => ({ example, label, validation: validation[i] ?? false }));
    });
}

export function countsOf(classes: readonly OwnClass[]): ClassCount[] {
  return classes
    .filter(({ included }) => included)
    .map(({ name, examples }) => {
      const split = splitClass(examples);
      const validation = split.filter(Boolean).length;
      return { name: name.trim(), training: split.length - validation, validation };
    });
}

/** Of each example, whether it is in the validation set. One recording's neighbours look alike, so these are split by chance too. */
function splitClass(examples: readonly Example[], label = 0): boolean[] {
  if (examples.some(({ part }) => part !== undefined)) return examples.map(({ part }) => part === 'validation');
  return splitValidation(examples.length, label);
}
