// What a host or a worker can be asked to do. A job has a name, takes a request, may report events and gives an answer;
// everything outside the GPU's reach (clock, cancelling, progress) comes in its context, so a job knows neither DOM nor
// Node. A registry is jobs by name. A client needs only the registry's type (`JobsOf`), so it carries no handler.
//
// Requests, events and answers are plain data: JSON, typed arrays, maps, numbers that are not finite. Both transports
// (host.ts, worker-transport.ts) carry them whole, wherever in them the arrays are. Both ends are of one build, so
// what arrives is what the type says; a file of other origin inside a message is still checked by whoever reads it.
import { DenseNetError } from '../runtime/errors.ts';

export type HostName = 'chromium' | 'node' | 'deno' | 'browser';

export interface JobContext<Event = never, Question = never, Reply = never> {
  readonly gpu: GPU;
  readonly host: HostName;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Tells the client how far the job is. Events arrive in order, and all of them before the answer. */
  report(event: Event): void;
  /**
   * Asks the client for something that only it has, such as the pixels of a batch. A question may arrive twice, where its reply got
   * lost; several may be under way.
   * @throws what the client's `onAsk` throws, of the same class
   */
  ask(question: Question): Promise<Reply>;
  /** Aborted when the client no longer wants the answer. A job may end early then, with an answer or by throwing. */
  readonly signal: AbortSignal;
}

export interface Job<Name extends string, Request, Answer, Event, Question = never, Reply = never> {
  readonly name: Name;
  run(request: Request, context: JobContext<Event, Question, Reply>): Promise<Answer>;
}

export type AnyJob = Job<string, unknown, unknown, unknown, unknown, unknown>;

/**
 * A job. Its types are those of `run`: no parameter is a job without a request, no `JobContext<Event>` one without events,
 * `JobContext<Event, Question, Reply>` one that asks its client.
 * @__NO_SIDE_EFFECTS__
 */
export function defineJob<
  const Name extends string,
  Answer,
  Request = undefined,
  Event = never,
  Question = never,
  Reply = never,
>(
  name: Name,
  run: (request: Request, context: JobContext<Event, Question, Reply>) => Promise<Answer>,
): Job<Name, Request, Answer, Event, Question, Reply> {
  return { name, run };
}

/** Jobs by name. */
export type JobRegistry<Defined extends AnyJob = AnyJob> = { readonly [Each in Defined as Each['name']]: Each };

/**
 * Registries are put together by spreading them.
 * @__NO_SIDE_EFFECTS__
 */
export function jobRegistry<const Defined extends readonly AnyJob[]>(...jobs: Defined): JobRegistry<Defined[number]> {
  // `fromEntries` forgets which name has which job.
  return Object.fromEntries(jobs.map((job) => [job.name, job])) as JobRegistry<Defined[number]>;
}

/** @throws DenseNetError where no job has this name */
export function findJob(jobs: Readonly<Record<string, AnyJob>>, name: string): AnyJob {
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job) return job;
  throw new DenseNetError('config', `no job is called ${name}; there are ${Object.keys(jobs).join(', ')}`);
}

export interface RunOptions<Event, Question = never, Reply = never> {
  readonly onEvent?: ((event: Event) => void) | undefined;
  /** Replies to what the job asks. A job that asks a client without it fails. */
  readonly onAsk?: ((question: Question) => Promise<Reply>) | undefined;
  /** Tells the job that its answer is no longer wanted; the job decides how to end. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of any job: whoever has them hands events and questions on, and does not read them. */
export type AnyRunOptions = RunOptions<never, never, unknown>;

/** The client's reply to a job's question, whose type is the job's. @throws what `onAsk` throws; DenseNetError without it */
export async function answerOf({ onAsk }: AnyRunOptions, question: unknown): Promise<unknown> {
  if (!onAsk) throw new DenseNetError('config', 'the job asks for something, and this client has no onAsk');
  return onAsk(question as never);
}

/** What a client knows of a job. `args` are those of `JobClient.run` after the name. */
export interface JobType {
  readonly request: unknown;
  readonly answer: unknown;
  readonly event: unknown;
  readonly args: readonly [request?: unknown, options?: AnyRunOptions];
}

/** What a client knows of a registry: `type HostJobs = JobsOf<typeof hostJobs>`. */
export type JobsOf<Registry> = {
  readonly [Name in keyof Registry]: Registry[Name] extends Job<
    string,
    infer Request,
    infer Answer,
    infer Event,
    infer Question,
    infer Reply
  >
    ? {
        readonly request: Request;
        readonly answer: Answer;
        readonly event: Event;
        readonly args: undefined extends Request
          ? readonly [request?: Request, options?: RunOptions<Event, Question, Reply>]
          : readonly [request: Request, options?: RunOptions<Event, Question, Reply>];
      }
    : never;
};

/** Whoever runs jobs: a session with a host, a page's worker. */
export interface JobClient<Jobs extends Record<keyof Jobs, JobType>> {
  /** @throws what the job throws, of the same class; what the transport throws where the other end is gone */
  run<Name extends keyof Jobs & string>(name: Name, ...args: Jobs[Name]['args']): Promise<Jobs[Name]['answer']>;
  /** Never set: by it the compiler refuses a client where one of more jobs is wanted. */
  readonly jobs?: Jobs;
}
