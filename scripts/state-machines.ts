/** Finds the state machines of a template and makes their definitions readable without an account. */
export interface Definition {
  readonly logicalId: string;
  readonly definition: object;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: { readonly DefinitionString?: unknown };
}

/** A stand-in ARN for what only a deployment knows, so that the text between stays valid JSON. */
const render = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const object = value as Record<string, unknown>;
  const join = object['Fn::Join'] as [string, unknown[]] | undefined;
  if (join) return join[1].map(render).join(join[0]);
  if (object.Ref === 'AWS::Partition') return 'aws';
  if (object.Ref === 'AWS::Region') return 'us-east-1';
  if (object.Ref === 'AWS::AccountId') return '111122223333';
  if (object['Fn::GetAtt']) return 'arn:aws:lambda:us-east-1:111122223333:function:resource';
  return 'resource';
};

export const stateMachinesOf = (template: { Resources?: Record<string, Resource> }): Definition[] =>
  Object.entries(template.Resources ?? {})
    .filter(([, resource]) => resource.Type === 'AWS::StepFunctions::StateMachine')
    .map(([logicalId, resource]) => ({
      logicalId,
      definition: JSON.parse(render(resource.Properties?.DefinitionString)) as object,
    }));
