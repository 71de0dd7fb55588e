// The fieldsets of the Train form: where the weights start, and of a new network its shape; then how it is trained, what
// everybody decides first, and folded away what has a default that does. Selects offer what the domain's tables have.

import { PORTABLE_PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import { STEM_KINDS } from '../../src/densenet/stems.ts';
import { OPTIMIZER_KINDS } from '../../src/densenet/train/optimizers.ts';
import { text } from '../text/text.ts';
import { Check, Radios, Select, TextInput } from './fields.tsx';
import type { Form } from './form.ts';
import { shapeFields } from './form-defaults.ts';
import type { FormState } from './form-state.ts';
import { networksFor, PAPER_NAMES } from './networks.ts';
import { OFFERED_SCHEDULES } from './offered-schedules.ts';

interface Props {
  readonly state: FormState;
  readonly disabled: boolean;
}

export function StartFields({ state, disabled }: Props) {
  const strings = text().train;
  return (
    <fieldset>
      <legend>{strings.fields.start.label}</legend>
      <Radios<'start'>
        field="start"
        state={state}
        disabled={disabled}
        options={[
          ['scratch', strings.starts.scratch.label, strings.starts.scratch.hint],
          ['fine-tune', strings.starts.fineTune.label, strings.starts.fineTune.hint],
        ]}
      />
      {state.form.start === 'fine-tune' && <FineTuneFields state={state} disabled={disabled} />}
    </fieldset>
  );
}

const TRAINABLE = ['classifier', 'last-block', 'all'] as const satisfies readonly Form['trainable'][];

function FineTuneFields({ state, disabled }: Props) {
  const { fields, parts } = text().train;
  return (
    <div class="within">
      <p>{fields.trainable.label}</p>
      <Radios<'trainable'>
        field="trainable"
        state={state}
        disabled={disabled}
        options={TRAINABLE.map((part) => [part, parts[part].label, parts[part].hint] as const)}
      />
      <div class="fields">
        <TextInput field="dropout" state={state} disabled={disabled} />
      </div>
    </div>
  );
}

export function NetworkFields({ state, disabled }: Props) {
  const strings = text().train;
  const { size } = state.context;
  const shared = { state, disabled };
  return (
    <fieldset>
      <legend>{strings.network}</legend>
      <p class="hint">{strings.networkHint}</p>
      <div class="fields">
        <Select<'network'>
          field="network"
          {...shared}
          options={[
            ...networksFor(size).map((name) => [name, { ...strings.networks, ...PAPER_NAMES }[name]] as const),
            ['own', strings.networks.own] as const,
          ]}
          onChoose={(name) => state.change(name === 'own' ? { network: name } : shapeFields(name))}
        />
        <TextInput field="growthRate" shape {...shared} />
        <TextInput field="blocks" shape {...shared} />
        <TextInput field="bottleneckWidth" shape {...shared} />
        <TextInput field="compression" shape {...shared} />
        <TextInput field="initialChannels" shape {...shared} />
        <Select<'stem'>
          field="stem"
          {...shared}
          options={STEM_KINDS.map((stem) => [stem, strings.stems[stem]] as const)}
          onChoose={(stem) => state.change({ stem, network: 'own' })}
        />
        <TextInput field="dropout" {...shared} />
        {!size && <TextInput field="size" {...shared} />}
        {!size && (
          <Select<'colours'>
            field="colours"
            {...shared}
            options={[
              ['colour', strings.colours.colour],
              ['grey', strings.colours.grey],
            ]}
          />
        )}
      </div>
    </fieldset>
  );
}

export function HyperparameterFields({ state, disabled }: Props) {
  const strings = text().train;
  const shared = { state, disabled };
  return (
    <fieldset>
      <legend>{strings.hyperparameters}</legend>
      <div class="fields">
        <TextInput field="images" {...shared} />
        <TextInput field="epochs" {...shared} />
        <TextInput field="batch" {...shared} />
        <TextInput field="learningRate" {...shared} />
      </div>
      <details>
        <summary>{strings.more}</summary>
        <div class="fields">
          <Select<'optimizer'>
            field="optimizer"
            {...shared}
            options={OPTIMIZER_KINDS.map((kind) => [kind, strings.optimizers[kind]] as const)}
          />
          <Select<'schedule'>
            field="schedule"
            {...shared}
            options={OFFERED_SCHEDULES.map((name) => [name, strings.schedules[name]] as const)}
          />
          <TextInput field="accumulate" {...shared} />
          <TextInput field="warmup" {...shared} />
          <TextInput field="weightDecay" {...shared} />
          <TextInput field="labelSmoothing" {...shared} />
          <TextInput field="shift" {...shared} />
          <TextInput field="seed" {...shared} />
          <TextInput field="memory" {...shared} />
          <Check<'mirror'> field="mirror" values={[false, true]} {...shared} />
          <Check<'recompute'> field="recompute" values={[false, true]} {...shared} />
          <Check<'precision'> field="precision" values={PORTABLE_PRECISIONS} {...shared} />
        </div>
      </details>
    </fieldset>
  );
}
