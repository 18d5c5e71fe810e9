import { duration } from '../../cli/src/format';
import type { Output } from '../../cli/src/output';

/** Does one stage, and writes its name with the time that it took. */
export async function stage<T>(out: Output, name: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  out.transient(`… ${name}`);
  const result = await work();
  out.info(`${out.color.green('✓')} ${name} ${out.color.dim(duration((performance.now() - begun) / 1000))}`);
  return result;
}
