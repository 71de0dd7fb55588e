// The unpickler held against PyTorch's own for weights (torch.load, weights_only=True), where PyTorch is installed: of hundreds
// of damaged files, what both read is the same, tensor by tensor.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readPyTorch } from '../../src/densenet/weights/pytorch/read-pytorch.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { missingFor, PYTHON } from '../fixtures/python.ts';
import { BYTE_MUTATIONS } from '../fuzz/mutations.ts';
import { PYTORCH_FILES, pickleOf, withPickle } from './parts.ts';

const SCRIPT = fileURLToPath(new URL('load_files.py', import.meta.url));
const CASES = 600;
type Tensors = Readonly<Record<string, readonly [shape: readonly number[], sha256: string]>>;

it('what both read of damaged files is the same', { timeout: 120_000 }, async (context) => {
  const reason = missingFor('torch');
  context.skip(reason !== undefined, reason);
  const folder = mkdtempSync(join(tmpdir(), 'same-as-pytorch-'));
  try {
    const random = createRandom(20);
    const kinds = Object.values(BYTE_MUTATIONS);
    const whole = [PYTORCH_FILES.zip(), PYTORCH_FILES.legacy()];
    for (let i = 0; i < CASES; i++) {
      const good = whole[i % 2] ?? new Uint8Array();
      // Of a zip the pickle alone, since its CRC-32 refuses all else.
      const part = i % 2 === 0 ? pickleOf(good) : good;
      const change = kinds[random.uint32() % kinds.length];
      const bad = i < 2 || !change ? part : change(part, random);
      writeFileSync(join(folder, `${i}.pth`), i % 2 === 0 ? withPickle(good, bad) : bad);
    }
    const out = execFileSync(PYTHON, [SCRIPT, folder], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    const theirs: Readonly<Record<string, Readonly<Record<string, Tensors>> | null>> = JSON.parse(out.toString());
    const counts = { both: 0, theirs: 0, ours: 0, neither: 0 };
    for (const [file, found] of Object.entries(theirs)) {
      const ours = read(new Uint8Array(readFileSync(join(folder, file))));
      if (found && ours) {
        counts.both++;
        expect(ours.tensors, file).toEqual(found[ours.path]);
      } else if (found) counts.theirs++;
      else if (ours) counts.ours++;
      else counts.neither++;
    }
    // The two files as they are, and many whose damage lies in what does not matter.
    expect(counts.both).toBeGreaterThan(20);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function read(bytes: Uint8Array): { readonly path: string; readonly tensors: Tensors } | undefined {
  try {
    const { path, tensors, unsupported } = readPyTorch(bytes, 'file');
    if (unsupported.size > 0) return undefined;
    const sha256 = (part: Uint8Array) => createHash('sha256').update(part).digest('hex');
    const listed = [...tensors].map(([name, tensor]) => [name, [tensor.shape, sha256(tensor.bytes)]]);
    return { path, tensors: Object.fromEntries(listed) };
  } catch {
    return undefined;
  }
}
