// What the checks against PyTorch came to, a line each.

import { h } from 'preact';
import type { CheckReport } from './check.ts';
import type { Run } from './run.ts';

const NAMES = {
  imagenet: 'networks with the ImageNet stem',
  bottleneck: 'networks with bottlenecks',
  plain: 'plain networks',
} as const;

export function ChecksLine({ run }: { run: Run }) {
  const checks = run.checks.value;
  if (checks.length === 0) {
    return h('p', { class: 'hint' }, 'Nothing is timed before this GPU’s numbers agree with PyTorch’s.');
  }
  return h(
    'ul',
    { class: 'checks' },
    checks.map((check) => h('li', { key: check.kind, class: check.passed ? 'right' : 'wrong' }, sentence(check))),
  );
}

function sentence({ kind, groups, passed }: CheckReport): string {
  const worst = Math.max(...groups.map(({ error }) => error ?? Number.POSITIVE_INFINITY));
  const verdict = passed ? 'agrees with PyTorch' : 'differs from PyTorch';
  return `On ${NAMES[kind]} this GPU ${verdict}, forward, backward and update; the largest relative error is ${worst.toExponential(1)}.`;
}
