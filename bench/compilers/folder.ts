// Where the compilers are set up (setup.sh), and where what they made is cached.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

export const lab = resolve(process.env.GPU_LAB ?? '/var/tmp/gpu-lab');

export function folder(...path: readonly string[]): string {
  const made = join(lab, ...path);
  mkdirSync(made, { recursive: true });
  return made;
}

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
