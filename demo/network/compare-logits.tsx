// For whoever wants to see that the numbers are those of another program: the network's logits as a file.

import { useSignal } from '@preact/signals';
import { pictureName } from '../classify/picture.ts';
import type { UsedNetwork } from '../classify/stage.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { DemoClient } from '../engine.ts';
import { ErrorBanner } from '../errors/error-banner.tsx';
import { type PageError, pageError } from '../errors/page-error.ts';
import { download } from '../files.ts';
import type { FileSelection } from '../images/file-selection.ts';
import { FileButton } from '../images/give-images.tsx';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';

export function CompareLogits({ page, network }: { page: Page; network: UsedNetwork }) {
  const strings = text().weights.compare;
  const busy = useSignal(false);
  const error = useSignal<PageError | undefined>(undefined);
  const { classNames: classes } = network.loaded;
  const shown = page.shown.value;
  const result = shown?.network === network ? shown.result : undefined;
  const save = (input: string, logits: number[][]) =>
    download('logits.json', logitsBytes({ network: network.name, input, classes, logits }));
  const take = async ({ files: [first] }: FileSelection) => {
    if (!first) return;
    busy.value = true;
    error.value = undefined;
    try {
      save(first.file.name, await tensorLogits(page.engine.client, first.file, network.loaded));
    } catch (thrown) {
      error.value = pageError(thrown);
    } finally {
      busy.value = false;
    }
  };
  return (
    <details class="report">
      <summary>{strings.title}</summary>
      <p class="hint">{strings.explained}</p>
      <div class="row">
        <button
          type="button"
          disabled={!result || page.busy.value}
          onClick={() => {
            if (shown && result) save(pictureName(shown.picture), rowsOf(result.logits, classes.length));
          }}
        >
          {strings.picture}
        </button>
        <FileButton label={strings.tensor} accept=".npy" disabled={busy.value} onSelect={take} />
      </div>
      {error.value && <ErrorBanner error={error.value} />}
    </details>
  );
}

// Logits as a file that other programs read, and how they come about: of the picture shown, or of a tensor.

interface LogitsFile {
  readonly network: string;
  readonly input: string;
  readonly classes: readonly string[];
  /** [N][classes]; JSON writes each float32 so that it is read back as it was. */
  readonly logits: readonly (readonly number[])[];
}

/** @throws DataError where it is no array of the network's input */
async function tensorLogits(
  client: DemoClient,
  file: File,
  { id, classNames }: Pick<LoadedNetwork, 'id' | 'classNames'>,
): Promise<number[][]> {
  const npy = new Uint8Array(await file.arrayBuffer());
  const logits = await client.run('tensor-logits', { network: id, npy, file: file.name });
  return rowsOf(logits, classNames.length);
}

/** @param logits [N][classes] */
export function rowsOf(logits: Float32Array, classes: number): number[][] {
  return Array.from({ length: logits.length / classes }, (_, i) =>
    Array.from(logits.subarray(i * classes, (i + 1) * classes)),
  );
}

const logitsBytes = (file: LogitsFile): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(file)}\n`);
