// The top losses: of the misclassified validation images those with the highest loss, what was predicted and how
// sure it was. A click shows one large.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { imageBytes, type LabelledImages } from '../../src/data/idx.ts';
import { Canvas } from '../canvas.tsx';
import { inputImage } from '../classify/heat-map.ts';
import type { Page } from '../page.ts';
import { className, format, text } from '../text/text.ts';
import type { Misclassified } from './validation.ts';

export function TopLosses({ page }: { page: Page }) {
  const evaluation = page.training.evaluation.value;
  // With the images that it is one of: a later run has others.
  const large = useSignal<{ readonly image: Misclassified; readonly images: LabelledImages } | undefined>(undefined);
  if (!evaluation) return null;
  const strings = text().train.topLosses;
  const { images, result } = evaluation;
  return (
    <section class="top-losses" aria-labelledby="top-losses-title">
      <h3 id="top-losses-title">{strings.title}</h3>
      <p>{result.topLosses.length > 0 ? strings.hint : strings.none}</p>
      <ul>
        {result.topLosses.map((image) => (
          <li key={image.index}>
            <button
              type="button"
              aria-label={strings.show(describe(image, images))}
              onClick={() => {
                large.value = { image, images };
              }}
            >
              <Picture images={images} index={image.index} />
            </button>
            <p>{sentence(image, images)}</p>
          </li>
        ))}
      </ul>
      {large.value?.images === images && <Large {...large.value} close={() => (large.value = undefined)} />}
    </section>
  );
}

const nameOf = (label: number, images: LabelledImages) => className(images.classNames[label] ?? '');

function describe({ truth, predicted }: Misclassified, images: LabelledImages): string {
  return text().train.topLosses.pair(nameOf(truth, images), nameOf(predicted, images));
}

function sentence(image: Misclassified, images: LabelledImages) {
  const strings = text().train.topLosses;
  const { percent } = format();
  return [
    <strong>{nameOf(image.truth, images)}</strong>,
    ' ',
    strings.predicted(nameOf(image.predicted, images), percent(image.certainty)),
  ];
}

function Picture({ images, index }: { images: LabelledImages; index: number }) {
  const bytes = imageBytes(images);
  const image = useMemo(
    () =>
      inputImage(
        images.pixels.subarray(index * bytes, (index + 1) * bytes),
        images.channels,
        images.height,
        images.width,
      ),
    [images, index],
  );
  return <Canvas image={image} class="pixels" />;
}

interface LargeProps {
  readonly image: Misclassified;
  readonly images: LabelledImages;
  close(): void;
}

function Large({ image, images, close }: LargeProps) {
  const strings = text().train.topLosses;
  const { percent, decimal } = format();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="large" aria-label={describe(image, images)} onClose={close}>
      <Picture images={images} index={image.index} />
      <p>{sentence(image, images)}</p>
      <p class="hint">{strings.truth(percent(image.truthProbability, 1), decimal(image.loss, 2))}</p>
      <form method="dialog">
        <button type="submit" class="primary">
          {strings.close}
        </button>
      </form>
    </dialog>
  );
}
