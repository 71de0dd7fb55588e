// The panel of the network: which one is in use and what it is, weights of one's own, and those that the browser keeps.

import { useSignal } from '@preact/signals';
import type { UsedNetwork } from '../classify/stage.ts';
import type { TrainingRecord } from '../contract.ts';
import { ErrorBanner } from '../errors/error-banner.tsx';
import type { FileSelection } from '../images/file-selection.ts';
import { FileButton } from '../images/give-images.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { CompareLogits } from './compare-logits.tsx';
import { HUB_MODELS, type HubModel, MODEL_HUB } from './hub.ts';
import { Facts, factsOf, NetworkReport, someNames } from './network-facts.tsx';
import { SavedModels } from './saved-models-view.tsx';
import { WEIGHT_EXTENSIONS } from './weight-files.ts';

export function NetworkPanel({ page }: { page: Page }) {
  const strings = text().weights;
  const { networks } = page;
  const network = page.network.value;
  const own = networks.ownOf(network);
  const error = networks.error.value;
  const disabled = !network || networks.work.value !== undefined;
  const onSelect = ({ files }: FileSelection) => networks.take(files.map(({ file }) => file));
  return (
    <section class="panel weights" aria-labelledby="network-title">
      <h2 id="network-title">{strings.title}</h2>
      {network && <Used page={page} network={network} />}
      {network && own && <SeveralAtOnce page={page} network={network} />}
      <div class="row">
        <FileButton
          label={strings.open}
          accept={`${WEIGHT_EXTENSIONS},.json,.txt,.csv,.tsv,.gz`}
          disabled={disabled}
          onSelect={onSelect}
        />
        <FileButton label={strings.openFolder} folder disabled={disabled} onSelect={onSelect} />
        {own && !own.saved && (
          <button type="button" disabled={disabled} onClick={() => networks.save()}>
            {strings.save}
          </button>
        )}
        {own && (
          <button type="button" disabled={disabled} onClick={() => networks.useBundled()}>
            {text().network.back}
          </button>
        )}
      </div>
      <p class="hint">{strings.ways}</p>
      {MODEL_HUB && <FromHub page={page} disabled={disabled} />}
      <Progress page={page} />
      {error && <ErrorBanner error={error} />}
      <NewClassifier page={page} />
      <LeaveOut page={page} disabled={disabled} />
      {network && own && <NetworkReport report={network.loaded.report} />}
      {network && <CompareLogits page={page} network={network} />}
      <SavedModels page={page} />
    </section>
  );
}

function Used({ page, network }: { page: Page; network: UsedNetwork }) {
  const { source, loaded, name } = network;
  const strings = text();
  // Kept under another name where other weights had its own.
  const called = page.networks.ownOf(network)?.name ?? name;
  const title = source === 'bundled' ? strings.network.bundled : `${strings.network.own} ${called}.`;
  const learned = loaded.training
    ? sentence(loaded.training)
    : source === 'trained here'
      ? strings.weights.learnedHere
      : '';
  return (
    <div class="network">
      <p role="status">
        <strong>{title}</strong>
        {` ${learned}`}
      </p>
      <Facts rows={factsOf(loaded)} />
    </div>
  );
}

function sentence({ images, epochs, interrupted, validation }: TrainingRecord): string {
  const { learned, learnedUntilStopped } = text().network;
  const { count, percent } = format();
  const right = percent(validation, 1);
  return interrupted ? learnedUntilStopped(count(images), right) : learned(count(images), epochs, right);
}

function SeveralAtOnce({ page, network }: { page: Page; network: UsedNetwork }) {
  const strings = text().weights;
  const { networks } = page;
  const { multiLabel } = network.loaded;
  // What was clicked shows at once; the network follows when it is loaded anew.
  const asked = useSignal<boolean | undefined>(undefined);
  return (
    <div class="several">
      <label class="check">
        <input
          type="checkbox"
          checked={asked.value ?? multiLabel}
          disabled={networks.work.value !== undefined}
          aria-describedby="several-hint"
          onChange={async () => {
            const own = networks.own.peek();
            asked.value = !multiLabel;
            if (own) await networks.change(own, { multiLabel: !multiLabel });
            asked.value = undefined;
          }}
        />
        {strings.severalAtOnce}
      </label>
      <p id="several-hint" class="hint">
        {strings.severalHint}
      </p>
    </div>
  );
}

function Progress({ page }: { page: Page }) {
  const strings = text().weights;
  const work = page.networks.work.value;
  if (!work) return null;
  const { bytes } = format();
  const message = strings.progress(strings.working[work.what], work.name, bytes(work.bytes), bytes(work.of));
  return (
    <div class="row" role="group" aria-label={message}>
      <progress max={Math.max(work.of, 1)} value={work.bytes} aria-label={message} />
      <span>{message}</span>
      {/* The engine takes weights whole: there is nothing to stop while it does. */}
      {work.what !== 'recognising' && (
        <button type="button" onClick={() => page.networks.cancel()}>
          {strings.cancel}
        </button>
      )}
    </div>
  );
}

function FromHub({ page, disabled }: { page: Page; disabled: boolean }) {
  const strings = text().weights;
  const chosen = useSignal<HubModel>(HUB_MODELS[0]);
  return (
    <div class="row">
      <label>
        {`${strings.hub} `}
        <select
          value={chosen.value}
          onChange={({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) => {
            chosen.value = HUB_MODELS.find((model) => model === currentTarget.value) ?? HUB_MODELS[0];
          }}
        >
          {HUB_MODELS.map((model) => (
            <option key={model} value={model}>
              {model}
            </option>
          ))}
        </select>
      </label>
      <button type="button" disabled={disabled} onClick={() => page.networks.takeFromHub(chosen.value)}>
        {strings.fetch}
      </button>
    </div>
  );
}

/** For weights of which not everything is computed: an explicit wish, as results may differ. */
function LeaveOut({ page, disabled }: { page: Page; disabled: boolean }) {
  const strings = text().weights;
  const partial = page.networks.partial.value;
  if (!partial) return null;
  const { network, names } = partial;
  const onClick = () => page.networks.change(network, { ignore: [...(network.request.ignore ?? []), ...names] });
  return (
    <div class="row">
      <span>{`${network.name}: ${strings.partial(someNames(names))}`}</span>
      <button type="button" disabled={disabled} onClick={onClick}>
        {strings.leaveOut}
      </button>
    </div>
  );
}

/** For weights without a classifier: an explicit wish, as it has learned nothing. */
function NewClassifier({ page }: { page: Page }) {
  const strings = text().weights;
  const classes = useSignal(2);
  const headless = page.networks.headless.value;
  if (!headless) return null;
  return (
    <form
      class="row"
      onSubmit={(event: Event) => {
        event.preventDefault();
        page.networks.change(headless, { newClassifier: { classes: classes.value } });
      }}
    >
      <span>{`${headless.name}: ${strings.headless}`}</span>
      <label>
        {`${strings.headlessClasses} `}
        <input
          type="number"
          min={1}
          max={65536}
          step={1}
          required
          value={classes.value}
          onInput={({ currentTarget }: Event & { currentTarget: HTMLInputElement }) => {
            classes.value = currentTarget.valueAsNumber;
          }}
        />
      </label>
      <button type="submit" disabled={page.networks.work.value !== undefined}>
        {strings.makeClassifier}
      </button>
    </form>
  );
}
