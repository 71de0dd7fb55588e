// One layer from inside: what it wrote for the picture, its filters, its batch norms, and its work on the GPU.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import { SampleStrip } from '../classify/sample-strip.ts';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import type { InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { FeatureMaps } from './feature-maps.ts';
import { Filters } from './filters.ts';
import { placeName } from './names.ts';
import { NormTable } from './norm-table.ts';
import { PassTable } from './pass-table.ts';

interface Props {
  readonly page: Page;
  readonly network: InsideNetwork;
  readonly at: Place;
}

export function LayerSection({ page, network, at }: Props) {
  const strings = text().inside.inside;
  const channel = useSignal(0);
  useEffect(() => {
    channel.value = 0;
  }, [at.block, at.place]);
  const seen = page.inside.seen.value;
  const ofThis = seen?.at.block === at.block && seen.at.place === at.place;
  const layer = ofThis && seen.pixels === page.shown.value?.picture.pixels ? seen.layer : undefined;
  const first = firstChannel(network, at);
  const name = network.blocks[at.block]?.layers[at.place - 1]?.name;
  return h(
    'section',
    {
      id: 'inside-layer',
      class: 'panel layer',
      tabIndex: -1,
      'aria-labelledby': 'inside-layer-title',
      'aria-busy': !layer,
    },
    [
      h('h2', { id: 'inside-layer-title' }, strings.title(placeName(network, at.block, at.place))),
      name && h('p', { class: 'hint' }, strings.torch(name)),
      h('h3', null, text().inside.picture),
      h(SampleStrip, { page }),
      layer
        ? [
            h('h3', null, strings.maps),
            layer.maps ? h(FeatureMaps, { maps: layer.maps, first, channel }) : h('p', null, strings.noMaps),
            h('h3', null, strings.filters),
            h(Filters, { network, at, layer, channel: channel.value, first }),
            layer.norms.length > 0 && [
              h('h3', null, strings.norms),
              h('p', null, strings.normLead),
              h('p', { class: 'formula' }, strings.normFormula),
              layer.norms.map((norm, i) => h(NormTable, { key: norm.name, network, at, norm, index: i })),
            ],
            h('h3', null, strings.work),
            h(PassTable, { layer, times: page.inside.times.value }),
          ]
        : h('p', { class: 'hint', role: 'status' }, text().inside.waiting),
    ],
  );
}

/** The number, in the block that it writes to, of the first channel that a place writes. */
function firstChannel({ blocks }: InsideNetwork, { block, place }: Place): number {
  return place === 0 ? 0 : (blocks[block]?.layers[place - 1]?.inputs ?? 0);
}
