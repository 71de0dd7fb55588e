#!/usr/bin/env node
// Predicts the time of every pass of a plan on a GPU that nobody has:
//   model.mjs MODEL [--batch N] [--mode M] [--precision P] [--vendor V]    or   model.mjs PLAN.json, as `describe` printed it
//     [--machine h200|m2|iris-xe|adreno|all] [--top 14] [--sass FILE] [--json OUT] [--prefetch] [--quiet]
// Nothing here has met a GPU: latencies, gaps and bandwidths are assumptions, to be replaced by what bench:gpu measures. Expect
// +-20 % on an H200, an order of magnitude elsewhere.
//
// A pass's layer (C, M, K, map) comes from its label and the config; tile, grid and workgroups from its variant. Time is built up in
// stages, and what each stage adds is lost time with a cause:
//   roof      max(useful FLOPs / peak, each operand once / bandwidth)
//   padding   the same with the tile's padded rows, columns and terms
//   issue     / share of issued instructions that are FMAs (SASS of ptxas sm_90 where known), prologue and epilogue
//   latency   a K step's global load is not overlapped with that workgroup's own arithmetic (no double buffering): R resident
//             workgroups take max(R * compute, compute + latency) a step
//   fill      workgroups over SMs: whole rounds, the last one partly empty
//   memory    DRAM, L2 (tile re-reads) and L1 store transactions, where longer than all that
//   launch    a barrier and the start and end of a dispatch
// Passes that Dawn lets run together (no hazard between) share a launch.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const OF_PLAN = {
  batch: { type: 'string' },
  mode: { type: 'string' },
  precision: { type: 'string' },
  vendor: { type: 'string' },
};
const { values: opt, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...OF_PLAN,
    machine: { type: 'string', default: 'h200' },
    top: { type: 'string', default: '14' },
    sass: { type: 'string' },
    json: { type: 'string' },
    quiet: { type: 'boolean' },
    prefetch: { type: 'boolean' },
  },
});
const [model = 'densenet121'] = positionals;
const lab = process.env.GPU_LAB ?? '/var/tmp/gpu-lab';

/** What `describe` prints of a model's plan. */
function describe() {
  const asked = Object.keys(OF_PLAN).flatMap((name) => (opt[name] === undefined ? [] : [`--${name}`, opt[name]]));
  const tool = fileURLToPath(new URL('../compilers/run.mjs', import.meta.url));
  const printed = execFileSync(process.execPath, [tool, 'describe', model, ...asked], { maxBuffer: 1 << 28 });
  return JSON.parse(printed.toString());
}

const plan = model.endsWith('.json') ? JSON.parse(fs.readFileSync(model, 'utf8')) : describe();
const sassOf = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {});
const SASS = opt.sass
  ? sassOf(opt.sass)
  : { ...sassOf(new URL('./sass.json', import.meta.url).pathname), ...sassOf(`${lab}/sass.json`) };
const ceil = (a, b) => Math.ceil(a / b);

export const MACHINES = {
  // SMs, FMAs a clock an SM, clock, 32-bit registers an SM, workgroup bytes an SM, workgroups an SM, latency in clocks, B/s, L2 B/s, L2 bytes, gap s, least run s
  h200: {
    sms: 132,
    fma: 128,
    clock: 1.98e9,
    regs: 65536,
    lds: 228 * 1024,
    ldsExtra: 1024,
    most: 32,
    threads: 2048,
    latency: 750,
    bw: 4.3e12,
    l2: 5.5e12,
    l2size: 50e6,
    gap: 2.5e-6,
    tiny: 2.5e-6,
    density: 1,
    serial: false,
  },
  m2: {
    sms: 10,
    fma: 128,
    clock: 1.4e9,
    regs: 52 * 1024,
    lds: 60 * 1024,
    ldsExtra: 0,
    most: 24,
    threads: 1024,
    latency: 500,
    bw: 90e9,
    l2: 500e9,
    l2size: 8e6,
    gap: 4e-6,
    tiny: 3e-6,
    density: 0.75,
    serial: true,
  },
  'iris-xe': {
    sms: 12,
    fma: 64,
    clock: 1.3e9,
    regs: 16 * 7 * 1024,
    lds: 64 * 1024,
    ldsExtra: 0,
    most: 16,
    threads: 896,
    latency: 500,
    bw: 50e9,
    l2: 200e9,
    l2size: 3.8e6,
    gap: 8e-6,
    tiny: 5e-6,
    density: 0.55,
    serial: false,
  },
  adreno: {
    sms: 6,
    fma: 256,
    clock: 0.68e9,
    regs: 64 * 1024,
    lds: 32 * 1024,
    ldsExtra: 0,
    most: 16,
    threads: 2048,
    latency: 600,
    bw: 45e9,
    l2: 150e9,
    l2size: 3e6,
    gap: 15e-6,
    tiny: 8e-6,
    density: 0.4,
    serial: false,
  },
};

