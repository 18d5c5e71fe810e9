import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ensurePython } from 'cdk-mlops-sandbox';
import { beforeAll, describe, expect, it } from 'vitest';

const SANDBOX = resolve(import.meta.dirname, '../../sandbox');
let python: string;
beforeAll(async () => {
  ({ python } = await ensurePython());
});

/** What a Python program prints that has the plugin on its path. */
async function printed(program: string): Promise<string> {
  const code = `import sys; sys.path.insert(0, ${JSON.stringify(SANDBOX)})\n${program}`;
  const env = { ...process.env, GATEWAY_PORT: '1', MINISTACK_HOST: '127.0.0.1' };
  return (await promisify(execFile)(python, ['-c', code], { env })).stdout.trim();
}

describe('the extension points of MiniStack', () => {
  it('are all there, with the signatures that the plugin needs', async () => {
    const count = await printed('from plugin import contract\ncontract.check()\nprint(len(contract.POINTS))');
    expect(Number(count)).toBeGreaterThan(50);
  });

  it('are refused by name where one is missing or differs', async () => {
    const message = await printed(`
from plugin import contract, gaps
gaps.load()
contract.point("app", "_NO_SUCH_NAME", dict)
contract.point("services.stepfunctions", "_stop_execution", ("other",))
try: contract.check()
except contract.ContractError as error: print(error)`);
    expect(message).toContain('app._NO_SUCH_NAME is missing');
    expect(message).toContain('services.stepfunctions._stop_execution takes data; expected other');
  });

  it('are not even looked at in another version', async () => {
    const message = await printed(`
from plugin import contract
contract.VERSION = "9.9.9"
try: contract.check()
except contract.ContractError as error: print(error)`);
    expect(message).toContain('written for MiniStack 9.9.9; 1.5.33 is installed');
  });

  it("include the texts of MiniStack's Node worker that the plugin replaces", async () => {
    const program = `
from ministack.core import lambda_runtime
from plugin.gaps import function_environment as gap
print(lambda_runtime._NODEJS_WORKER_SCRIPT.count(gap._ERROR), lambda_runtime._NODEJS_WORKER_SCRIPT.count(gap._THROWN))`;
    expect(await printed(program)).toBe('1 1');
  });

  it('belong to gaps that are all installed', () => {
    const modules = readdirSync(join(SANDBOX, 'plugin/gaps')).filter((file) => /^[a-z].*\.py$/.test(file));
    const listed = readFileSync(join(SANDBOX, 'plugin/gaps/__init__.py'), 'utf8');
    for (const file of modules) expect(listed).toContain(`"${file.replace('.py', '')}"`);
  });
});

describe('metric math', () => {
  const evaluate = (expression: string) =>
    printed(`
import json
from plugin.metric_math import MetricMathError, evaluate
series = {"errors": {60: 2.0, 120: 4.0}, "calls": {60: 0.0, 120: 8.0}}
try: print(json.dumps(evaluate(${JSON.stringify(expression)}, series, [60, 120, 180])))
except MetricMathError as error: print(error)`);

  it.each([
    ['errors / calls * 100', { 120: 50 }],
    ['FILL(errors, 0)', { 60: 2, 120: 4, 180: 0 }],
    ['FILL(errors, REPEAT)', { 60: 2, 120: 4, 180: 4 }],
    ['IF(calls > 5, errors, 0)', { 60: 0, 120: 4 }],
    ['SUM([errors, calls])', { 60: 2, 120: 12 }],
    ['MAX(METRICS())', { 60: 2, 120: 8 }],
    ['errors > 1 AND calls > 1', { 60: 0, 120: 1 }],
    ['errors ^ 2', { 60: 4, 120: 16 }],
  ])('%s', async (expression, series) => {
    expect(JSON.parse(await evaluate(expression))).toEqual(series);
  });

  it('says what it does not know', async () => {
    expect(await evaluate('ANOMALY_DETECTION_BAND(errors)')).toContain('ANOMALY_DETECTION_BAND() is not supported');
  });
});

it('waits before a retry as its retrier says', async () => {
  const program = `
import json
from plugin.gaps.executions import retry_delay
retrier = {"IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10}
jittered = [retry_delay({**retrier, "JitterStrategy": "FULL"}, 2) for _ in range(50)]
print(json.dumps([retry_delay(retrier, 0), retry_delay(retrier, 1), retry_delay(retrier, 2), max(jittered) <= 10, len(set(jittered)) > 1]))`;
  expect(JSON.parse(await printed(program))).toEqual([2, 6, 10, true, true]);
});
