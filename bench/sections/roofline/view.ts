// The roofline in a small table: what this GPU can do at most, and by which clock that was found.

import { h } from 'preact';
import { withPrefix } from '../../../ui/number-text.ts';
import { MeasureButton, type MeasureButtonProps } from '../../page/controls.ts';
import { isMissing, type Missing, type PeakRate, type RooflineSection } from './schema.ts';
import { clockText } from './text.ts';

export type RooflineViewProps = Omit<MeasureButtonProps, 'label'> & { readonly section?: RooflineSection | undefined };

export function RooflineView({ section, ...button }: RooflineViewProps) {
  return h('div', { class: 'roofline' }, [
    section
      ? h(Figures, { section })
      : h(
          'p',
          { class: 'hint' },
          'What this GPU can do at most: multiply-adds a second, and bytes a second of a large copy.',
        ),
    h(MeasureButton, { label: section ? 'Measure the roofline again' : 'Measure the roofline', ...button }),
  ]);
}

function Figures({ section: { clock, f32, f16, copy } }: { section: RooflineSection }) {
  return h('div', null, [
    h('dl', { class: 'roofline-figures' }, [
      h(Figure, { name: 'Multiply-adds, float32', unit: 'FLOP/s', figure: f32 }),
      h(Figure, { name: 'Multiply-adds, float16', unit: 'FLOP/s', figure: f16 }),
      h(Figure, { name: 'Copy, read and written', unit: 'B/s', figure: copy }),
    ]),
    h('p', { class: 'hint' }, `The best of several repeats, results checked; timed by ${clockText(clock)}.`),
  ]);
}

interface FigureProps {
  readonly name: string;
  readonly unit: string;
  readonly figure: PeakRate | Missing;
}

function Figure({ name, unit, figure }: FigureProps) {
  if (isMissing(figure)) return h('div', null, [h('dt', null, name), h('dd', { class: 'none' }, figure.problem)]);
  return h('div', null, [
    h('dt', null, name),
    h('dd', null, [
      h('strong', null, withPrefix(figure.best, unit)),
      h('small', null, `median ${withPrefix(figure.median, unit)} of ${figure.samples}; ${figure.variant}`),
    ]),
  ]);
}
