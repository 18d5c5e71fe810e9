import type { Command } from 'commander';
import type { Context } from '../context';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import type { Action } from '../program';

export function registerMlflow(program: Command, action: Action): void {
  program
    .command('mlflow')
    .description("variables with which MLflow's clients log to this platform, for `eval`")
    .action(action(mlflow));
}

async function mlflow(context: Context): Promise<void> {
  const session = await context.session();
  const [{ platform, mlflowUri }, region] = await Promise.all([session.platform(), session.region()]);
  if (!mlflowUri) {
    throw new CommandError(`The platform '${platform}' has no MLflow API.`, {
      exitCode: EXIT.failed,
      hint: 'Deploy it without `mlflow: { enabled: false }`.',
    });
  }
  const { endpoint } = session.target;
  const variables = {
    MLFLOW_TRACKING_URI: reachable(mlflowUri, endpoint),
    MLFLOW_TRACKING_AWS_SIGV4: 'true',
    AWS_DEFAULT_REGION: region,
    ...(endpoint ? { AWS_ENDPOINT_URL: endpoint, MLFLOW_S3_ENDPOINT_URL: endpoint } : {}),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  context.out.result(variables, () => lines.join('\n'));
}

/** Python resolves no host of an API in a sandbox: there its URL is a path. */
export const reachable = (uri: string, endpoint: string | undefined): string =>
  endpoint ? `${endpoint}/_aws/execute-api/${new URL(uri).hostname.split('.')[0]}/$default` : uri;
