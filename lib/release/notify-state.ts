import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { SnsPublish } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { TOPIC_RETRIES } from '../platform/state-machine/retries';
import { jsonata, WHOLE_INPUT } from '../platform/state-machine/states';
import type { ReleaseSpec } from './contract';

/** Tells a topic which version serves now: names only, nothing that only some may read. */
export function notifyState(scope: Construct, spec: ReleaseSpec, topic: ITopic): SnsPublish {
  const notify = SnsPublish.jsonata(scope, 'Notify', {
    topic,
    subject: `Model ${spec.model}: a new version serves`,
    message: TaskInput.fromText(
      jsonata(
        `'Version ' & $string($states.input.version) & ' of the model ${spec.model} now serves at the endpoint ` +
          `${spec.hosting.endpointName}. Release: ' & $states.input.releaseId`,
      ),
    ),
    outputs: WHOLE_INPUT,
    taskTimeout: Timeout.duration(Duration.minutes(1)),
  });
  for (const retry of TOPIC_RETRIES) notify.addRetry(retry);
  return notify;
}
