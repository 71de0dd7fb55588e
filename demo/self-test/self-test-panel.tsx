// The self-test to start, and what it found: a table a network, a row a group of tensors. And the warning above every
// view on a GPU that failed.

import { type Certificate, flipText, wrongText } from '../../src/densenet/certify/certificate.ts';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
import { ErrorBanner } from '../errors/error-banner.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { linkTo } from '../views.ts';
import type { Checked, SelfTestState } from './self-test.ts';

export function SelfTestPanel({ page }: { page: Page }) {
  const strings = text().selfTest;
  const state = page.selfTest.state.value;
  const running = state.kind === 'running';
  return (
    <section class="panel" aria-labelledby="self-test-title">
      <h2 id="self-test-title">{strings.title}</h2>
      <p>{strings.lead}</p>
      <button type="button" disabled={running || !page.network.value} onClick={() => page.selfTest.run()}>
        {strings.start}
      </button>
      <p class="status" role="status">
        {message(state)}
      </p>
      {state.kind === 'failed' && <ErrorBanner error={state.error} />}
      {(state.kind === 'running' || state.kind === 'done') &&
        state.checked.map((checked) => <Result key={checked.network} checked={checked} />)}
      {state.kind === 'done' && <p class="hint">{strings.explained}</p>}
    </section>
  );
}

/** For the top of every view. */
export function DistrustNote({ page }: { page: Page }) {
  if (!page.selfTest.distrusted.value) return null;
  const strings = text().selfTest;
  return (
    <div class="error-banner" role="alert">
      <p>
        <strong>{strings.distrusted}</strong> <a href={linkTo('about')}>{strings.see}</a>
      </p>
    </div>
  );
}

function message(state: SelfTestState): string {
  const strings = text().selfTest;
  if (state.kind === 'running') return strings.running(strings.networks[state.network]);
  if (state.kind === 'done') {
    if (!state.passed) return strings.distrusted;
    const agrees = state.checked.every(({ groups }) => groups.every(({ passed }) => passed));
    return agrees ? strings.passed : strings.passedWithFlips;
  }
  return '';
}

function groupName(group: string): string {
  const { groups } = text().selfTest;
  return Object.hasOwn(groups, group) ? groups[group as keyof typeof groups] : group;
}

/** How many flips are listed. */
const FLIPS_SHOWN = 5;

/** What float64 says of a network's passes; where something is wrong, or flipped, it is named as the command line does. */
function CertificateNote({ certificate }: { certificate: Certificate }) {
  const strings = text().selfTest.certificate;
  const { verdict, wrong, flips, flipped, passes } = certificate;
  return (
    <div class="hint">
      <p>{strings[verdict](passes, flipped)}</p>
      {wrong && <p lang="en">{wrongText(wrong)}</p>}
      {flips.length > 0 && (
        <ul lang="en">
          {flips.slice(0, FLIPS_SHOWN).map((flip) => (
            <li key={flipText(flip)}>{flipText(flip)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Result({ checked: { network, passed, groups, certificate } }: { checked: Checked }) {
  const strings = text().selfTest;
  const { decimal } = format();
  const times = (value: number | null) => (value === null ? '–' : strings.times(decimal(value, 1)));
  const table = (
    <ScrollRegion class="table-frame" label={strings.networks[network]}>
      <table class="checks">
        <caption>{`${strings.networks[network]}: ${passed ? strings.right : strings.wrong}`}</caption>
        <thead>
          <tr>
            {Object.values(strings.columns).map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map(({ group, tensors, error, allowed, timesFloat32, passed: right }) => (
            <tr key={group} class={right ? '' : 'bad'}>
              <th scope="row">{groupName(group)}</th>
              <td>{String(tensors)}</td>
              <td>{error === null ? strings.notANumber : error.toExponential(1)}</td>
              <td>{allowed.toExponential(1)}</td>
              <td>{times(timesFloat32)}</td>
              <td>{right ? strings.right : strings.wrong}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
  return (
    <div>
      {table}
      {certificate && <CertificateNote certificate={certificate} />}
    </div>
  );
}
