// The names in a group: a symbol table (a B-tree, whose leaves name places in a heap), as h5py and so Keras write it, or links in
// the group's own header. Groups of many links in the newer form are refused by name; h5py makes them only when asked to.

import { type Hdf5Bytes, UNDEFINED } from './cursor.ts';
import { MESSAGE, type Message } from './headers.ts';

const MOST_LEVELS = 16;
const ENTRY_BYTES = 40;
const SOFT_LINK = 2;
const HARD = 0;

/** Where each name's object lies. Soft and external links are left out. @throws DataError */
export function readLinks(from: Hdf5Bytes, messages: readonly Message[]): ReadonlyMap<string, number> {
  const links = new Map<string, number>();
  for (const { type, at } of messages) {
    if (type === MESSAGE.symbolTable) readSymbolTable(from, from.offset(at), from.offset(at + 8), links);
    else if (type === MESSAGE.link) readLink(from, at, links);
    else if (type === MESSAGE.linkInfo) refuseDense(from, at);
  }
  return links;
}

function readSymbolTable(from: Hdf5Bytes, tree: number, heap: number, links: Map<string, number>): void {
  from.signature(heap, 'HEAP');
  const names = { at: from.offset(heap + 24), size: from.u64(heap + 8) };
  const nodes: { at: number; level: number | undefined }[] = [{ at: tree, level: undefined }];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    from.signature(node.at, 'TREE');
    const level = from.u8(node.at + 5);
    // Each level is one less than its parent's, so that no tree leads back into itself.
    if (from.u8(node.at + 4) !== 0 || level > MOST_LEVELS || (node.level !== undefined && level !== node.level - 1))
      throw from.error(node.at, 'damaged: a tree of names is none');
    const count = from.u16(node.at + 6);
    for (let i = count - 1; i >= 0; i--) {
      const child = from.offset(node.at + 32 + 16 * i);
      if (level > 0) nodes.push({ at: child, level });
      else readNames(from, child, names, links);
    }
  }
}

function readNames(
  from: Hdf5Bytes,
  at: number,
  names: { readonly at: number; readonly size: number },
  links: Map<string, number>,
): void {
  from.signature(at, 'SNOD');
  const count = from.u16(at + 6);
  for (let i = 0; i < count; i++) {
    const entry = at + 8 + ENTRY_BYTES * i;
    const name = from.u64(entry);
    if (name >= names.size) throw from.error(entry, 'damaged: a name lies outside of its heap');
    if (from.u32(entry + 16) === SOFT_LINK) continue;
    links.set(textUntilZero(from, names.at + name, names.size - name), from.offset(entry + 8));
  }
}

/** Names of layers are short; a longer one is cut off, and so is not found. */
const MOST_NAME_BYTES = 1024;

function textUntilZero(from: Hdf5Bytes, at: number, most: number): string {
  const end = from.bytes.subarray(at, at + Math.min(most, MOST_NAME_BYTES)).indexOf(0);
  return from.text(at, end < 0 ? Math.min(most, MOST_NAME_BYTES) : end);
}

function readLink(from: Hdf5Bytes, start: number, links: Map<string, number>): void {
  const flags = from.u8(start + 1);
  let at = start + 2;
  const type = flags & 8 ? from.u8(at++) : HARD;
  if (flags & 4) at += 8;
  if (flags & 16) at += 1;
  const size = from.sized(at, 1 << (flags & 3));
  at += 1 << (flags & 3);
  if (type === HARD) links.set(from.text(at, size), from.offset(at + size));
}

function refuseDense(from: Hdf5Bytes, start: number): void {
  const at = start + 2 + (from.u8(start + 1) & 1 ? 8 : 0);
  if (from.offset(at) === UNDEFINED) return;
  throw from.error(
    start,
    'has a group in the newest form of HDF5 (dense links), which is not read: write it with h5py.File(…, libver="earliest")',
  );
}
