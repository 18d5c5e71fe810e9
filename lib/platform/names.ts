import { Token } from 'aws-cdk-lib';

const NAME = /^[a-z][a-z0-9-]{0,29}$/;

/**
 * Checks a name from which names of resources are built.
 * @throws Error that says what is wrong and what a name looks like.
 */
export function checkName(what: string, name: string): string {
  if (!Token.isUnresolved(name) && !NAME.test(name)) {
    throw new Error(
      `${what} '${name}' is not usable in names of resources: use 1 to 30 lower-case letters, digits and hyphens, ` +
        `beginning with a letter, for example 'credit-risk'.`,
    );
  }
  return name;
}

/** A construct's id as a name: `CreditRisk` becomes `credit-risk`. */
export const nameFromId = (id: string): string =>
  id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();

/** Name of a model's training state machine. */
export const trainingMachineNameOf = (platform: string, model: string): string => `${platform}-${model}-training`;
/** Name of a model's release state machine. */
export const releaseMachineNameOf = (platform: string, model: string): string => `${platform}-${model}-release`;
/** Name of a model's endpoint. */
export const endpointNameOf = (platform: string, model: string): string => `${platform}-${model}`;