// ---- layers ---------------------------------------------------------------------------------------------------------
const { config, batch } = plan;
const layers = new Map();
{
  const down = (n) => (config.stem === 'imagenet' ? Math.ceil(Math.ceil(n / 2) / 2) : n);
  let H = down(config.height),
    W = down(config.width),
    C = config.initialChannels;
  const sH = Math.ceil(config.height / 2),
    sW = Math.ceil(config.width / 2);
  layers.set('features.conv0', {
    inputs: config.inputChannels,
    outputs: C,
    H: config.stem === 'imagenet' ? sH : H,
    W: config.stem === 'imagenet' ? sW : W,
  });
  config.blockLayers.forEach((n, b) => {
    for (let l = 0; l < n; l++) {
      const name = `features.denseblock${b + 1}.denselayer${l + 1}`;
      const B = config.bottleneckWidth ? config.bottleneckWidth * config.growthRate : 0;
      if (B) {
        layers.set(`${name}.conv1`, { inputs: C, outputs: B, H, W });
        layers.set(`${name}.conv2`, { inputs: B, outputs: config.growthRate, H, W });
      } else layers.set(`${name}.conv1`, { inputs: C, outputs: config.growthRate, H, W });
      C += config.growthRate;
    }
    if (b + 1 < config.blockLayers.length) {
      const out = Math.floor(C * config.compression);
      H = Math.floor(H / 2);
      W = Math.floor(W / 2);
      layers.set(`features.transition${b + 1}.conv`, { inputs: C, outputs: out, H, W });
      C = out;
    }
  });
}

// ---- one pass ---------------------------------------------------------------------------------------------------------
const params = (variant) =>
  Object.fromEntries(
    [...variant.matchAll(/(\w+)=(\w+)/g)].map(([, k, v]) => [
      k,
      v === 'true' ? true : v === 'false' ? false : Number(v),
    ]),
  );
const half = (p, name) => (p.variant.includes(`f16:${name}`) ? 2 : 4);

