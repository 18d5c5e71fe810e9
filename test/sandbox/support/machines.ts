import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { clientConfig, type TestSandbox } from '../../support/sandbox';
import { eventually } from './eventually';

/** Runs state machines that a test writes down, under names of its own. */
export class Machines {
  readonly sfn: SFNClient;
  private count = 0;

  constructor(
    private readonly sandbox: TestSandbox,
    private readonly prefix: string,
    private readonly role = 'tested',
  ) {
    this.sfn = new SFNClient(clientConfig(sandbox));
  }

  /** Starts an execution of a new machine and answers its ARN. */
  async start(definition: object, input: unknown = {}): Promise<string> {
    const { stateMachineArn } = await this.sfn.send(
      new CreateStateMachineCommand({
        name: `${this.prefix}-${this.count++}`,
        definition: JSON.stringify(definition),
        roleArn: `arn:aws:iam::${this.sandbox.accountId}:role/${this.role}`,
      }),
    );
    const started = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
    return (await this.sfn.send(started)).executionArn!;
  }

  finished(executionArn: string): Promise<DescribeExecutionOutput> {
    return eventually(async () => {
      const described = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      return described.status === 'RUNNING' ? undefined : described;
    });
  }

  /** The output of an execution, which must succeed. */
  async output(definition: object, input: unknown = {}) {
    const { status, output, error, cause } = await this.finished(await this.start(definition, input));
    if (status !== 'SUCCEEDED') throw new Error(`${status}: ${error}: ${cause}`);
    return JSON.parse(output!);
  }
}
