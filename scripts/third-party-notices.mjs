// The licences of everything that a bundle has taken in from npm, from the modules that are really in it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LICENCE_FILE = /^(licen[cs]e|copying|notice|third-?party-?notices)/i;

/** Packages that are builds of libraries in C or C++, whose licences they do not carry: scripts/licences. */
const CONTAINED = {
  '@cornerstonejs/codec-charls': 'charls.txt',
  '@cornerstonejs/codec-libjpeg-turbo-8bit': 'libjpeg-turbo.txt',
  '@cornerstonejs/codec-openjpeg': 'openjpeg.txt',
};

/** Packages of a build, as folders, and the vite plugin that collects them: in the bundle itself and in its workers. */
export function packageCollector() {
  const folders = new Set();
  const plugin = {
    name: 'package-collector',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of chunk.moduleIds) {
          const folder = packageFolder(id.replace(/^\0/, '').replace(/\?.*$/, ''));
          if (folder) folders.add(folder);
        }
      }
    },
  };
  return { folders, plugin };
}

/** The folder of the npm package that a module belongs to; undefined for our own. */
function packageFolder(path) {
  if (!/[\\/]node_modules[\\/]/.test(path)) return undefined;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    // Some packages have a package.json without a name in subfolders, to say what kind of modules lie there.
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version) return folder;
  }
  return undefined;
}

/**
 * Writes the notices of packages, one after another by name, with the texts of their licence and notice files.
 * @throws Error for a package that names no licence at all
 */
export function writeNotices(file, folders) {
  const notices = [...folders].map((folder) => {
    const { name, version, license, author, homepage } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (!license) throw new Error(`third-party notices: ${name} ${version} names no licence (${folder})`);
    const texts = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name) && !/\.[cm]?[jt]sx?$/.test(entry.name))
      .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim())
      .sort();
    const by = typeof author === 'object' ? author.name : author;
    if (texts.length === 0) texts.push(standardText(license, by ?? `the authors of ${name}`));
    if (CONTAINED[name]) texts.push(readFileSync(join(root, 'scripts/licences', CONTAINED[name]), 'utf8').trim());
    const about = [`${name} ${version}`, `Licence: ${license}`, by && `Author: ${by}`, homepage].filter(Boolean);
    return [about.join('\n'), ...texts].join('\n\n');
  });
  const title = 'This software contains the following packages, under their own licences.';
  writeFileSync(file, `${[title, ...new Set(notices.sort())].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
}

/** The text of a licence whose package holds none. @throws Error for a licence that is not known here */
function standardText(license, holder) {
  if (license === 'MIT')
    return readFileSync(join(root, 'LICENSE'), 'utf8')
      .replace(/^Copyright .*$/m, `Copyright (c) ${holder}`)
      .trim();
  if (license === 'ISC')
    return readFileSync(join(root, 'node_modules/picocolors/LICENSE'), 'utf8')
      .replace(/^Copyright .*$/m, `Copyright (c) ${holder}`)
      .trim();
  if (license === 'Apache-2.0') return readFileSync(join(root, 'node_modules/typescript/LICENSE'), 'utf8').trim();
  throw new Error(`third-party notices: a package under ${license} holds no licence text; add it to standardText`);
}
