// The style of a report: light and dark, as wide as a phone, and on paper.

import { type Html, html } from './html.ts';

export const style = (): Html => html`
:root { color-scheme: light dark;
  --ground: light-dark(#f6f5f1, #14171a); --panel: light-dark(#fff, #1c2125); --ink: light-dark(#1d2327, #e8eaec);
  --muted: light-dark(#5b656d, #a3adb5); --line: light-dark(#e0ddd5, #323a41); --accent: light-dark(#0f766e, #5ccfc0);
  --bad: light-dark(#b3261e, #ff8f85); --warm: light-dark(#b4530a, #f4a261);
  --s1: light-dark(#0f766e, #5ccfc0); --s2: light-dark(#b4530a, #f4a261); --s3: light-dark(#1d5fc4, #6db0ff);
  --s4: light-dark(#86198f, #e6a0f0); --s5: light-dark(#4d7c0f, #a3d65c); --s6: light-dark(#9f1239, #ff9db0);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans KR", sans-serif;
  background: var(--ground); color: var(--ink); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 24px 20px 48px; overflow-wrap: anywhere; }
h1 { margin: 0 0 8px; font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.2; text-wrap: balance; }
h2 { margin: 0 0 12px; font-size: 1.25rem; line-height: 1.2; }
h3 { margin: 20px 0 8px; font-size: 1rem; }
p { margin: 0 0 12px; }
small, .hint { color: var(--muted); }
.hint { font-size: .9rem; max-width: 60ch; }
header { margin-bottom: 20px; }
.notes { margin: 12px 0 0; padding: 10px 14px 10px 32px; border-left: 4px solid var(--warm); background: var(--panel); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: .9rem; margin-top: 12px; }
a { color: var(--accent); }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 18px; margin: 0 0 16px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 10px; margin-bottom: 10px; }
.tile { display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
.tile span { color: var(--muted); font-size: .85rem; line-height: 1.3; }
.tile strong { font-size: 1.45rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile small { font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 16px 24px; }
.chart { margin: 0; min-width: 0; max-width: 30rem; }
.chart figcaption { font-weight: 600; font-size: .95rem; }
svg { display: block; width: 100%; height: auto; }
.axes line { stroke: var(--line); } .axes path { stroke: var(--muted); fill: none; }
.axes text { font-size: 11px; fill: var(--muted); font-variant-numeric: tabular-nums; } .axes .label { font-size: 12px; fill: var(--ink); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); stroke-dasharray: 7 3; } .s3 { stroke: var(--s3); stroke-dasharray: 2 3; }
.s4 { stroke: var(--s4); stroke-dasharray: 9 3 2 3; } .s5 { stroke: var(--s5); stroke-dasharray: 5 2; } .s6 { stroke: var(--s6); stroke-dasharray: 1 2; }
.dot { stroke: none; } .dot.s1 { fill: var(--s1); } .dot.s2 { fill: var(--s2); } .dot.s3 { fill: var(--s3); }
.faint { stroke: var(--muted); stroke-width: 1; opacity: .35; }
.diagonal { stroke: var(--muted); stroke-dasharray: 4 4; fill: none; }
.mark { stroke: var(--muted); stroke-width: 1.5; stroke-dasharray: 3 3; }
.bar { fill: var(--s1); opacity: .75; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 4px 0 0; padding: 0; font-size: .85rem; }
.legend li { display: flex; align-items: center; gap: 6px; } .legend svg { width: 22px; flex: none; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
.scroll > table:not(.matrix) { width: 100%; }
th, td { padding: 5px 10px; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; }
tbody th, tfoot th { font-weight: 500; position: sticky; left: 0; background: var(--panel); max-width: 14rem; min-width: 6rem; }
tfoot td, tfoot th { color: var(--muted); }
.number { text-align: right; white-space: nowrap; } .number small { font-size: .78rem; }
.barred { background: linear-gradient(to right, color-mix(in srgb, var(--accent) 22%, transparent) calc(100% * var(--share)), transparent 0); }
.matrix td { text-align: center; min-width: 2.6rem; border: 1px solid var(--panel); }
.matrix thead th { padding: 4px; vertical-align: bottom; }
.matrix thead th span { display: block; margin: 0 auto; writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 9rem; overflow: hidden; text-overflow: ellipsis; }
.matrix .right { background: color-mix(in srgb, var(--accent) calc(60% * var(--share)), transparent); }
.matrix .wrong { background: color-mix(in srgb, var(--bad) calc(60% * var(--share)), transparent); }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 16px; }
.mistakes figure { margin: 0; } .pair { display: flex; gap: 4px; } .pair img { width: 50%; min-width: 0; flex: 1; object-fit: contain; image-rendering: pixelated; border-radius: 4px; background: var(--ground); }
.mistakes figcaption { font-size: .88rem; line-height: 1.35; margin-top: 4px; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 6px 20px; margin: 0 0 12px; }
.facts dt { color: var(--muted); font-size: .82rem; } .facts dd { margin: 0; }
footer { color: var(--muted); font-size: .85rem; }
@media (max-width: 480px) { body { padding: 16px 10px 32px; } section { padding: 14px 12px; } }
@media print { :root { color-scheme: light; --ground: #fff; font-size: 11pt; } body { max-width: none; padding: 0; }
  nav { display: none; } section { border: none; padding: 8px 0; } .chart, .mistakes figure, tr, .tile { break-inside: avoid; }
  .scroll { overflow: visible; } h2 { break-after: avoid; } * { print-color-adjust: exact; } }
`;
