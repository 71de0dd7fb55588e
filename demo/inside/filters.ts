// A layer's weights as pictures: for a convolution over neighbourhoods the filter of the chosen channel, a small picture
// for each channel that it reads; for a 1x1 convolution, and the classifier, the whole table.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { Canvas } from '../canvas.ts';
import { format, text } from '../text/text.ts';
import type { InsideNetwork, LayerInside, Weight } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { hue } from './block-section.ts';
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
  return h('div', null, [
    h('p', null, strings.filtersLead),
    ...layer.weights.map((weight) =>
      (weight.shape[2] ?? 1) > 1
        ? h(SpatialFilter, { key: weight.name, weight, channel, number: first + channel, ofPicture })
        : h(WeightTable, { key: weight.name, network, at, weight }),
    ),
  ]);
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
  return h('div', { class: 'filter' }, [
    h(
      'p',
      null,
      ofPicture ? strings.stemFilter(size, count(number)) : strings.spatial(size, count(number), count(inputs)),
    ),
    h('div', { class: 'tiles small', role: 'list' }, [
      ofPicture && inputs === 3 && h(ColourTile, { filter, size }),
      ...Array.from({ length: drawn }, (_, c) =>
        h(FilterTile, { key: c, channel: c, size, most, values: filter.subarray(c * area, (c + 1) * area) }),
      ),
    ]),
    ofPicture && inputs === 3 && h('p', { class: 'hint' }, strings.colourFilter),
    drawn < inputs &&
      h(
        'button',
        { type: 'button', onClick: () => (shown.value += FILTERS) },
        strings.more(count(Math.min(FILTERS, inputs - drawn))),
      ),
  ]);
}

function ColourTile({ filter, size }: { filter: Float32Array; size: number }) {
  const image = useMemo(() => colourImage(filter, size, size), [filter, size]);
  return h('div', { class: 'tile', role: 'listitem', 'aria-label': text().inside.inside.colourFilter }, [
    h(Canvas, { image, class: 'pixels' }),
  ]);
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
  return h('div', { class: 'tile', role: 'listitem', title: label }, [
    h('span', { class: 'visually-hidden' }, label),
    h(Canvas, { image, class: 'pixels' }),
  ]);
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
  return h('div', { class: 'filter' }, [
    h('p', null, describe(count(outputs), count(inputs))),
    h('div', { class: 'weights', style: { '--rows': `${outputs}`, '--columns': `${inputs}` } }, [
      h(
        'div',
        { class: 'writers', 'aria-hidden': true },
        sources
          .filter(({ first }) => first < inputs)
          .map(({ source, channels }) =>
            h('span', { key: source, class: 'writer', style: { flexGrow: channels, ...hue(source) } }),
          ),
      ),
      h(
        'div',
        {
          role: 'img',
          'aria-label': strings.pointwiseLabel(count(outputs), count(inputs), valueText(least), valueText(most)),
        },
        h(Canvas, { image, class: 'pixels' }),
      ),
    ]),
  ]);
}
