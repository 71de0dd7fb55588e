// One of a few values, as a labelled select.

import { h } from 'preact';

export function choice<T extends string>(
  label: string,
  values: readonly T[],
  chosen: T,
  disabled: boolean,
  onChoose: (value: T) => void,
) {
  const onChange = (event: Event & { currentTarget: HTMLSelectElement }) => {
    const value = values.find((candidate) => candidate === event.currentTarget.value);
    if (value !== undefined) onChoose(value);
  };
  const options = values.map((value) => h('option', { key: value, value, selected: value === chosen }, value));
  return h('label', null, [label, h('select', { disabled, onChange }, options)]);
}
