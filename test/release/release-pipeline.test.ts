import validateAsl from 'asl-validator';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { Approval } from '../../lib/release/approval';
import { hasLocalStorage } from '../../lib/release/sagemaker-requests';
import { stateMachinesOf } from '../../scripts/state-machines';
import { pipelineStack, type StackOptions } from './pipeline-stack';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: { BackoffRate: number; MaxDelaySeconds: number; JitterStrategy: string }[];
  readonly Catch?: { ErrorEquals: string[]; Next: string }[];
  readonly Arguments?: Record<string, unknown>;
  readonly Next?: string;
}
type Statement = { Action: string | string[]; Resource: unknown; Condition?: object };

const build = (options: StackOptions = {}) => {
  const template = Template.fromStack(pipelineStack(options).stack);
  const [machine] = stateMachinesOf(template.toJSON());
  return { template, definition: machine!.definition as { States: Record<string, State> } };
};
const manual = (): StackOptions => ({
  release: (stack) => ({
    approval: Approval.manual({ timeout: Duration.days(2), topic: new Topic(stack, 'Approvers') }),
    notifications: new Topic(stack, 'Notifications'),
  }),
});
const tasks = (states: Record<string, State>) => Object.entries(states).filter(([, { Type }]) => Type === 'Task');
const statementsWith = (template: Template, action: string) =>
  Object.entries(template.findResources('AWS::IAM::Policy')).flatMap(([id, { Properties }]) =>
    (Properties.PolicyDocument.Statement as Statement[])
      .filter(({ Action }) => [Action].flat().includes(action))
      .map((statement) => ({ id, statement })),
  );

