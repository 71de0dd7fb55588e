// Where this package lies, whether it runs from its sources under a test or from its bundle.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'densenet-webgpu';

function find(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === NAME) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`${fileURLToPath(import.meta.url)} lies in no package called ${NAME}`);
  return find(parent);
}

export const packageRoot = find(dirname(fileURLToPath(import.meta.url)));
