// A layer's weights as pictures: for a convolution over neighbourhoods the filter of the chosen channel, a small picture
// for each channel that it reads; for a 1x1 convolution, and the classifier, the whole table.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Canvas } from '../canvas.tsx';
import { format, text } from '../text/text.ts';
import type { InsideNetwork, LayerInside, Weight } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { hue } from './block-section.tsx';
import { valueText } from './names.ts';
import { colourImage, largestMagnitude, signedImage, summary } from './tile-image.ts';

interface Props {
  readonly network: InsideNetwork;
  readonly at: Place;
  readonly layer: LayerInside;
  /** Of those that the layer writes, counted from 0. */
  readonly channel: number;
  /** The number of the first of them. */
  readonly first: number;
}

export function Filters({ network, at, layer, channel, first }: Props) {
  const strings = text().inside.inside;
  const ofPicture = at.block === 0 && at.place === 0;
  return (
    <div>
      <p>{strings.filtersLead}</p>
      {layer.weights.map((weight) =>
        (weight.shape[2] ?? 1) > 1 ? (
          <SpatialFilter
            key={weight.name}
            weight={weight}
            channel={channel}
            number={first + channel}
            ofPicture={ofPicture}
          />
        ) : (
          <WeightTable key={weight.name} network={network} at={at} weight={weight} />
        ),
      )}
    </div>
  );
}

interface SpatialProps {
  readonly weight: Weight;
  readonly channel: number;
  readonly number: number;
  /** It reads the picture itself. */
  readonly ofPicture: boolean;
}

const FILTERS = 64;

function SpatialFilter({ weight, channel, number, ofPicture }: SpatialProps) {
  const strings = text().inside.inside;
  const { count } = format();
  const shown = useSignal(FILTERS);
  const [, inputs = 1, size = 1] = weight.shape;
  const area = size * size;
  const filter = weight.values.subarray(channel * inputs * area, (channel + 1) * inputs * area);
  const most = largestMagnitude(filter);
  const drawn = Math.min(inputs, shown.value);
  return (
    <div class="filter">
      <p>{ofPicture ? strings.stemFilter(size, count(number)) : strings.spatial(size, count(number), count(inputs))}</p>
      <div class="tiles small" role="list">
        {ofPicture && inputs === 3 && <ColourTile filter={filter} size={size} />}
        {Array.from({ length: drawn }, (_, c) => (
          <FilterTile key={c} channel={c} size={size} most={most} values={filter.subarray(c * area, (c + 1) * area)} />
        ))}
      </div>
      {ofPicture && inputs === 3 && <p class="hint">{strings.colourFilter}</p>}
      {drawn < inputs && (
        <button type="button" onClick={() => (shown.value += FILTERS)}>
          {strings.more(count(Math.min(FILTERS, inputs - drawn)))}
        </button>
      )}
    </div>
  );
}

function ColourTile({ filter, size }: { filter: Float32Array; size: number }) {
  const image = useMemo(() => colourImage(filter, size, size), [filter, size]);
  return (
    <div class="tile" role="listitem" aria-label={text().inside.inside.colourFilter}>
      <Canvas image={image} class="pixels" />
    </div>
  );
}

interface FilterTileProps {
  readonly channel: number;
  readonly size: number;
  readonly values: Float32Array;
  readonly most: number;
}

function FilterTile({ channel, size, values, most }: FilterTileProps) {
  const image = useMemo(() => signedImage(values, size, size, most), [values, size, most]);
  const { least, most: largest } = summary(values);
  const label = text().inside.inside.filterOf(format().count(channel), valueText(least), valueText(largest));
  return (
    <div class="tile" role="listitem" title={label}>
      <span class="visually-hidden">{label}</span>
      <Canvas image={image} class="pixels" />
    </div>
  );
}

interface TableProps {
  readonly network: InsideNetwork;
  readonly at: Place;
  readonly weight: Weight;
}

function WeightTable({ network, at, weight }: TableProps) {
  const strings = text().inside.inside;
  const { count } = format();
  const [outputs = 1, inputs = 1] = weight.shape;
  const image = useMemo(() => signedImage(weight.values, outputs, inputs), [weight]);
  const { least, most } = useMemo(() => summary(weight.values), [weight]);
  const classifies = weight.name.startsWith('classifier');
  const describe = classifies ? strings.classifierWeights : strings.pointwise;
  // What a transition reads is the block before it, also where it is looked at as what came into a block.
  const block = network.blocks[at.place === 0 ? at.block - 1 : at.block];
  const sources = [
    { source: 0, first: 0, channels: block?.inputs ?? 0 },
    ...(block?.layers ?? []).map((each, i) => ({ source: i + 1, first: each.inputs, channels: each.growthRate })),
  ];
  return (
    <div class="filter">
      <p>{describe(count(outputs), count(inputs))}</p>
      <div class="weights" style={{ '--rows': `${outputs}`, '--columns': `${inputs}` }}>
        <div class="writers" aria-hidden>
          {sources
            .filter(({ first }) => first < inputs)
            .map(({ source, channels }) => (
              <span key={source} class="writer" style={{ flexGrow: channels, ...hue(source) }} />
            ))}
        </div>
        <div
          role="img"
          aria-label={strings.pointwiseLabel(count(outputs), count(inputs), valueText(least), valueText(most))}
        >
          <Canvas image={image} class="pixels" />
        </div>
      </div>
    </div>
  );
}
