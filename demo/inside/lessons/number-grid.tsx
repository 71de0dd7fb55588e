// A small map of numbers: cells to edit, or cells that are computed. Each has a colour by its value, and its place in
// words for who cannot see the grid.

import type { Signal } from '@preact/signals';
import { format, text } from '../../text/text.ts';
import type { Grid } from './arithmetic.ts';

interface Props {
  readonly name: string;
  readonly grid: Grid;
  /** Left out: the cells are computed, and only read. */
  readonly change?: (grid: Grid) => void;
  readonly step?: number;
}

export function NumberGrid({ name, grid, change, step = 1 }: Props) {
  const strings = text().inside.lessons;
  const most = Math.max(...grid.flat().map(Math.abs), 1e-9);
  const set = (row: number, column: number, value: number) =>
    change?.(grid.map((cells, r) => cells.map((cell, c) => (r === row && c === column ? value : cell))));
  return (
    <figure class="number-grid">
      <figcaption>{name}</figcaption>
      <table aria-label={name}>
        <tbody>
          {grid.map((row, r) => (
            <tr key={r}>
              {row.map((value, c) => (
                <td
                  key={c}
                  class={value < 0 ? 'negative' : ''}
                  style={{ '--share': `${(Math.abs(value) / most).toFixed(3)}` }}
                >
                  {change ? (
                    <input
                      type="number"
                      value={value}
                      step={step}
                      aria-label={strings.row(name, r + 1, c + 1)}
                      onInput={(event: Event & { currentTarget: HTMLInputElement }) => {
                        const given = event.currentTarget.valueAsNumber;
                        if (Number.isFinite(given)) set(r, c, Math.min(999, Math.max(-999, given)));
                      }}
                    />
                  ) : (
                    cellText(value)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** Whole numbers as they are, others with up to two digits. */
export const cellText = (value: number): string => {
  const rounded = Math.round(value * 100) / 100;
  const digits = Number.isInteger(rounded) ? 0 : Number.isInteger(rounded * 10) ? 1 : 2;
  return format().decimal(rounded === 0 ? 0 : rounded, digits);
};

interface NumberProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly change: (value: number) => void;
}

/** A slider with its value. */
export function NumberSlider({ label, value, least, most, step, change }: NumberProps) {
  return (
    <label class="number-slider">
      <span>{label}</span>
      <input
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        onInput={(event: Event & { currentTarget: HTMLInputElement }) => change(event.currentTarget.valueAsNumber)}
      />
      <output>{cellText(value)}</output>
    </label>
  );
}

interface MixSlidersProps {
  /** Of the maps A and B. */
  readonly weights: Signal<readonly [number, number]>;
  /** They go from its negative to it. */
  readonly most: number;
}

/** The weights with which two maps are mixed. */
export function MixSliders({ weights, most }: MixSlidersProps) {
  const strings = text().inside.lessons;
  const [u, v] = weights.value;
  const range = { least: -most, most, step: 0.25 };
  return (
    <div>
      <NumberSlider label={strings.weight('A')} value={u} {...range} change={(value) => (weights.value = [value, v])} />
      <NumberSlider label={strings.weight('B')} value={v} {...range} change={(value) => (weights.value = [u, value])} />
    </div>
  );
}
