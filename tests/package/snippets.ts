// The TypeScript and JavaScript of README, CONTRIBUTING and docs: every fenced block is a program that is complete as it stands.
// package.spec.ts type-checks them against the packed declarations, run-code.spec.ts runs them.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../../cli/host/package-root.ts';

export interface Snippet {
  /** The document and the line on which the block begins: `README-40`. */
  readonly name: string;
  readonly code: string;
}

const FENCE = /^```(\w*)\n(.*?)^```$/gms;
const LANGUAGES = ['ts', 'js', 'typescript', 'javascript', 'mjs'];

export function snippets(): readonly Snippet[] {
  const guides = readdirSync(join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'));
  const documents = ['README.md', 'CONTRIBUTING.md', ...guides.map((name) => join('docs', name))];
  return documents.flatMap((document) => {
    const text = readFileSync(join(packageRoot, document), 'utf8');
    return [...text.matchAll(FENCE)].flatMap(({ 1: language = '', 2: code = '', index }) => {
      const line = text.slice(0, index).split('\n').length;
      return LANGUAGES.includes(language) ? [{ name: `${basename(document, '.md')}-${line}`, code }] : [];
    });
  });
}
