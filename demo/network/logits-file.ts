// Logits as a file that other programs read, and how they come about: of the picture shown, or of a tensor.

import type { DemoClient, LoadedNetwork } from '../contract.ts';

export interface LogitsFile {
  readonly network: string;
  readonly input: string;
  readonly classes: readonly string[];
  /** [N][classes]; JSON writes each float32 so that it is read back as it was. */
  readonly logits: readonly (readonly number[])[];
}

/** @throws DataError where it is no array of the network's input */
export async function tensorLogits(
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

export const logitsBytes = (file: LogitsFile): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(file)}\n`);
