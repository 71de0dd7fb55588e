// A live chart of one or two lines, as SVG: stretched to the width that there is, so that it is drawn only when its points
// change; strokes keep their width. Colours come from the theme.

export interface Line {
  readonly label: string;
  /** A custom property of the theme. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Points and not only a line. */
  readonly dots?: boolean;
}

export interface CurveProps {
  readonly title: string;
  /** In words, for those who do not see it. */
  readonly summary: string;
  readonly x: readonly number[];
  readonly xMost: number;
  readonly lines: readonly Line[];
  /** Fixed range of the values; without it the range follows them, from 0. */
  readonly range?: readonly [number, number];
  readonly format: (value: number) => string;
}

/** Of the drawing, whatever its size on the screen. */
const [WIDTH, HEIGHT] = [1000, 200];

export function Curve({ title, summary, x, xMost, lines, range, format }: CurveProps) {
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const [low, high] = range ?? [0, most > 0 ? most * 1.05 : 1];
  const right = (value: number) => value / Math.max(xMost, Number.MIN_VALUE);
  const up = (value: number) => (value - low) / (high - low);
  const grid = niceTicks(low, high, 4).map((value) => ({ value, up: up(value) }));
  const epochs = niceTicks(0, xMost, 4).filter(Number.isInteger);
  return (
    <figure class="curve">
      <figcaption>
        <strong>{title}</strong>
        {lines.map(({ label, colour }) => (
          <span class="key">
            <i style={{ background: `var(${colour})` }} aria-hidden />
            {label}
          </span>
        ))}
      </figcaption>
      <div class="chart" role="img" aria-label={summary}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
          {grid.map((tick) => (
            <path key={`at ${tick.value}`} class="grid" d={`M0 ${HEIGHT * (1 - tick.up)}H${WIDTH}`} />
          ))}
          {lines.map(({ colour, values, dots }) => {
            const points = values.flatMap((value, i) =>
              value === null || !Number.isFinite(value)
                ? []
                : [`${(WIDTH * right(x[i] ?? 0)).toFixed(1)} ${(HEIGHT * (1 - up(value))).toFixed(1)}`],
            );
            const style = { stroke: `var(${colour})` };
            return [
              <path class="line" style={style} d={points.length > 0 ? `M${points.join('L')}` : ''} />,
              // A line of no length with round ends is a dot, which stretching leaves round.
              dots && <path class="dots" style={style} d={points.map((point) => `M${point}h0`).join('')} />,
            ];
          })}
        </svg>
        {grid.map((tick) => (
          <span key={`y ${tick.value}`} class="tick y" style={{ bottom: `${100 * tick.up}%` }}>
            {format(tick.value)}
          </span>
        ))}
        {epochs.map((epoch) => (
          <span key={`x ${epoch}`} class="tick x" style={{ left: `${100 * right(epoch)}%` }}>
            {String(epoch)}
          </span>
        ))}
      </div>
    </figure>
  );
}

// Where a chart's axis is marked.

/** Multiples of 1, 2 or 5 times a power of ten within [low, high], about `count` of them, more rather than fewer. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [5, 2, 1].map((factor) => factor * power).find((factor) => factor <= rough * (1 + 1e-9)) ?? power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // From whole numbers: sums of a step would drift.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
