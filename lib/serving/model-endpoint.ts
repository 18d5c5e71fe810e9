import { Duration, Stack, Token } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import type { NetworkConfig } from '../platform/network';
import { EndpointAlarms } from './endpoint-alarms';
import { EndpointGuard } from './endpoint-guard';

/** Captures requests and answers, for monitoring. */
export interface DataCapture {
  /** Share of the requests that are captured, 1 to 100. @default 100 */
  readonly percent?: number;
}

/** An endpoint, whether or not it lives yet. */
export interface IModelEndpoint extends IConstruct {
  readonly endpointName: string;
  readonly endpointArn: string;
  /** Lets someone ask for predictions. */
  grantInvoke(grantee: IGrantable): Grant;
}

/** How a model is hosted. */
export interface ModelEndpointOptions {
  /** Letters, digits and hyphens, at most 63. @default - `<model>-<stage>`, given by whoever makes the endpoint */
  readonly endpointName?: string;
  /** @default 'ml.m5.large' */
  readonly instanceType?: string;
  /** @default 1 */
  readonly instanceCount?: number;
  /** Captured data costs storage, and may hold people's data. @default - nothing is captured */
  readonly dataCapture?: DataCapture;
  /** The alarm rings when 99 of 100 answers take the model longer than this, three times five minutes in a row. @default 500 milliseconds */
  readonly latencyThreshold?: Duration;
  /** The alarm rings when more requests than this fail in five minutes. @default 5 */
  readonly errorThreshold?: number;
  /** The endpoint goes with the stack; meant for development. @default false: the stack refuses to go while the endpoint lives */
  readonly deleteEndpointOnRemoval?: boolean;
}

/** Properties of a ModelEndpoint. */
export interface ModelEndpointProps extends ModelEndpointOptions {
  /** Name of the model that is served; its endpoint configs and models begin with `<model>-v`. */
  readonly model: string;
  /** Network of the guard's function. @default - outside any VPC */
  readonly network?: NetworkConfig;
  /** Encrypts logs and environment of the guard's function. @default - AWS-managed keys */
  readonly encryptionKey?: IKey;
}

/**
 * What serves a model: a real-time SageMaker endpoint. It comes to life with the first release, not with the stack; its
 * name is fixed, so that permissions and alarms can name it before.
 */
export class ModelEndpoint extends Construct implements IModelEndpoint {
  public readonly endpointName: string;
  public readonly endpointArn: string;
  public readonly instanceType: string;
  public readonly instanceCount: number;
  /** Share of the requests that are captured, 0 to 100. */
  public readonly capturePercent: number;
  public readonly deleteEndpointOnRemoval: boolean;
  /** Errors and latency. */
  public readonly alarms: EndpointAlarms;
  /** Keeps the stack from going while the endpoint lives; make it depend on what the endpoint needs. */
  public readonly guard: EndpointGuard;

  constructor(scope: Construct, id: string, props: ModelEndpointProps) {
    super(scope, id);
    this.endpointName = props.endpointName ?? props.model;
    this.instanceType = props.instanceType ?? 'ml.m5.large';
    this.instanceCount = props.instanceCount ?? 1;
    this.capturePercent = props.dataCapture ? (props.dataCapture.percent ?? 100) : 0;
    this.deleteEndpointOnRemoval = props.deleteEndpointOnRemoval ?? false;
    this.check(props);
    this.endpointArn = Stack.of(this).formatArn({
      service: 'sagemaker',
      resource: 'endpoint',
      resourceName: this.endpointName.toLowerCase(),
    });
    this.alarms = new EndpointAlarms(this, 'Alarms', {
      endpointName: this.endpointName,
      errors: this.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
      errorThreshold: props.errorThreshold ?? 5,
      latency: this.metricModelLatency({ period: Duration.minutes(5), statistic: 'p99' }),
      latencyThreshold: props.latencyThreshold ?? Duration.millis(500),
    });
    this.guard = new EndpointGuard(this, 'Guard', {
      endpointName: this.endpointName,
      endpointArn: this.endpointArn,
      model: props.model,
      deleteEndpoint: this.deleteEndpointOnRemoval,
      network: props.network,
      encryptionKey: props.encryptionKey,
    });
  }

  /** Lets someone ask for predictions. */
  public grantInvoke(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sagemaker:InvokeEndpoint'],
      resourceArns: [this.endpointArn],
    });
  }

  /** A metric of the endpoint's one variant, in `AWS/SageMaker`. @default - sum over five minutes */
  public metric(metricName: string, options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: 'AWS/SageMaker',
      metricName,
      dimensionsMap: { EndpointName: this.endpointName, VariantName: 'AllTraffic' },
      period: Duration.minutes(5),
      statistic: Stats.SUM,
      ...options,
    });
  }

  /** Requests. */
  public metricInvocations(options: MetricOptions = {}): Metric {
    return this.metric('Invocations', options);
  }

  /** Time that the model's container takes to answer, in microseconds. @default - 99th percentile */
  public metricModelLatency(options: MetricOptions = {}): Metric {
    return this.metric('ModelLatency', { statistic: 'p99', unit: Unit.MICROSECONDS, ...options });
  }

  /** Time that SageMaker adds to the model's own, in microseconds. @default - 99th percentile */
  public metricOverheadLatency(options: MetricOptions = {}): Metric {
    return this.metric('OverheadLatency', { statistic: 'p99', unit: Unit.MICROSECONDS, ...options });
  }

  /** Requests that failed on the endpoint's side. */
  public metricErrors(options: MetricOptions = {}): Metric {
    return this.metric('Invocation5XXErrors', options);
  }

  /** Requests that were refused: wrong content type, or a body that the model can't read. */
  public metricRefusals(options: MetricOptions = {}): Metric {
    return this.metric('Invocation4XXErrors', options);
  }

  private check(props: ModelEndpointProps): void {
    const problems: string[] = [];
    if (Token.isUnresolved(this.endpointName) || !/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(this.endpointName)) {
      problems.push(`endpointName '${this.endpointName}' must be known at synthesis: 1 to 63 letters, digits, hyphens`);
    }
    if (!Token.isUnresolved(this.instanceType) && !/^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(this.instanceType)) {
      problems.push(`instanceType '${this.instanceType}' must look like 'ml.m5.large'`);
    }
    if (!Number.isInteger(this.instanceCount) || this.instanceCount < 1) {
      problems.push(`instanceCount must be 1 or more, received ${this.instanceCount}`);
    }
    const percent = props.dataCapture?.percent;
    if (percent !== undefined && !(Number.isInteger(percent) && percent >= 1 && percent <= 100)) {
      problems.push(`dataCapture.percent must be a whole number from 1 to 100, received ${percent}`);
    }
    if (problems.length > 0) throw new Error(`ModelEndpoint '${this.node.path}': ${problems.join('; ')}.`);
  }
}
