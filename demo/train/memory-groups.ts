// A plan's bytes by purpose, in the few groups that people ask about.

export const MEMORY_GROUPS = {
  features: ['features', 'bottlenecks', 'stem', 'input'],
  gradients: ['feature gradients', 'parameter gradients'],
  weights: ['parameters', 'packed weights', 'statistics', 'tables'],
  optimizer: ['optimizer'],
  testing: ['testing'],
  other: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type MemoryGroup = keyof typeof MEMORY_GROUPS;

/** Largest first; what no group names is `other`. */
export function memoryGroups(bytes: Readonly<Record<string, number>>): readonly (readonly [MemoryGroup, number])[] {
  const names = Object.keys(MEMORY_GROUPS) as MemoryGroup[];
  const sums = new Map<MemoryGroup, number>();
  for (const [purpose, size] of Object.entries(bytes)) {
    const group = names.find((name) => (MEMORY_GROUPS[name] as readonly string[]).includes(purpose)) ?? 'other';
    sums.set(group, (sums.get(group) ?? 0) + size);
  }
  return [...sums].filter(([, size]) => size > 0).toSorted(([, a], [, b]) => b - a);
}