/** What a pass does: threads, FMAs a workgroup (padded), steps, bytes it asks of L2, store transactions, instructions. */
function shapeOf(p) {
  const q = params(p.variant),
    l = layers.get(p.label.split(' ')[0]);
  const s = SASS[`${p.kernel} ${p.variant}`];
  if (!l || !/^conv|^stem\/(forward|backward-weight)/.test(p.kernel)) return undefined;
  const P = batch * l.H * l.W;
  const wg = p.workgroups;
  switch (p.kernel) {
    case 'conv1x1/forward':
    case 'conv1x1/backward-data': {
      const back = p.kernel.endsWith('data');
      const K = back ? l.outputs : l.inputs,
        M = back ? l.inputs : l.outputs;
      const threads = (q.TILE_M / q.THREAD_M) * (q.TILE_P / q.THREAD_P) * q.SLICES;
      const steps = ceil(K, q.TILE_K);
      const hx = half(p, back ? 'y' : 'x');
      const loads = wg * steps * q.TILE_K * (4 * q.TILE_M + (back ? 4 + hx : hx) * q.TILE_P);
      const epi = back ? (q.HAS_NORM ? 8 + half(p, 'x') : 4) * M * P : half(p, 'out') * M * P;
      return {
        family: back ? '1x1 backward-data' : '1x1 forward',
        threads,
        steps,
        fma: steps * q.TILE_K * q.TILE_M * q.TILE_P,
        useful: K * M * P,
        l2: loads + epi,
        lds: Math.max((16 * (q.TILE_K * (q.TILE_M + q.TILE_P))) / 4, q.SLICES > 1 ? 16 * 8 * threads : 0),
        regs: s?.regs ?? 128,
        dens: s?.dens ?? 0.87,
        fixed: s?.fixed ?? (back ? 1500 : 900),
        barriers: 2,
      };
    }
    case 'conv1x1/backward-weight': {
      const threads = (q.TILE_B / q.THREAD_B) * (q.TILE_C / q.THREAD_C) * q.SLICES;
      const tiles = ceil(l.outputs, q.TILE_B) * ceil(l.inputs, q.TILE_C),
        splits = Math.round(wg / tiles);
      const steps = ceil(ceil(P, 16), splits);
      const l2 =
        P *
          ((4 + half(p, 'y')) * l.outputs * ceil(l.inputs, q.TILE_C) +
            half(p, 'x') * l.inputs * ceil(l.outputs, q.TILE_B)) +
        4 * splits * l.inputs * l.outputs;
      return {
        family: '1x1 backward-weight',
        threads,
        steps,
        fma: steps * 16 * q.TILE_B * q.TILE_C,
        useful: l.inputs * l.outputs * P,
        l2,
        lds: 80 * (q.TILE_B + q.TILE_C),
        regs: s?.regs ?? 168,
        dens: s?.dens ?? 0.88,
        fixed: s?.fixed ?? 400,
        barriers: 2,
        splits,
      };
    }
    case 'conv3x3/forward':
    case 'conv3x3/backward-data': {
      const back = p.kernel.endsWith('data');
      const K = back ? l.outputs : l.inputs,
        M = back ? l.inputs : l.outputs;
      const threads = q.ROWS * q.PIECES * q.GROUPS * q.SLICES,
        steps = ceil(K, q.STAGE);
      const hx = half(p, back ? 'y' : 'x');
      const perStage =
        q.STAGE * ((q.ROWS + 2) * q.PIECES * (q.COLUMNS + 2) * (back ? 4 + hx : hx) + 36 * 4 * q.GROUPS * q.BLOCKS);
      const epi = back ? (q.EPILOGUE === 2 ? 12 : q.EPILOGUE === 1 ? 8 : 4) * M * P : half(p, 'out') * M * P;
      // Scalar stores COLUMNS * 4 bytes apart between lanes: a 32-byte sector a lane and column, and loads of x alike from L1.
      const sectors = M * P * (half(p, back ? 'x' : 'out') === 2 && !back ? 0.5 : 1);
      return {
        family: back ? '3x3 backward-data' : '3x3 forward',
        threads,
        steps,
        fma: steps * q.STAGE * 9 * q.GROUPS * q.BLOCKS * 4 * q.ROWS * q.PIECES * q.COLUMNS,
        useful: 9 * K * M * P,
        l2: wg * steps * perStage + epi,
        sectors,
        lds: 16384,
        regs: s?.regs ?? 120,
        dens: s?.dens ?? (q.STAGE / q.SLICES >= 3 ? 0.73 : 0.65),
        fixed: s?.fixed ?? 600,
        barriers: 2,
      };
    }
    case 'conv3x3/backward-weight': {
      const threads = 3 * q.GROUPS * q.CHANNEL_GROUPS;
      const splits = Math.round(
        wg / (ceil(l.inputs, q.CHANNEL_GROUPS * (q.CHANNELS_EACH ?? 4)) * ceil(l.outputs, q.GROUPS * 4)),
      );
      const strips = ceil(l.W, q.SPAN),
        rows = batch * l.H,
        steps = ceil(rows * strips, splits) * 1.05;
      const l2 =
        wg *
          steps *
          ((q.SPAN + 2) * half(p, 'x') * q.CHANNEL_GROUPS * (q.CHANNELS_EACH ?? 4) +
            q.SPAN * (4 + half(p, 'y')) * q.GROUPS * 4) +
        36 * splits * l.inputs * l.outputs;
      return {
        family: '3x3 backward-weight',
        threads,
        steps,
        fma: steps * q.SPAN * 9 * q.GROUPS * 4 * q.CHANNEL_GROUPS * (q.CHANNELS_EACH ?? 4),
        useful: 9 * l.inputs * l.outputs * P,
        l2,
        sectors: 9 * splits * l.inputs * l.outputs,
        lds: 9000,
        regs: s?.regs ?? 128,
        dens: s?.dens ?? 0.71,
        fixed: s?.fixed ?? 300,
        barriers: 1,
        splits,
      };
    }
    default: {
      const threads = p.kernel === 'stem/forward' ? q.GROUPS * q.PIECES * q.ROWS : 168;
      const useful = 49 * l.inputs * l.outputs * P;
      const steps = p.kernel === 'stem/forward' ? 3 : ceil(P / 16, wg);
      return {
        family: 'stem',
        threads,
        steps,
        fma: useful / wg,
        useful,
        l2: p.bytes * 1.3,
        lds: 15360,
        regs: s?.regs ?? 110,
        dens: s?.dens ?? 0.8,
        fixed: s?.fixed ?? 300,
        barriers: 2,
      };
    }
  }
}

