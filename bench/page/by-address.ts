// `?peers=tfjs,onnx,jax&run=MODEL:MODE:BATCH,…`: side by side without a hand. `&repeats=`, `&seconds=` and `&patience=` say
// how long.

import { ConfigError } from '../../src/runtime/errors.ts';
import { PEERS, type PeerName } from '../baselines/baseline.ts';
import { parseSubjects } from '../baselines/workloads.ts';
import { PEERS_EFFORT, type PeersEffort } from '../sections/baselines/measure.ts';
import type { PeersRun } from './baselines-run.ts';
import { numberOf } from './url-state.ts';

/** @throws ConfigError naming what the address asks for and is not there */
export async function runPeersByAddress(query: URLSearchParams, run: PeersRun): Promise<void> {
  const effort: PeersEffort = {
    repeats: numberOf(query, 'repeats', PEERS_EFFORT.repeats),
    seconds: numberOf(query, 'seconds', PEERS_EFFORT.seconds),
    patience: numberOf(query, 'patience', PEERS_EFFORT.patience),
  };
  await run.measure(parseSubjects(query.get('run') ?? ''), parsePeers(query.get('peers') ?? ''), effort);
}

/** @throws ConfigError for a name that no peer has */
export function parsePeers(text: string): PeerName[] {
  const names = text.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const peer = PEERS.find((candidate) => candidate === name);
      if (!peer) throw new ConfigError('peers', name, `must be among ${PEERS.join(', ')}`);
      return peer;
    });
}
