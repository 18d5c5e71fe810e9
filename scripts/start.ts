/**
 * `npm start`: the whole lifecycle on this machine. Sandbox up, the healthcare example deployed by the real CDK, its data
 * pushed, a model trained, judged, approved, deployed and asked. Run again it goes on from what is there. The sandbox is
 * left running; `npm start -- --fresh` forgets what was there before.
 */
import { relative } from 'node:path';
import { Output } from '../cli/src/output';
import { translate } from '../cli/src/translate';
import { bringUp, deployExample, writeData } from './start/bring-up';
import { goOn, MODEL, push } from './start/lifecycle';
import { predict } from './start/prediction';
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

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const { stdout } = process;
const color = stdout.isTTY === true && !process.env.NO_COLOR;
const out = new Output({ stdout, stderr: stdout, json: false, color });
const unknown = process.argv.slice(2).filter((argument) => argument !== '--fresh');

if (unknown.length > 0) {
  out.error(`Unknown argument: ${unknown.join(' ')}`, 'npm start takes --fresh only: npm start -- --fresh');
  process.exitCode = 2;
} else {
  start(out, process.argv.includes('--fresh')).then(
    () => process.exit(0),
    (error: unknown) => {
      const { message, hint, exitCode } = translate(error, { kind: 'sandbox' });
      out.error(message, hint);
      process.exit(exitCode);
    },
  );
}
