// The button that measures a section, what is under way meanwhile, and what went wrong.

import { h } from 'preact';
import '../sections/roofline/roofline.css';

export interface MeasureButtonProps {
  /** On the button. */
  readonly label: string;
  /** What is under way, in words; undefined where nothing is. */
  readonly phase?: string | undefined;
  readonly problem?: string | undefined;
  /** Left out: nothing can be measured here, only shown. */
  readonly onMeasure?: (() => void) | undefined;
  readonly onStop?: (() => void) | undefined;
}

export function MeasureButton({ label, phase, problem, onMeasure, onStop }: MeasureButtonProps) {
  const busy = phase !== undefined;
  return h('div', { class: 'ask' }, [
    onMeasure &&
      h('div', { class: 'row' }, [
        h('button', { type: 'button', disabled: busy, onClick: onMeasure }, label),
        busy && onStop && h('button', { type: 'button', class: 'stop', onClick: onStop }, 'Stop'),
        h('span', { role: 'status' }, busy ? `${phase} …` : ''),
      ]),
    problem !== undefined && h('p', { class: 'wrong' }, problem),
  ]);
}
