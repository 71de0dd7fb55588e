// The project as the page sees it: classes, images, settings, network and curves as one file, and back. Opening one takes the place of
// the classes that are there, which can be undone; a file that cannot be read changes nothing.

import { batch, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { ConfigError } from '../../src/runtime/errors.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import { download } from '../files.ts';
import type { Networks } from '../network/networks.ts';
import { storageName } from '../storage/storage-error.ts';
import type { Training } from '../train/training.ts';
import type { Project, ProjectNetwork, ProjectRun } from './project-file.ts';

export interface ProjectOwner {
  readonly training: Training;
  readonly networks: Pick<Networks, 'own' | 'open' | 'error'>;
  /** While the engine is opened, which ends with a network in use. */
  readonly opening: ReadonlySignal<unknown>;
}

const ENDING = '.densenet.zip';

/** Whether a file is called as a project; browsers number a second download. */
export const isProjectName = (name: string): boolean => /\.densenet(\s?\(\d+\))?\.zip$/i.test(name);

/** What a file brought. */
export interface Opened {
  readonly name: string;
  readonly classes: number;
  readonly images: number;
  readonly network: boolean;
}

export class ProjectState {
  readonly work: Signal<'saving' | 'opening' | undefined> = signal();
  readonly opened: Signal<Opened | undefined> = signal();
  readonly error: Signal<PageError | undefined> = signal();

  private last: Promise<void> = Promise.resolve();

  constructor(private readonly owner: ProjectOwner) {}

  /** Whether there is anything of the visitor's own to save. */
  readonly isEmpty = (): boolean =>
    this.owner.training.data.own.classes.value.length === 0 &&
    this.owner.networks.own.value === undefined &&
    this.owner.training.progress.value === undefined;

  /** Downloads what is here as one file. */
  async save(): Promise<void> {
    await this.working('saving', async () => {
      const { writeProject } = await import('./project-file.ts');
      const project = this.current();
      download(storageName(project.name || 'project') + ENDING, await writeProject(project));
    });
  }

  /** What the file holds takes the place of what is here. */
  async open(file: File): Promise<void> {
    await this.working('opening', async () => {
      const { openProject } = await import('./project-file.ts');
      const { name, classes, form, network, run } = await openProject(file);
      const { training, networks } = this.owner;
      if (training.active)
        throw new ConfigError('project', file.name, 'cannot be opened while a training runs: stop or pause it first');
      await training.data.choose('own');
      batch(() => {
        training.data.own.replace(name, classes);
        training.changes.value = form;
        training.show(run);
      });
      const images = classes.reduce((sum, { examples }) => sum + examples.length, 0);
      if (network) await this.engineIsOpen();
      if (network) await networks.open(network.name, network.weights, network.request);
      // What is wrong with its network stands with the networks.
      const inUse = network !== undefined && networks.error.peek() === undefined;
      this.opened.value = { name: file.name, classes: classes.length, images, network: inUse };
    });
  }

  /** When the engine is open, or could not be opened: what it opens with would take the place of another network. */
  private engineIsOpen(): Promise<void> {
    return new Promise((resolve) => {
      const dispose = effect(() => {
        if (this.owner.opening.value) return;
        resolve();
        queueMicrotask(() => dispose());
      });
    });
  }

  private current(): Project {
    const { training } = this.owner;
    const { name, classes } = training.data.own.stored();
    return {
      name:
        name ||
        classes
          .map((own) => own.name)
          .join(', ')
          .slice(0, 60),
      classes,
      form: training.changes.peek(),
      network: this.network(),
      run: this.run(),
    };
  }

  /** What was trained last, else what is in use, where it did not come with the page. */
  private network(): ProjectNetwork | undefined {
    const state = this.owner.training.state.peek();
    if (state.kind === 'done') {
      const name = 'name' in state.saved ? state.saved.name : 'trained';
      return { name, weights: new Blob([state.trained.checkpoint]), request: {} };
    }
    const own = this.owner.networks.own.peek();
    return own && { name: own.name, weights: own.weights, request: own.request };
  }

  private run(): ProjectRun | undefined {
    const { subject, progress } = this.owner.training;
    const [of, points] = [subject.peek(), progress.peek()];
    if (!of || !points) return undefined;
    const { title, config, images } = of;
    return { dataName: title.dataName, started: title.started, config, images, progress: points };
  }

  /** One after the other: a file that is dropped while another is opened waits for it. */
  private working(what: 'saving' | 'opening', act: () => Promise<void>): Promise<void> {
    this.last = this.last.then(() => this.now(what, act));
    return this.last;
  }

  private async now(what: 'saving' | 'opening', act: () => Promise<void>): Promise<void> {
    batch(() => {
      this.work.value = what;
      this.error.value = undefined;
      this.opened.value = undefined;
    });
    try {
      await act();
    } catch (error) {
      this.error.value = pageError(error);
    } finally {
      this.work.value = undefined;
    }
  }
}
