// A batch norm, a row a channel: the numbers that it has, who wrote the channel, and what comes through its ReLU.

import { useSignal } from '@preact/signals';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
import { format, text } from '../text/text.ts';
import type { InsideNetwork, NormValues } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { sourceName, valueText } from './names.ts';

interface Props {
  readonly network: InsideNetwork;
  readonly at: Place;
  readonly norm: NormValues;
  /** 0: a layer's first. */
  readonly index: number;
}

const ROWS = 8;

export function NormTable({ network, at, norm, index }: Props) {
  const strings = text().inside.inside;
  const { count } = format();
  const shown = useSignal(ROWS);
  const channels = norm.scale.length;
  const drawn = Math.min(channels, shown.value);
  const ofStem = at.block === 0 && at.place === 0;
  const where = ofStem ? strings.normStem : index === 0 ? strings.normBefore : strings.normMiddle;
  const reads = index === 0 && !ofStem;
  const head = [
    strings.channel,
    ...(reads ? [strings.writer] : []),
    strings.mean,
    strings.std,
    strings.scale,
    strings.shift,
    strings.passes,
  ];
  return (
    <div class="norm">
      <p>
        {where} {strings.normOf(norm.name, count(channels))}
      </p>
      <ScrollRegion class="table-scroll" label={norm.name}>
        <table>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col" class={name === strings.writer ? 'wrote' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: drawn }, (_, c) => (
              <Row key={c} network={network} at={at} norm={norm} channel={c} reads={reads} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {drawn < channels && (
        <button type="button" onClick={() => (shown.value += 4 * ROWS)}>
          {strings.more(count(Math.min(4 * ROWS, channels - drawn)))}
        </button>
      )}
    </div>
  );
}

interface RowProps extends Omit<Props, 'index'> {
  readonly channel: number;
  readonly reads: boolean;
}

function Row({ network, at, norm, channel, reads }: RowProps) {
  const strings = text().inside.inside;
  const at_ = (values: Float32Array) => values[channel] ?? Number.NaN;
  const [scale, shift, mean, variance] = [norm.scale, norm.shift, norm.mean, norm.variance].map(at_) as [
    number,
    number,
    number,
    number,
  ];
  const { passes } = channelEffect(scale, shift, mean, variance);
  const through =
    passes.kind === 'constant'
      ? strings.constant
      : (passes.kind === 'above' ? strings.above : strings.below)(valueText(passes.at));
  const cells = [valueText(mean), valueText(Math.sqrt(variance)), valueText(scale), valueText(shift), through];
  return (
    <tr>
      <th scope="row">{format().count(channel)}</th>
      {reads && <td class="wrote">{writerOf(network, at, channel)}</td>}
      {cells.map((cell, i) => (
        <td key={i}>{cell}</td>
      ))}
    </tr>
  );
}

function writerOf({ blocks }: InsideNetwork, { block, place }: Place, channel: number): string {
  const read = place === 0 ? block - 1 : block;
  const layers = blocks[read]?.layers ?? [];
  return sourceName(read, layers.findLastIndex(({ inputs }) => inputs <= channel) + 1);
}

// What a batch norm with fixed statistics and the ReLU after it do to a channel: y = max(0, a x + b), a line with a corner.

/** PyTorch's, added to the variance. */
const EPSILON = 1e-5;

interface ChannelEffect {
  /** y = max(0, slope * x + offset) */
  readonly slope: number;
  readonly offset: number;
  /** What comes through: values above or below `at`, everything, or nothing but one constant. */
  readonly passes: { readonly kind: 'above' | 'below'; readonly at: number } | { readonly kind: 'constant' };
}

export function channelEffect(scale: number, shift: number, mean: number, variance: number): ChannelEffect {
  const slope = scale / Math.sqrt(variance + EPSILON);
  const offset = shift - mean * slope;
  if (slope === 0) return { slope, offset, passes: { kind: 'constant' } };
  return { slope, offset, passes: { kind: slope > 0 ? 'above' : 'below', at: -offset / slope } };
}