const FAMILY = (k) =>
  k.startsWith('statistics')
    ? 'statistics finalize'
    : k.startsWith('gradient')
      ? 'weight-gradient sums'
      : k.startsWith('optimizer')
        ? 'optimizer'
        : k.startsWith('layout')
          ? 'packing and layout'
          : k.startsWith('transition') || k.startsWith('pool')
            ? 'pooling'
            : 'head and loss';

function timePass(p, m) {
  const peak = m.sms * m.fma * m.clock;
  const s = shapeOf(p);
  const usefulFlops = s ? 2 * s.useful : p.flops;
  const roof = Math.max(usefulFlops / (2 * peak), p.bytes / m.bw);
  if (!s) {
    // Memory-bound kernels: bandwidth, at 80 %; a finalize is a chain of latencies.
    const chain = /finalize|loss|clip/.test(p.kernel) ? m.tiny + 1e-6 : m.tiny;
    const t = Math.max(p.bytes / (0.8 * (p.bytes < 0.4 * m.l2size ? m.l2 : m.bw)), p.flops / (0.2 * 2 * peak));
    return {
      p,
      family: FAMILY(p.kernel),
      roof,
      stages: { roof, memory: Math.max(t, roof) - roof, latency: Math.max(0, chain - Math.max(t, roof)) },
      busy: Math.max(t, roof),
      total: Math.max(chain, t, roof),
      resident: 0,
    };
  }
  const wg = p.workgroups;
  const padded = Math.max((wg * s.fma) / peak, p.bytes / m.bw);
  const dens = s.dens * m.density;
  const perThread = s.fma / s.threads / dens + s.fixed; // issue slots of a lane
  const lanes = m.fma; // FMAs a clock
  const wgClocks = (perThread * s.threads) / lanes; // of a whole SM
  const issue = Math.max((wg * wgClocks) / m.sms / m.clock, p.bytes / m.bw);
  const regs = Math.ceil(s.regs / 8) * 8;
  const resident = Math.max(
    1,
    Math.min(
      m.most,
      Math.floor(m.regs / (regs * Math.ceil(s.threads / 32) * 32)),
      Math.floor(m.lds / (s.lds + m.ldsExtra)),
      Math.floor(m.threads / s.threads),
    ),
  );
  const warps = Math.ceil(s.threads / 32),
    schedulers = 4;
  const stepAlone = (wgClocks / s.steps) * Math.max(1, schedulers / Math.min(schedulers, warps)); // a workgroup of few warps cannot use all schedulers
  const step = wgClocks / s.steps;
  // --prefetch: what if the next step's loads were under way while this one is computed.
  const round = (r) =>
    (s.steps *
      Math.max(r * step, (opt.prefetch ? Math.max(stepAlone, m.latency) : stepAlone + m.latency) + 40 * s.barriers)) /
    m.clock;
  const rate = round(resident) / resident; // seconds a workgroup an SM when full
  const latency = Math.max((wg / m.sms) * rate, p.bytes / m.bw);
  const full = Math.floor(wg / (m.sms * resident));
  const rest = wg - full * m.sms * resident;
  const fill = Math.max(full * round(resident) + (rest ? round(ceil(rest, m.sms)) : 0), p.bytes / m.bw);
  const dram = p.bytes < 0.5 * m.l2size ? p.bytes / m.l2 : p.bytes / (0.9 * m.bw);
  const stores = s.sectors ? (s.sectors * 32) / (m.sms * 48 * m.clock) : 0; // bytes of sectors, through about 48 B a clock an SM
  const l2 = s.l2 / m.l2;
  const mem = Math.max(dram, l2) + (m.sms > 100 ? 0.5 : 0.3) * stores; // stores overlap half with arithmetic
  const worst = Math.max(fill, mem) + 0.2 * Math.min(fill, mem); // arithmetic and memory overlap not quite
  const at = [roof, padded, issue, latency, fill, worst].map((t, i, a) => Math.max(t, ...a.slice(0, i)));
  const tail = m.tiny * 0.5;
  return {
    p,
    family: s.family,
    roof,
    busy: Math.max(at[2], mem),
    stages: {
      roof,
      padding: at[1] - at[0],
      issue: at[2] - at[1],
      latency: at[3] - at[2],
      fill: at[4] - at[3],
      memory: at[5] - at[4],
    },
    total: at[5] + tail,
    tail,
    resident,
    warps: warps * Math.min(resident, ceil(wg, m.sms)),
    regs,
    memMs: mem,
    l2Ms: l2,
    stores,
    wgPerSm: wg / m.sms,
  };
}

