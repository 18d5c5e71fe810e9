import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printed, SANDBOX } from './support/plugin';

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

it('waits before a retry as its retrier says', async () => {
  const program = `
import json
from plugin.gaps.executions import retry_delay
retrier = {"IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10}
jittered = [retry_delay({**retrier, "JitterStrategy": "FULL"}, 2) for _ in range(50)]
print(json.dumps([retry_delay(retrier, 0), retry_delay(retrier, 1), retry_delay(retrier, 2), max(jittered) <= 10, len(set(jittered)) > 1]))`;
  expect(JSON.parse(await printed(program))).toEqual([2, 6, 10, true, true]);
});

it('ends the workers of functions that nobody calls, the first of each too, and none that works', async () => {
  const program = `
import json, time
from types import SimpleNamespace as Worker
from ministack.core import lambda_runtime
from plugin.gaps import function_environment as gap
worker = lambda name, age, in_use=False: Worker(name=name, last_used=time.time() - age, in_use=in_use)
lambda_runtime._workers.update({"a": [worker("old", 99), worker("fresh", 1)], "b": [worker("alone", 99)], "c": [worker("busy", 99, True)]})
ended = []
lambda_runtime.kill_workers = ended.extend
gap._reap(60)
print(json.dumps([sorted(each.name for each in ended), sorted(lambda_runtime._workers)]))`;
  expect(JSON.parse(await printed(program))).toEqual([
    ['alone', 'old'],
    ['a', 'c'],
  ]);
});
