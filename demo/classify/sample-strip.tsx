// Test images that the network never saw, two of each class, to click on; and others of them.

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { LabelledImages } from '../../src/data/idx.ts';
import { Canvas } from '../canvas.tsx';
import type { Page } from '../page.ts';
import { className, text } from '../text/text.ts';
import { inputImage } from './heat-map.ts';
import { pictureName, samplePicture } from './picture.ts';

const PER_CLASS = 2;

export function SampleStrip({ page }: { page: Page }) {
  const strings = text().classify;
  const round = useSignal(0);
  const samples = page.samples.value;
  const places = useMemo(() => (samples ? pick(samples, round.value) : []), [samples, round.value]);
  if (!samples) return <div class="samples" />;
  const shown = page.shown.value?.picture.sample;
  return (
    <div class="samples" role="group" aria-label={strings.samples}>
      {places.map((index) => {
        const picture = samplePicture(samples, index);
        const truth = className(samples.classNames[picture.truth ?? -1] ?? '');
        return (
          <button
            key={index}
            type="button"
            class="sample"
            title={truth}
            aria-label={`${truth}, ${pictureName(picture)}`}
            aria-pressed={index === shown}
            disabled={!page.network.value}
            onClick={() => page.classify(picture)}
          >
            <Thumbnail samples={samples} index={index} />
          </button>
        );
      })}
      <button type="button" class="more" onClick={() => round.value++}>
        {strings.others}
      </button>
    </div>
  );
}

function Thumbnail({ samples, index }: { samples: LabelledImages; index: number }) {
  const { pixels, channels, height, width } = samplePicture(samples, index);
  const image = useMemo(() => inputImage(pixels, channels, height, width), [samples, index]);
  return <Canvas image={image} class="pixels" />;
}

/** The `round`-th images of each class, in the order of the classes; from the start again when they run out. */
function pick({ labels, classNames }: LabelledImages, round: number): number[] {
  return classNames.flatMap((_, label) => {
    const own = [...labels.keys()].filter((index) => labels[index] === label);
    return Array.from({ length: PER_CLASS }, (_, i) => own[(round * PER_CLASS + i) % own.length] ?? 0);
  });
}
