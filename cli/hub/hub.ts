// Pretrained networks by name, OWNER/NAME, from Hugging Face's hub or a mirror of it (HF_ENDPOINT, as its own programs call it):
// a file of weights and the config.json beside it, kept in the user's cache. Weights that are there are not fetched again;
// without a connection they are taken as they are.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { ConfigError, DataError } from '../../src/runtime/errors.ts';
import { download, type RemoteFile, sha256Of } from './download.ts';

const PUBLIC = 'https://huggingface.co';
/** Of several formats of the same weights, the first that is there. */
const WEIGHTS = [
  'model.safetensors',
  'pytorch_model.bin',
  'model.pt',
  'model.pth',
  'model.keras',
  'tf_model.h5',
  'model.onnx',
];
const CONFIG = 'config.json';

export interface HubModel {
  readonly owner: string;
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

export interface PullOptions {
  readonly cache: string;
  /** What the weights must have; left out: what the hub says. */
  readonly sha256?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (file: string, bytes: number, of: number | undefined) => void;
  readonly onNote: (text: string) => void;
  readonly pause?: number;
}

export interface Pulled {
  readonly weights: string;
  /** Undefined: the hub has none. */
  readonly config: string | undefined;
  readonly sha256: string;
  /** False: it was in the cache. */
  readonly fetched: boolean;
}

const PART = /^[A-Za-z0-9][\w.-]{0,95}$/;

/** `OWNER/NAME` or `OWNER/NAME@REVISION`. @throws ConfigError */
export function parseModel(text: string): HubModel {
  const [, owner = '', name = '', revision = 'main'] = /^([^/@]*)\/([^/@]*)(?:@(.+))?$/.exec(text) ?? [];
  if ([owner, name, revision].every((part) => PART.test(part) && !part.includes('..')))
    return { owner, name, revision };
  throw new ConfigError(
    'model',
    text,
    'is not a name on the hub: OWNER/NAME, as in timm/densenet121.tv_in1k, perhaps with @REVISION',
  );
}

/** Where the hub is. @throws ConfigError for an HF_ENDPOINT that is no address of the web */
export function endpoint(): string {
  const given = process.env.HF_ENDPOINT || PUBLIC;
  if (/^https?:\/\/[^\s/?#]+[^\s?#]*$/.test(given) && URL.canParse(given)) return given.replace(/\/+$/, '');
  throw new ConfigError('HF_ENDPOINT', given, `is not an address of the web; ${PUBLIC} is the public one`);
}

/**
 * @throws ConfigError, DataError where the hub does not have it, is not reached and nothing is in the cache, or what it gives is not
 * what it promised; StorageError
 */
export async function pull(model: HubModel, options: PullOptions): Promise<Pulled> {
  const { owner, name, revision } = model;
  const folder = join(options.cache, `${owner}--${name}`, revision);
  const base = `${endpoint()}/${owner}/${name}/resolve/${revision}`;
  const title = `${owner}/${name}`;
  let found: RemoteFile | undefined;
  let file = '';
  try {
    for (file of WEIGHTS) {
      found = await ask(`${base}/${file}`, `${title}: ${file}`, options.signal);
      if (found) break;
    }
  } catch (cause) {
    if (!(cause instanceof Unreachable)) throw cause;
    return offline(folder, title, cause, options);
  }
  if (!found) {
    throw new DataError(
      title,
      0,
      `has no file of weights that is read at ${endpoint()} (${WEIGHTS.join(', ')}): is its name right?`,
    );
  }
  const remote = { ...found, sha256: options.sha256 ?? found.sha256 };
  if (options.sha256 !== undefined && found.sha256 !== undefined && options.sha256 !== found.sha256)
    throw new DataError(
      remote.title,
      0,
      `the hub's has the SHA-256 ${found.sha256}, not the ${options.sha256} that is asked for`,
    );
  if (remote.sha256 === undefined)
    options.onNote(
      `${endpoint()} does not say the SHA-256 of ${remote.title}: only its size is checked (--sha256 gives it)`,
    );
  const weights = join(folder, file);
  const kept = await isFile(weights);
  const fetched = !kept || remote.sha256 === undefined || (await sha256Of(weights)) !== remote.sha256;
  if (fetched) await download(remote, downloadOptions(weights, remote.title, options));
  const config = await pullConfig(base, folder, title, options);
  return { weights, config, sha256: remote.sha256 ?? (await sha256Of(weights)), fetched };
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() === true;

const downloadOptions = (to: string, title: string, { signal, onProgress, pause }: PullOptions) => ({
  to,
  signal,
  onProgress: (bytes: number, of: number | undefined) => onProgress(title, bytes, of),
  ...(pause !== undefined && { pause }),
});

async function pullConfig(
  base: string,
  folder: string,
  title: string,
  options: PullOptions,
): Promise<string | undefined> {
  const config = join(folder, CONFIG);
  let found: RemoteFile | undefined;
  try {
    found = await ask(`${base}/${CONFIG}`, `${title}: ${CONFIG}`, options.signal);
  } catch (cause) {
    if (!(cause instanceof Unreachable)) throw cause;
    // The weights are there by now.
    const isKept = await isFile(config);
    const instead = isKept ? 'it is taken from the cache' : 'the weights are there without it; call again for it';
    options.onNote(`${cause.message}: ${title}: ${CONFIG}: ${instead}`);
    return isKept ? config : undefined;
  }
  if (!found) {
    await rm(config, { force: true });
    return undefined;
  }
  // A text is not stored as weights are: what the hub says of it is no SHA-256, and its size that of the compressed text.
  await download({ ...found, sha256: undefined, size: undefined }, downloadOptions(config, found.title, options));
  return config;
}

/** What is in the cache, where the hub is not reached. @throws DataError where nothing is */
async function offline(folder: string, title: string, cause: Unreachable, options: PullOptions): Promise<Pulled> {
  for (const file of WEIGHTS) {
    const weights = join(folder, file);
    if (!(await isFile(weights))) continue;
    const sha256 = await sha256Of(weights);
    if (options.sha256 !== undefined && sha256 !== options.sha256) continue;
    options.onNote(`${cause.message}: ${title} is taken from the cache as it was fetched`);
    const config = join(folder, CONFIG);
    return { weights, config: (await isFile(config)) ? config : undefined, sha256, fetched: false };
  }
  throw new DataError(
    title,
    0,
    `cannot be fetched: ${cause.message}, and it is not in the cache (${folder}); HF_ENDPOINT names a mirror of the hub`,
  );
}

/** The hub is not reached. */
class Unreachable extends Error {}

const MOST_REDIRECTS = 5;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * What the hub says of a file: it answers with its size and SHA-256, and with where it lies, on another host.
 * @returns undefined: it does not have it
 * @throws Unreachable, DataError
 */
async function ask(url: string, title: string, signal: AbortSignal): Promise<RemoteFile | undefined> {
  let at = url;
  for (let i = 0; i < MOST_REDIRECTS; i++) {
    // What is fetched is not compressed either, so that sizes are those of the file.
    const headers = { 'accept-encoding': 'identity' };
    const response = await fetch(at, { method: 'HEAD', redirect: 'manual', headers, signal }).catch((cause) => {
      if (signal.aborted) throw signal.reason;
      const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
      throw new Unreachable(`${new URL(at).origin} is not reached (${inner instanceof Error ? inner.message : inner})`);
    });
    const header = (name: string) => response.headers.get(name) ?? undefined;
    const sha256 = (header('x-linked-etag') ?? header('etag'))?.replace(/^W\/|"/g, '').toLowerCase();
    const length = header('x-linked-size') ?? (response.ok ? header('content-length') : undefined);
    const size = length === undefined ? undefined : Number(length);
    const isLinked = header('x-linked-etag') !== undefined;
    const location = header('location');
    if (response.ok || (isLinked && location !== undefined)) {
      return { url, title, size, sha256: sha256 !== undefined && SHA256.test(sha256) ? sha256 : undefined };
    }
    if (response.status >= 300 && response.status < 400 && location !== undefined) {
      at = new URL(location, at).href;
      continue;
    }
    if (response.status === 404) return undefined;
    if (response.status === 401 || response.status === 403) {
      throw new DataError(
        title,
        0,
        `the hub answers ${response.status}: there is no such network, or it is not public; only public ones are fetched`,
      );
    }
    if (response.status >= 500 || response.status === 429)
      throw new Unreachable(`${new URL(at).origin} answers ${response.status}`);
    throw new DataError(title, 0, `cannot be fetched: the hub answers ${response.status}`);
  }
  throw new DataError(title, 0, `cannot be fetched: more than ${MOST_REDIRECTS} redirects`);
}
