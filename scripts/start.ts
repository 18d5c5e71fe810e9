/**
 * `npm start`: the whole lifecycle on this machine. Sandbox up, the healthcare example deployed by the real CDK, its data
 * pushed, a model trained, judged, approved, deployed and asked. Run again it goes on from what is there. The sandbox is
 * left running; `npm start -- --fresh` forgets what was there before.
 */
import { relative } from 'node:path';
import type { Output } from '../cli/src/output';
import { bringUp, deployExample, writeData } from './start/bring-up';
import { goOn, MODEL, push } from './start/lifecycle';
import { predict } from './start/prediction';
import { runScript } from './start/run-script';
import { stage } from './start/stage';
import { summary } from './start/summary';

async function start(out: Output, fresh: boolean): Promise<void> {
  const { session, sandbox, python } = await bringUp(out, fresh);
  await deployExample(out, session);
  const file = await stage(out, 'Example data written', () => writeData(python));
  const data = await push(session, file);
  const same = data.isNew ? '' : ', unchanged';
  out.info(`${out.color.green('✓')} Data: ${data.dataset} version ${data.version}${same}`);
  const served = await goOn(out, session, data);
  const registry = await session.registry();
  const [version, directory] = await Promise.all([registry.modelVersion(MODEL, served), session.model(MODEL)]);
  const run = version.runId ? await registry.run(version.runId) : undefined;
  const prediction = await predict(session, version, file);
  const text = summary({
    version,
    prediction,
    ...(run?.costUsd === undefined ? {} : { costUsd: run.costUsd }),
    ...(directory.instanceTypes.endpoint ? { endpointInstance: directory.instanceTypes.endpoint } : {}),
    endpoint: sandbox.endpoint,
    requestFile: relative(process.cwd(), prediction.file),
  });
  out.result(undefined, () => text);
}

runScript('npm start', start);
