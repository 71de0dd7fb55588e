// The choice of data in the Train form.

import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import { TroubleNote } from '../trouble/trouble-note.ts';
import type { DataChoice } from './data-choice.ts';
import { heldOutCount, trainingCount } from './training-set.ts';

export interface DataSourceProps {
  readonly data: DataChoice;
  /** While a training runs. */
  readonly disabled: boolean;
}

export function DataSource({ data }: DataSourceProps) {
  useEffect(() => {
    if (!data.set.peek()) data.useSample();
  }, []);
  const set = data.set.value;
  const trouble = data.trouble.value;
  return h('div', null, [
    set && h('p', null, `${set.name}: ${trainingCount(set)} + ${heldOutCount(set)}`),
    trouble && h(TroubleNote, { trouble }),
  ]);
}
