// What `torch.save` writes since PyTorch 1.6: a zip of stored entries, NAME/data.pkl with the object and NAME/data/KEY for each
// storage. An entry is read when a tensor needs it, as part of the file, and held to its CRC-32.

import { refuseOverlaps, type ZipEntry, zipEntries, zipReader } from '../../../data/unzip.ts';
import { DataError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import { persistentLoad } from './storages.ts';
import type { Container } from './tensors.ts';
import { unpickle } from './unpickler.ts';

/** @throws DataError where it is damaged, a TorchScript archive, or from a big-endian machine */
export function readZip(bytes: Uint8Array, file: string): Container {
  const entries = zipEntries(bytes, file);
  const [object, ...more] = entries.filter(({ name }) => /(^|^[^/]+\/)data\.pkl$/.test(name));
  if (!object || more.length > 0) {
    const found = entries.slice(0, 4).map(({ name }) => printableName(name));
    const problem = object ? 'holds several objects (data.pkl)' : `holds no object (data.pkl), but ${found.join(', ')}`;
    throw new DataError(file, object?.at ?? 0, `is a zip that ${problem}: not as torch.save writes it`);
  }
  const stem = object.name.slice(0, -'data.pkl'.length);
  if (entries.some(({ name }) => name === `${stem}constants.pkl` || name.startsWith(`${stem}code/`))) {
    throw new DataError(
      file,
      object.at,
      'is a TorchScript archive (torch.jit.save), a program with its weights: in Python, save the weights alone, ' +
        'torch.save(torch.jit.load(FILE).state_dict(), "weights.pth")',
    );
  }
  refuseOverlaps(bytes, entries, file);
  const byName = new Map<string, ZipEntry>();
  for (const entry of entries) {
    if (byName.has(entry.name)) throw new DataError(file, entry.at, `holds ${printableName(entry.name)} twice`);
    byName.set(entry.name, entry);
  }
  const content = zipReader(bytes, file);
  const order = byName.get(`${stem}byteorder`);
  if (order && order.size < 64 && String.fromCharCode(...content(order)) === 'big')
    throw new DataError(file, order.at, 'was saved on a big-endian machine, whose numbers are not read; save it again');
  const pickle = content(object);
  return {
    format: 'pytorch-zip',
    value: unpickle(pickle, 0, `${file}: ${printableName(object.name)}`, persistentLoad(file)).value,
    pickleBytes: pickle.length,
    readStorage: ({ key }) => {
      const entry = byName.get(`${stem}data/${key}`);
      if (!entry) throw new DataError(file, object.at, `storage ${printableName(key)} is not in the file`);
      return content(entry);
    },
  };
}
