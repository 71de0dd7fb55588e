// The networks that the browser keeps: to use, and to delete, which can be undone.

import { HeadRow } from '../../ui/head-row.tsx';
import { ScrollRegion } from '../../ui/scroll-region.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { SavedModel } from './saved-models.ts';

export function SavedModels({ page }: { page: Page }) {
  const strings = text().weights;
  const { saved, space } = page.networks;
  const { bytes } = format();
  const { columns } = strings;
  return (
    <div class="saved-models">
      <h3 id="saved-models-title">{strings.saved}</h3>
      {saved.value.length === 0 ? (
        <p class="hint">{strings.none}</p>
      ) : (
        <ScrollRegion class="scroll" labelledBy="saved-models-title">
          <table aria-labelledby="saved-models-title">
            <HeadRow names={[columns.name, columns.size, columns.classes, 'SHA-256', columns.actions]} />
            <tbody>
              {saved.value.map((network) => (
                <SavedModelRow key={network.name} page={page} network={network} />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      {space.value && saved.value.length > 0 && (
        <p class="hint">{strings.space(bytes(space.value.used), bytes(space.value.allowed))}</p>
      )}
    </div>
  );
}

interface RowProps {
  readonly page: Page;
  readonly network: SavedModel;
}

function SavedModelRow({ page, network }: RowProps) {
  const strings = text().weights;
  const { networks } = page;
  const { bytes, count } = format();
  const { name, description } = network;
  const own = networks.ownOf(page.network.value);
  const inUse = own?.saved === true && own.name === name;
  const disabled = networks.work.value !== undefined || !page.network.value;
  const hash = description?.sha256 ?? '';
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="number">{bytes(network.bytes)}</td>
      <td class="number">{description ? count(description.classes) : ''}</td>
      <td>
        <code title={hash} class="hash">
          {hash}
        </code>
      </td>
      <td>
        {inUse ? (
          <strong>{strings.inUse}</strong>
        ) : (
          <button
            type="button"
            disabled={disabled}
            aria-label={strings.useNamed(name)}
            onClick={() => networks.use(name)}
          >
            {strings.use}
          </button>
        )}{' '}
        <button
          type="button"
          disabled={disabled}
          aria-label={strings.removeNamed(name)}
          onClick={() => networks.remove(name)}
        >
          {strings.remove}
        </button>
      </td>
    </tr>
  );
}
