// The roofline in a small table: what this GPU can do at most, and by which clock that was found.

import { withPrefix } from '../../../ui/number-text.ts';
import { MeasureButton, type MeasureButtonProps } from '../../page/controls.tsx';
import { isMissing, type Missing, type PeakRate, type RooflineSection } from './schema.ts';
import { clockText } from './text.ts';

export type RooflineViewProps = Omit<MeasureButtonProps, 'label'> & { readonly section?: RooflineSection | undefined };

export function RooflineView({ section, ...button }: RooflineViewProps) {
  return (
    <div class="roofline">
      {section ? (
        <Figures section={section} />
      ) : (
        <p class="hint">What this GPU can do at most: multiply-adds a second, and bytes a second of a large copy.</p>
      )}
      <MeasureButton label={section ? 'Measure the roofline again' : 'Measure the roofline'} {...button} />
    </div>
  );
}

function Figures({ section: { clock, f32, f16, copy } }: { section: RooflineSection }) {
  return (
    <div>
      <dl class="roofline-figures">
        <Figure name="Multiply-adds, float32" unit="FLOP/s" figure={f32} />
        <Figure name="Multiply-adds, float16" unit="FLOP/s" figure={f16} />
        <Figure name="Copy, read and written" unit="B/s" figure={copy} />
      </dl>
      <p class="hint">{`The best of several repeats, results checked; timed by ${clockText(clock)}.`}</p>
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly unit: string;
  readonly figure: PeakRate | Missing;
}

function Figure({ name, unit, figure }: FigureProps) {
  if (isMissing(figure))
    return (
      <div>
        <dt>{name}</dt>
        <dd class="none">{figure.problem}</dd>
      </div>
    );
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{withPrefix(figure.best, unit)}</strong>
        <small>{`median ${withPrefix(figure.median, unit)} of ${figure.samples}; ${figure.variant}`}</small>
      </dd>
    </div>
  );
}
