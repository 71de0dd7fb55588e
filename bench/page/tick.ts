// A labelled checkbox.

import { h } from 'preact';

export function tick(label: string, checked: boolean, disabled: boolean, onChange: (on: boolean) => void) {
  return h('label', { class: 'tick' }, [
    h('input', {
      ...{ type: 'checkbox', checked, disabled },
      onChange: (event: Event & { currentTarget: HTMLInputElement }) => onChange(event.currentTarget.checked),
    }),
    label,
  ]);
}
