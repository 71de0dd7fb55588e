// Imported ahead of a snippet that is written for a browser: under Node.js, Dawn stands in for `navigator.gpu`, and sharp for the
// browser's decoder; the page's file input holds the files of the folder `photos`. There is no database; the autotune cache has to
// do without.
import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu: create(['enable-dawn-features=allow_unsafe_apis,disable_workgroup_init']), userAgent: 'Node.js' },
  configurable: true,
});
globalThis.indexedDB = {
  open() {
    throw new Error('there is no database under Node.js');
  },
};

globalThis.createImageBitmap = async (blob) => {
  const image = sharp(Buffer.from(await blob.arrayBuffer()))
    .toColourspace('srgb')
    .ensureAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data, close() {} };
};
globalThis.OffscreenCanvas = class {
  getContext() {
    let drawn;
    return {
      drawImage(bitmap) {
        drawn = bitmap;
      },
      getImageData: () => ({ data: new Uint8ClampedArray(drawn.data) }),
    };
  }
};

function chosenFiles() {
  return readdirSync('photos').flatMap((name) =>
    readdirSync(`photos/${name}`).map((file) => {
      const path = `photos/${name}/${file}`;
      return Object.assign(new File([readFileSync(path)], file), { webkitRelativePath: path });
    }),
  );
}
globalThis.document = { querySelector: () => ({ files: chosenFiles() }) };