describe('ReleasePipeline', () => {
  it.each([
    ['automatic', {}],
    ['manual', manual()],
  ])('is valid with %s approval', (_what, options) => {
    const { definition } = build(options);
    expect(validateAsl(definition as never)).toMatchObject({ isValid: true, errors: [] });
  });

  it('gives every task a time limit, and retries with backoff, a longest delay and full jitter', () => {
    for (const [name, state] of tasks(build(manual()).definition.States)) {
      expect(state.TimeoutSeconds, name).toBeGreaterThan(0);
      expect(state.Retry?.length, name).toBeGreaterThan(0);
      for (const retry of state.Retry!) {
        expect(retry).toMatchObject({ BackoffRate: 2, JitterStrategy: 'FULL' });
        expect(retry.MaxDelaySeconds).toBeGreaterThan(0);
      }
    }
  });

  it('closes on failures before the endpoint is touched, and rolls back on failures after', () => {
    const { States } = build().definition;
    const lastCatch = (name: string) => States[name]!.Catch?.at(-1);
    for (const name of ['Verify', 'Govern', 'Approve', 'CheckApproval', 'BeginDeploy']) {
      expect(lastCatch(name)).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'CloseReleaseFailed' });
    }
    for (const name of ['CheckDefinition', 'ReadBack', 'SmokeTest', 'Promote']) {
      expect(lastCatch(name)).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'RollBack' });
    }
    for (const name of ['CreateEndpoint', 'UpdateEndpoint']) {
      expect(lastCatch(name)).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'ReadBack' });
    }
  });

  it('hands the context on where a state fails', () => {
    const catches = tasks(build(manual()).definition.States).flatMap(([, state]) => state.Catch ?? []);
    expect(catches.length).toBeGreaterThan(10);
    for (const route of catches) expect(route).toHaveProperty('Output', expect.stringContaining('$states.input'));
  });

  it('waits for a person as long as was said, and reads the decision again', () => {
    const { States } = build(manual()).definition;
    expect(States.Approve).toMatchObject({ TimeoutSeconds: 172_800, Next: 'CheckApproval' });
    expect(States.Approve!.Resource).toContain('waitForTaskToken');
    expect(States.Approve!.Catch![0]).toMatchObject({ ErrorEquals: ['States.Timeout'], Next: 'CloseReleaseRejected' });
  });

  it('takes role, instance and capture from the definition, and never from input', () => {
    const { States } = build({ endpoint: { dataCapture: { percent: 10 } } }).definition;
    expect(JSON.stringify(States.CreateModel!.Arguments!.ExecutionRoleArn)).not.toContain('$states');
    expect(States.CreateEndpointConfig!.Arguments).toMatchObject({
      ProductionVariants: [{ InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }],
      DataCaptureConfig: { EnableCapture: true, InitialSamplingPercentage: 10 },
    });
    expect(JSON.stringify(States.CreateEndpointConfig)).toContain('captures/credit/');
    expect(build().definition.States.CreateEndpointConfig!.Arguments).not.toHaveProperty('DataCaptureConfig');
  });

  it('passes one role, to SageMaker only', () => {
    const passing = statementsWith(build().template, 'iam:PassRole');
    expect(passing).toHaveLength(1);
    expect(passing[0]!.statement.Condition).toEqual({
      StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
    });
    expect(JSON.stringify(passing[0]!.statement.Resource)).toContain('ReleaseServingRole');
  });

  it('lets one function send task tokens, and none where nobody is asked', () => {
    const senders = statementsWith(build(manual()).template, 'states:SendTaskSuccess');
    expect(senders.map(({ id }) => id)).toEqual([expect.stringContaining('SendApproval')]);
    expect(statementsWith(build().template, 'states:SendTaskSuccess')).toEqual([]);
  });

  it('logs no execution data', () => {
    build().template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
    });
  });

  it('hears of executions that ended without a Catch, and sweeps', () => {
    const { template } = build();
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.states'], detail: { status: ['FAILED', 'ABORTED', 'TIMED_OUT'] } },
    });
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(10 minutes)' });
  });

  it('asks for no release by itself where autoRelease is off', () => {
    const release = () => ({ autoRelease: false });
    const of = (options: StackOptions) =>
      Object.values(build(options).template.findResources('AWS::Events::Rule')).filter(({ Properties }) =>
        Properties.EventPattern?.['detail-type']?.includes('Model Version Registered'),
      );
    expect(of({})).toHaveLength(1);
    expect(of({ release })).toHaveLength(0);
  });

  it('refuses a timeout that no execution can wait', () => {
    expect(() => Approval.manual({ timeout: Duration.days(400) })).toThrow(/use 1 minute to 300 days/);
  });

  it('refuses an escalation that comes too late, and a topic that would hear of nothing', () => {
    const [timeout, escalateAfter] = [Duration.days(2), Duration.days(3)];
    expect(() => Approval.manual({ timeout, escalateAfter })).toThrow(/escalateAfter is 3 days.*timeout of 2 days/);
    const escalationTopic = new Topic(new Stack(), 'Managers');
    expect(() => Approval.manual({ escalationTopic })).toThrow(/without escalateAfter/);
  });

  it('tells people where to look, by a link that changes nothing, and others when nobody decides', () => {
    const { template } = build({
      release: (stack) => ({
        approval: Approval.manual({ escalateAfter: Duration.days(1), topic: new Topic(stack, 'Approvers') }),
      }),
    });
    for (const change of ['Approval Requested', 'Approval Escalated']) {
      const [rule] = Object.values(template.findResources('AWS::Events::Rule')).filter(({ Properties }) =>
        Properties.EventPattern?.['detail-type']?.includes(change),
      );
      const message = JSON.stringify(rule!.Properties.Targets[0].InputTransformer);
      expect(message).toContain('mlops models show credit@');
      expect(message).toContain('console.aws.amazon.com/states/home?region=');
      expect(message).not.toMatch(/taskToken|X-Amz|approval\?/);
    }
    const spec = JSON.stringify(template.findResources('AWS::Lambda::Function'));
    expect(spec).toContain('escalateAfterMinutes\\":1440');
    expect(spec).toContain('fourEyes\\":true');
  });

  it('gives no key to instances whose local disks take none', () => {
    for (const type of ['ml.m5d.large', 'ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.c6gd.large', 'ml.p4d.24xlarge']) {
      expect(hasLocalStorage(type), type).toBe(true);
    }
    for (const type of ['ml.m5.large', 'ml.t2.medium', 'ml.c5.xlarge', 'ml.inf1.xlarge', 'ml.m6g.large']) {
      expect(hasLocalStorage(type), type).toBe(false);
    }
  });
});
