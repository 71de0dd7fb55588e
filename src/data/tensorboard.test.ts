// Event files are read back by a parser that shares nothing with the writer, and by TensorBoard where it is installed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { type ReadEvent, readEvents, readMaskedCrc } from '../../tests/fixtures/event-file.ts';
import { eventFileName, fileVersionRecord, restartRecord, scalarRecord } from './tensorboard.ts';

const SECONDS = 1764533987.25;
const STEPS = [1, 2, 300, 2 ** 31, 2 ** 40] as const;
const VALUES = [0.5, -1e-30, 3.4e38, Number.NaN, Number.POSITIVE_INFINITY] as const;

function file(): Uint8Array {
  const records = [
    fileVersionRecord(SECONDS),
    restartRecord(SECONDS, 1),
    ...STEPS.map((step, i) =>
      scalarRecord(SECONDS + step, step, [
        { tag: 'train/loss', value: VALUES[i] ?? 0 },
        { tag: 'Genauigkeit/정확도', value: i / 4 },
      ]),
    ),
  ];
  return Buffer.concat(records);
}

describe('event files', () => {
  it('hold what was written, each record under its checksums', () => {
    const events = readEvents(file());
    expect(events[0]).toEqual({ seconds: SECONDS, step: 0, version: 'brain.Event:2', scalars: [] });
    expect(events[1]).toEqual({ seconds: SECONDS, step: 1, restart: 1, scalars: [] });
    const expected = STEPS.map(
      (step, i): ReadEvent => ({
        seconds: SECONDS + step,
        step,
        scalars: [
          { tag: 'train/loss', value: Math.fround(VALUES[i] ?? 0) },
          { tag: 'Genauigkeit/정확도', value: i / 4 },
        ],
      }),
    );
    expect(events.slice(2)).toEqual(expected);
  });

  it('have the checksum of RFC 3720, masked', () => {
    // The test vectors of its appendix B.4.
    expect(readMaskedCrc(new Uint8Array(32)).crc).toBe(0x8a9136aa);
    expect(readMaskedCrc(new Uint8Array(32).fill(0xff)).crc).toBe(0x62a8ab43);
    // Any damaged byte is noticed.
    const good = file();
    for (let at = 0; at < good.length; at += 7) {
      const damaged = good.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => readEvents(damaged), `byte ${at}`).toThrow();
    }
  });

  it('are named as TensorBoard looks for them', () => {
    expect(eventFileName(SECONDS, 'my host.local', 42)).toBe('events.out.tfevents.1764533987.my-host.local.42.0');
    expect(eventFileName(SECONDS, '', 42, 1)).toBe('events.out.tfevents.1764533987.host.42.1');
  });

  it('are read by TensorBoard, which drops the steps that a resumed run does again', ({ skip }) => {
    const python = process.env.PYTHON ?? 'python3';
    try {
      execFileSync(python, ['-c', 'import tensorboard'], { stdio: 'pipe' });
    } catch {
      return skip(`${python} has no package tensorboard (pip install tensorboard)`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'densenet-tensorboard-'));
    const loss = (step: number, value: number) => scalarRecord(SECONDS, step, [{ tag: 'train/loss', value }]);
    const write = (second: number, ...records: readonly Uint8Array[]) =>
      writeFileSync(join(folder, eventFileName(SECONDS + second, 'host', 1)), Buffer.concat(records));
    write(0, fileVersionRecord(SECONDS), loss(1, 3), loss(2, 2.5), loss(3, 99));
    write(1, fileVersionRecord(SECONDS), restartRecord(SECONDS, 3), loss(3, 2), loss(4, 1.5));
    try {
      const program = [
        'import sys, json',
        'from tensorboard.backend.event_processing.event_accumulator import EventAccumulator',
        'events = EventAccumulator(sys.argv[1]); events.Reload()',
        'print(json.dumps([[e.step, e.value] for e in events.Scalars("train/loss")]))',
      ].join('\n');
      const out = execFileSync(python, ['-c', program, folder], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(JSON.parse(out)).toEqual([
        [1, 3],
        [2, 2.5],
        [3, 2],
        [4, 1.5],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
