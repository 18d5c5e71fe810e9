import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import type { Session } from '../cli/src/session';
import { MODEL } from '../scripts/start/lifecycle';
import type { Figure } from './figure';
import { requestFile } from './sandbox-lifecycle';

const CALLS = 200;
const WARM_UP = 20;

/**
 * InvokeEndpoint as a caller sees it, beside the serving process alone: its address is private to the sandbox, which
 * counts the time between asking it and its answer as ModelLatency.
 */
export async function measureInvocations(session: Session, folder: string): Promise<Figure[]> {
  const { endpointName, contentType } = await session.model(MODEL);
  const runtime = await session.sageMakerRuntime();
  const Body = readFileSync(requestFile(folder));
  const command = () => new InvokeEndpointCommand({ EndpointName: endpointName, ContentType: contentType, Body });
  for (let call = 0; call < WARM_UP; call++) await runtime.send(command());
  const samples: number[] = [];
  const since = new Date();
  for (let call = 0; call < CALLS; call++) {
    const begun = performance.now();
    await runtime.send(command());
    samples.push(performance.now() - begun);
  }
  const model = await modelLatency(endpointName, since);
  const name = 'InvokeEndpoint, one row, one caller';
  return [{ name, unit: 'ms', samples, ...(model ? { peer: { name: 'serving process', samples: [model] } } : {}) }];
}

/** The mean of ModelLatency in milliseconds; undefined where the metric does not come within ten seconds. */
async function modelLatency(endpointName: string, since: Date): Promise<number | undefined> {
  const client = new CloudWatchClient({});
  for (let look = 0; look < 20; look++) {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/SageMaker',
        MetricName: 'ModelLatency',
        Dimensions: [
          { Name: 'EndpointName', Value: endpointName },
          { Name: 'VariantName', Value: 'AllTraffic' },
        ],
        // Metrics come by the minute: the calls before this one count as well, which are of the same kind.
        StartTime: new Date(Math.floor(since.getTime() / 60_000) * 60_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 60,
        Statistics: ['Sum', 'SampleCount'],
      }),
    );
    const count = Datapoints.reduce((sum, { SampleCount = 0 }) => sum + SampleCount, 0);
    if (count >= CALLS) return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0) / count / 1000;
    await sleep(500);
  }
  return undefined;
}
