import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  Dashboard,
  DashboardVariable,
  DefaultValue,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  VariableInputType,
  VariableType,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { endpointNameOf, releaseMachineNameOf, trainingMachineNameOf } from './names';

/** The text that the dashboard's variable replaces by the model that is looked at. */
const MODEL = 'MODELNAME';

/** Properties of a PlatformDashboard. */
export interface PlatformDashboardProps {
  readonly platformName: string;
  /** Model shown at first. @default 'model' */
  readonly defaultModel?: string;
}

/** One dashboard for all models of a platform: its variable chooses the model, so that it costs the same for any number. */
export class PlatformDashboard extends Construct {
  public readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: PlatformDashboardProps) {
    super(scope, id);
    this.dashboard = new Dashboard(this, 'Resource', {
      dashboardName: `${props.platformName}-models`,
      defaultInterval: Duration.days(7),
      variables: [
        new DashboardVariable({
          id: 'model',
          type: VariableType.PATTERN,
          value: MODEL,
          inputType: VariableInputType.INPUT,
          label: 'Model',
          defaultValue: DefaultValue.value(props.defaultModel ?? 'model'),
          visible: true,
        }),
      ],
    });
    const runs = (name: string): IMetric[] => this.executions(name);
    this.dashboard.addWidgets(
      new GraphWidget({
        title: 'Training runs',
        left: runs(trainingMachineNameOf(props.platformName, MODEL)),
        width: 12,
      }),
      new GraphWidget({ title: 'Releases', left: runs(releaseMachineNameOf(props.platformName, MODEL)), width: 12 }),
    );
    const endpoint = endpointNameOf(props.platformName, MODEL);
    this.dashboard.addWidgets(
      new GraphWidget({
        title: 'Requests and errors',
        left: ['Invocations', 'Invocation4XXErrors', 'Invocation5XXErrors'].map((name) =>
          serving(endpoint, name, Stats.SUM),
        ),
        width: 12,
      }),
      new GraphWidget({
        title: 'Latency of the model (microseconds)',
        left: ['p50', 'p99'].map((statistic) => serving(endpoint, 'ModelLatency', statistic)),
        width: 12,
      }),
    );
  }

  private executions(machine: string): IMetric[] {
    const arn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: machine,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return [
      'ExecutionsStarted',
      'ExecutionsSucceeded',
      'ExecutionsFailed',
      'ExecutionsAborted',
      'ExecutionsTimedOut',
    ].map(
      (metricName) =>
        new Metric({
          namespace: 'AWS/States',
          metricName,
          dimensionsMap: { StateMachineArn: arn },
          statistic: Stats.SUM,
          period: Duration.hours(1),
        }),
    );
  }
}

const serving = (endpoint: string, metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: 'AWS/SageMaker',
    metricName,
    dimensionsMap: { EndpointName: endpoint, VariantName: 'AllTraffic' },
    statistic,
    label: `${metricName} ${statistic}`,
    period: Duration.minutes(5),
  });
