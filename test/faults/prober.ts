import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeEndpointCommand, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';

const PAUSE_MS = 400;
const answerOf = (mark: number): string => (0.75 + mark).toFixed(6);

/** Asks the champion's endpoint all the time: it must answer always, and as one of the versions that may serve. */
export class Prober {
  private readonly wrong = new Map<string, { times: number; since: string }>();
  private allowed = new Set<string>();
  private running = false;
  private loop?: Promise<void>;

  constructor(
    private readonly client: SageMakerRuntimeClient,
    private readonly endpoint: string,
  ) {}

  /** Only the version with this mark may answer. */
  allow(mark: number): void {
    this.allowed = new Set([answerOf(mark)]);
  }

  alsoAllow(mark: number): void {
    this.allowed.add(answerOf(mark));
  }

  /** What was wrong, how often and since when. */
  get problems(): string[] {
    return [...this.wrong].map(([what, { times, since }]) => `the endpoint ${what} (${times} times since ${since})`);
  }

  forget(): void {
    this.wrong.clear();
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.loop = this.ask();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async ask(): Promise<void> {
    while (this.running) {
      const at = new Date().toISOString();
      try {
        const answer = await this.predict();
        if (!this.allowed.has(answer)) this.note(`answered ${answer}, not ${[...this.allowed].join(' or ')}`, at);
      } catch (error) {
        this.note(`did not answer: ${(error as Error).name}: ${(error as Error).message}`, at);
      }
      await sleep(PAUSE_MS);
    }
  }

  private note(what: string, since: string): void {
    const before = this.wrong.get(what);
    if (before) before.times++;
    else this.wrong.set(what, { times: 1, since });
  }

  /** The endpoint's answer to one row. */
  private async predict(): Promise<string> {
    const answer = await this.client.send(
      new InvokeEndpointCommand({ EndpointName: this.endpoint, ContentType: 'text/csv', Body: '120,41\n' }),
    );
    return Buffer.from(answer.Body).toString().trim();
  }
}
