// One layer from inside: what it wrote for the picture, its filters, its batch norms, and its work on the GPU.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { SampleStrip } from '../classify/sample-strip.tsx';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import type { InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { FeatureMaps } from './feature-maps.tsx';
import { Filters } from './filters.tsx';
import { placeName } from './names.ts';
import { NormTable } from './norm-table.tsx';
import { PassTable } from './pass-table.tsx';

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
  return (
    <section
      id="inside-layer"
      class="panel layer"
      tabIndex={-1}
      aria-labelledby="inside-layer-title"
      aria-busy={!layer}
    >
      <h2 id="inside-layer-title">{strings.title(placeName(network, at.block, at.place))}</h2>
      {name && <p class="hint">{strings.torch(name)}</p>}
      <h3>{text().inside.picture}</h3>
      <SampleStrip page={page} />
      {layer ? (
        [
          <h3>{strings.maps}</h3>,
          layer.maps ? <FeatureMaps maps={layer.maps} first={first} channel={channel} /> : <p>{strings.noMaps}</p>,
          <h3>{strings.filters}</h3>,
          <Filters network={network} at={at} layer={layer} channel={channel.value} first={first} />,
          layer.norms.length > 0 && [
            <h3>{strings.norms}</h3>,
            <p>{strings.normLead}</p>,
            <p class="formula">{strings.normFormula}</p>,
            layer.norms.map((norm, i) => <NormTable key={norm.name} network={network} at={at} norm={norm} index={i} />),
          ],
          <h3>{strings.work}</h3>,
          <PassTable layer={layer} times={page.inside.times.value} />,
        ]
      ) : (
        <p class="hint" role="status">
          {text().inside.waiting}
        </p>
      )}
    </section>
  );
}

/** The number, in the block that it writes to, of the first channel that a place writes. */
function firstChannel({ blocks }: InsideNetwork, { block, place }: Place): number {
  return place === 0 ? 0 : (blocks[block]?.layers[place - 1]?.inputs ?? 0);
}
