// What is on the screen as one value: a picture, the network in use, and what that network makes of that picture. None of
// the three changes without the others: a number never stands beside the names of another network. Pure.

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { LoadedNetwork } from '../contract.ts';
import type { Classification } from '../engine.ts';
import type { PageError } from '../errors/page-error.ts';
import type { Picture } from './picture.ts';

export interface UsedNetwork {
  readonly source: 'bundled' | 'trained here' | 'file';
  /** Of its file, without the extension. */
  readonly name: string;
  readonly loaded: LoadedNetwork;
}

export interface Shown {
  readonly picture: Picture;
  /** Whose answer `result` is; undefined before the first is loaded. */
  readonly network: UsedNetwork | undefined;
  /** Undefined until `network` has answered to `picture`. */
  readonly result: Classification | undefined;
  /** Why there is none: its answer is not a number. */
  readonly problem: PageError | undefined;
  /** Place in `result.top` of the class whose map is shown. */
  readonly chosen: number;
}

/** What a network makes of a picture: an answer, or why it is none. */
export type Answer = Classification | { readonly problem: PageError };

/** A question to the network: its answer counts only as long as it is the last one. */
export interface Question {
  readonly picture: Picture;
  readonly network: UsedNetwork;
}

interface State extends Omit<Shown, 'picture'> {
  readonly picture: Picture | undefined;
  /** What is waited for; of the webcam nothing is. */
  readonly question: Question | undefined;
}

const NOTHING: State = {
  picture: undefined,
  network: undefined,
  result: undefined,
  problem: undefined,
  chosen: 0,
  question: undefined,
};

export class Stage {
  private readonly state: Signal<State> = signal(NOTHING);
  private turns = 0;
  readonly network: ReadonlySignal<UsedNetwork | undefined> = computed(() => this.state.value.network);
  readonly shown: ReadonlySignal<Shown | undefined> = computed(() => {
    const { picture, network, result, problem, chosen } = this.state.value;
    return picture && { picture, network, result, problem, chosen };
  });
  /** An answer is waited for. */
  readonly asking: ReadonlySignal<boolean> = computed(() => this.state.value.question !== undefined);
  /** The picture whose answer is waited for. */
  readonly asked: ReadonlySignal<Picture | undefined> = computed(() => this.state.value.question?.picture);

  /** Counts networks and questions: an answer to the webcam that was begun before another of them is too late. */
  get turn(): number {
    return this.turns;
  }

  /** Another network: the picture stays, and what was said of it goes, as do answers that are on their way. */
  use(network: UsedNetwork): void {
    this.turns++;
    this.change({ network, result: undefined, problem: undefined, chosen: 0, question: undefined });
  }

  /** The first picture, before there is a network. */
  begin(picture: Picture): void {
    if (!this.state.peek().picture) this.change({ picture });
  }

  /** What is shown stays until the answer is there. Undefined without a network. */
  ask(picture: Picture): Question | undefined {
    this.turns++;
    const { network } = this.state.peek();
    const question = network && { picture, network };
    this.change({ question });
    return question;
  }

  isAsked(question: Question): boolean {
    return this.state.peek().question === question;
  }

  /**
   * Shows an answer, unless the question is not the last one any more.
   * @param picture as the network saw it
   */
  answer(question: Question, picture: Picture, answer: Answer): boolean {
    if (!this.isAsked(question)) return false;
    this.change({ picture, ...partsOf(answer), chosen: 0, question: undefined });
    return true;
  }

  /**
   * Shows an answer to a picture of the webcam, unless another network came into use or a still picture was asked for since
   * `turn`; the map stays that of the class that was chosen before.
   */
  answerLive(turn: number, picture: Picture, answer: Answer): boolean {
    if (turn !== this.turns) return false;
    const before = this.state.peek();
    const label = before.picture?.live && before.chosen > 0 ? before.result?.top[before.chosen]?.label : undefined;
    const parts = partsOf(answer);
    const place = parts.result?.top.findIndex((ranked) => ranked.label === label) ?? 0;
    this.change({ picture, ...parts, chosen: Math.max(0, place) });
    return true;
  }

  /** Nothing is waited for any more. */
  giveUp(): void {
    this.change({ question: undefined });
  }

  choose(chosen: number): void {
    this.change({ chosen });
  }

  private change(change: Partial<State>): void {
    this.state.value = { ...this.state.peek(), ...change };
  }
}

const partsOf = (answer: Answer): Pick<Shown, 'result' | 'problem'> =>
  'problem' in answer ? { result: undefined, problem: answer.problem } : { result: answer, problem: undefined };
