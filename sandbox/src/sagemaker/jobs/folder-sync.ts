import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Scope } from '../api/scope';
import { filesIn, joinS3, type S3 } from '../aws/s3';

const EVERY_MS = 3_000;
/** How AWS's containers name a file that is still being written. */
const UNFINISHED = '.sagemaker-ignore';

/** Copies new and changed files of a folder to S3 while a job runs: checkpoints and continuous outputs. */
export class FolderSync {
  private readonly sent = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private passing: Promise<void> = Promise.resolve();

  constructor(
    private readonly s3: S3,
    private readonly scope: Scope,
    private readonly dir: string,
    private readonly uri: string,
    private readonly onError: (error: unknown) => void,
    private readonly kmsKeyId?: string,
  ) {}

  /** Takes the files that are there now as sent already, and begins. */
  async start(): Promise<void> {
    for (const file of await filesIn(this.dir)) this.sent.set(file, await stamp(file));
    this.schedule();
  }

  /** Sends what is left; throws if that fails. */
  async finish(): Promise<void> {
    clearTimeout(this.timer);
    await this.passing;
    clearTimeout(this.timer);
    await this.pass();
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.passing = this.pass()
        .catch(this.onError)
        .finally(() => this.schedule());
    }, EVERY_MS).unref();
  }

  private async pass(): Promise<void> {
    for (const file of await filesIn(this.dir)) {
      if (file.endsWith(UNFINISHED)) continue;
      const now = await stamp(file).catch(() => undefined);
      if (now === undefined || this.sent.get(file) === now) continue;
      const uri = joinS3(this.uri, relative(this.dir, file).split(sep).join('/'));
      // A file that the process has deleted since is none to send.
      await this.s3.upload(this.scope, file, uri, this.kmsKeyId).catch((error) => {
        if (error.code !== 'ENOENT') throw error;
      });
      this.sent.set(file, now);
    }
  }
}

async function stamp(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${size}/${mtimeMs}`;
}