/** Whether Dawn would let this pass run beside the one before it: what hazards.mjs finds in the real plan. */
const joins = (p, before) =>
  /^conv\dx\d\/backward-weight/.test(p.kernel) ||
  (p.kernel === 'gradient/reduce' && /backward-data/.test(before?.kernel ?? '')) ||
  p.kernel === 'head/backward-data';

export function predict(m) {
  const passes = plan.passes.filter((p) => plan.mode === 'training' || p.section !== 'load');
  const timed = passes.map((p) => timePass(p, m));
  let total = 0,
    launches = 0;
  const groups = [];
  timed.forEach((t, i) => {
    if (i > 0 && !m.serial && joins(t.p, timed[i - 1].p)) groups.at(-1).push(t);
    else groups.push([t]);
  });
  for (const g of groups) {
    const longest = Math.max(...g.map((t) => t.total)),
      work = g.reduce((s, t) => s + t.busy, 0);
    const run = Math.max(
      longest,
      Math.min(
        g.reduce((s, t) => s + t.total, 0),
        work * 1.1,
      ),
    );
    const shares = g.reduce((s, t) => s + t.total, 0);
    for (const t of g) {
      t.wall = (run * t.total) / shares;
      t.launch = m.gap / g.length;
    }
    total += run + m.gap;
    launches += m.gap;
  }
  return { timed, groups, total, launches, roof: timed.reduce((s, t) => s + t.roof, 0) };
}

