import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { Scope } from '../api/scope';
import { asRoot } from '../iam/as-role';

/** The sandbox's CloudWatch alarms. */
export class Alarms {
  private readonly clients = new Map<string, CloudWatchClient>();

  constructor(private readonly endpoint: string) {}

  /** Those of the named alarms that are in state ALARM. */
  async raised(scope: Scope, names: readonly string[]): Promise<string[]> {
    const command = new DescribeAlarmsCommand({
      AlarmNames: [...names],
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      StateValue: 'ALARM',
    });
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.client(scope).send(command);
    const inAlarm = [...MetricAlarms, ...CompositeAlarms].filter(({ StateValue }) => StateValue === 'ALARM');
    return inAlarm.map(({ AlarmName }) => AlarmName!).filter((name) => names.includes(name));
  }

  close(): void {
    for (const client of this.clients.values()) client.destroy();
  }

  private client(scope: Scope): CloudWatchClient {
    const id = `${scope.accountId}/${scope.region}`;
    let client = this.clients.get(id);
    if (!client) {
      const { endpoint } = this;
      client = new CloudWatchClient({ endpoint, region: scope.region, credentials: () => asRoot(scope) });
      this.clients.set(id, client);
    }
    return client;
  }
}
