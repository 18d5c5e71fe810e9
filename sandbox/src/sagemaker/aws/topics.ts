import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Scope } from '../api/scope';
import { asRoot } from '../iam/as-role';

/** The sandbox's SNS topics. */
export class Topics {
  constructor(private readonly endpoint: string) {}

  async publish({ region, accountId }: Scope, topicArn: string, message: object): Promise<void> {
    const credentials = () => asRoot({ region, accountId });
    const client = new SNSClient({ endpoint: this.endpoint, region, credentials });
    try {
      await client.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(message) }));
    } finally {
      client.destroy();
    }
  }
}