const ms = (s) => (1000 * s).toFixed(3).padStart(9);
const names = opt.machine === 'all' ? Object.keys(MACHINES) : opt.machine.split(',');
const out = {};
for (const name of names) {
  const m = MACHINES[name];
  const { timed, groups, total, launches, roof } = predict(m);
  const flops = timed.reduce((s, t) => s + t.p.flops, 0),
    bytes = timed.reduce((s, t) => s + t.p.bytes, 0);
  console.log(
    `\n== ${name}: batch ${batch} ${plan.mode} ${plan.precision}: ${ms(total)} ms, ${(batch / total).toFixed(0)} images/s; roof of passes ${ms(roof)} ms (${((100 * roof) / total).toFixed(0)} %); ${(flops / total / 1e12).toFixed(1)} TFLOP/s, ${(bytes / total / 1e9).toFixed(0)} GB/s; ${timed.length} passes in ${groups.length} groups, launches ${ms(launches)} ms`,
  );
  const fam = new Map();
  for (const t of timed) {
    const f = fam.get(t.family) ?? {
      n: 0,
      wall: 0,
      roof: 0,
      launch: 0,
      padding: 0,
      issue: 0,
      latency: 0,
      fill: 0,
      memory: 0,
    };
    f.n++;
    f.wall += t.wall + t.launch;
    f.roof += t.roof;
    f.launch += t.launch + (t.tail ?? 0);
    const scale = t.wall / t.total; // what overlap in a group saved
    for (const k of ['padding', 'issue', 'latency', 'fill', 'memory']) f[k] += (t.stages[k] ?? 0) * scale;
    fam.set(t.family, f);
  }
  console.log(
    'family                  passes   time ms  roof ms   lost ms | padding    issue  latency     fill   memory   launch',
  );
  const rows = [...fam].sort((a, b) => b[1].wall - b[1].roof - (a[1].wall - a[1].roof));
  const sum = { padding: 0, issue: 0, latency: 0, fill: 0, memory: 0, launch: 0 };
  for (const [n, f] of rows) {
    console.log(
      n.padEnd(22),
      String(f.n).padStart(6),
      ms(f.wall),
      ms(f.roof),
      ms(f.wall - f.roof),
      '|',
      ...['padding', 'issue', 'latency', 'fill', 'memory', 'launch'].map((k) => ms(f[k]).slice(1)),
    );
    for (const k in sum) sum[k] += f[k];
  }
  console.log(
    'all'.padEnd(22),
    String(timed.length).padStart(6),
    ms(total),
    ms(roof),
    ms(total - roof),
    '|',
    ...['padding', 'issue', 'latency', 'fill', 'memory', 'launch'].map((k) => ms(sum[k]).slice(1)),
  );
  if (!opt.quiet) {
    const kinds = new Map();
    for (const t of timed) {
      const l = layers.get(t.p.label.split(' ')[0]);
      const k = `${t.p.kernel} ${l ? `${l.H}x${l.W}` : ''} ${t.p.variant.replace(/(WORKGROUP|HAS_\w+|RAGGED|BLOCKED_SUM|EPILOGUE|THREAD_\w+|PARTS)=\S+ ?/g, '').trim()}`;
      const r = kinds.get(k) ?? { n: 0, wall: 0, roof: 0, wg: [], t };
      r.n++;
      r.wall += t.wall + t.launch;
      r.roof += t.roof;
      r.wg.push(t.p.workgroups);
      kinds.set(k, r);
    }
    console.log('\nmost lost, by kernel, map and tile:           lost ms   of roof  resident warps/SM  regs  wg/SM');
    for (const [k, r] of [...kinds]
      .sort((a, b) => b[1].wall - b[1].roof - (a[1].wall - a[1].roof))
      .slice(0, Number(opt.top)))
      console.log(
        `${ms(r.wall - r.roof)} ms lost of ${ms(r.wall)}, ${((100 * r.roof) / r.wall).toFixed(0).padStart(3)} % ${String(r.n).padStart(3)}x ${r.t.resident ? `R=${r.t.resident} warps=${r.t.warps} regs=${r.t.regs} wg/SM=${(Math.min(...r.wg) / m.sms).toFixed(1)}-${(Math.max(...r.wg) / m.sms).toFixed(1)}` : ''} ${k}`,
      );
  }
  out[name] = {
    total,
    roof,
    launches,
    longest: [...timed]
      .sort((a, b) => b.total - a.total)
      .slice(0, 5)
      .map((t) => [t.p.label, t.total]),
  };
}
if (opt.json) fs.writeFileSync(opt.json, JSON.stringify(out));
