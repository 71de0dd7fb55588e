// Run metadata that version 0.1.0 of this library wrote, in the keys of today. Values keep their meaning; only names changed.

import { isJsonObject, renameKeys } from '../../data/json.ts';

/** Hyperparameters of 0.1.0, whose augmentation was two fields, as those of today. */
export function migrateHyperparameters(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { mirror, shift, ...rest } = json;
  return mirror === undefined ? json : { ...rest, augment: { mirror, shift } };
}

const KEYS: Readonly<Record<string, string>> = {
  recipe: 'hyperparameters',
  tally: 'runningMetrics',
};
const EPOCH_KEYS: Readonly<Record<string, string>> = {
  heldOut: 'validationAccuracy',
  heldOutLoss: 'validationLoss',
};
const DATA_KEYS: Readonly<Record<string, string>> = { heldOut: 'validation' };
const TILE_KEYS: Readonly<Record<string, string>> = { tiling: 'tile', splits: 'splitK' };

/** Run metadata of version 1 as version 2; whatever is not version 1 as it is. Nothing is checked here. */
export function migrateRunMetadata(json: unknown): unknown {
  if (!isJsonObject(json) || json.version !== 1) return json;
  const run = renameKeys(json, KEYS);
  return {
    ...run,
    version: 2,
    hyperparameters: isJsonObject(run.hyperparameters)
      ? migrateHyperparameters(run.hyperparameters)
      : run.hyperparameters,
    epochs: each(run.epochs, (epoch) => renameKeys(epoch, EPOCH_KEYS)),
    data: isJsonObject(run.data) ? renameKeys(run.data, DATA_KEYS) : run.data,
    tiles: isJsonObject(run.tiles) ? migrateTiles(run.tiles) : run.tiles,
  };
}

const migrateTiles = (tiles: JsonObject): JsonObject => ({
  ...tiles,
  version: tiles.version === 1 ? 2 : tiles.version,
  classes: each(tiles.classes, (found) => ({
    ...found,
    points: each(found.points, (point) => ({
      ...point,
      candidates: each(point.candidates, (candidate) => renameKeys(candidate, TILE_KEYS)),
    })),
  })),
});

type JsonObject = Readonly<Record<string, unknown>>;

/** Each object of a list changed; what is not a list of objects stays for the parser to refuse. */
const each = (json: unknown, change: (object: JsonObject) => JsonObject): unknown =>
  Array.isArray(json) ? json.map((entry: unknown) => (isJsonObject(entry) ? change(entry) : entry)) : json;
