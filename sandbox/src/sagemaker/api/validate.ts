import { ApiError, validationError } from './errors';
import type { ServiceModel, Shape } from './service-model';

type Violations = string[];

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const shown = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
};

/** A map as AWS's texts write it. */
const mapped = (value: Record<string, unknown>) =>
  `{${Object.entries(value)
    .map(([key, inner]) => `${key}=${typeof inner === 'string' ? inner : JSON.stringify(inner)}`)
    .join(', ')}}`;

/** Throws one ValidationException that names every violation, in AWS's wording. */
export function validateInput(model: ServiceModel, operation: string, input: unknown): void {
  const shape = model.inputShape(operation);
  if (!shape) return;
  const violations = violationsOf(model, shape, input);
  const wrongType = violations.find((violation) => WRONG_TYPE.test(violation));
  // AWS cannot read a value of another type at all, and says so of the first.
  if (wrongType) throw new ApiError('SerializationException', wrongType);
  if (violations.length > 0) throw validationError(summary(violations));
}

const WRONG_TYPE =
  / failed to satisfy constraint: Member must be an? (structure|list|map|string|integer|number|boolean|timestamp)$/;

/** The violations of a value against a shape; empty when it conforms. */
export function violationsOf(model: ServiceModel, shapeName: string, value: unknown): string[] {
  const found: Violations = [];
  check(model, shapeName, value, '', found);
  return found;
}

function summary(violations: Violations): string {
  const count = violations.length;
  return `${count} validation error${count === 1 ? '' : 's'} detected: ${violations.join('; ')}`;
}

function check(model: ServiceModel, shapeName: string, value: unknown, path: string, found: Violations): void {
  const shape = model.shape(shapeName);
  const fail: Fail = (constraint) => {
    const text = shape.type === 'map' && isObject(value) ? mapped(value) : value;
    found.push(`Value '${shown(text)}' at '${path || 'request'}' failed to satisfy constraint: ${constraint}`);
  };
  switch (shape.type) {
    case 'structure':
      if (isObject(value)) checkStructure(model, shape, value, path, found);
      else fail('Member must be a structure');
      break;
    case 'list':
      if (Array.isArray(value)) checkList(model, shape, value, path, found, fail);
      else fail('Member must be a list');
      break;
    case 'map':
      if (isObject(value)) checkMap(model, shape, value, path, found, fail);
      else fail('Member must be a map');
      break;
    default:
      checkScalar(model, shape, value, fail);
  }
}

function checkScalar(model: ServiceModel, shape: Shape, value: unknown, fail: Fail): void {
  switch (shape.type) {
    case 'string':
      if (typeof value === 'string') checkString(model, shape, value, fail);
      else fail('Member must be a string');
      break;
    case 'integer':
    case 'long':
      if (Number.isInteger(value)) checkRange(shape, value as number, fail);
      else fail('Member must be an integer');
      break;
    case 'float':
    case 'double':
      if (typeof value === 'number') checkRange(shape, value, fail);
      else fail('Member must be a number');
      break;
    case 'boolean':
      if (typeof value !== 'boolean') fail('Member must be a boolean');
      break;
    case 'timestamp':
      if (!isTimestamp(value)) fail('Member must be a timestamp');
  }
}

type Fail = (constraint: string) => void;

function checkStructure(
  model: ServiceModel,
  shape: Shape,
  value: Record<string, unknown>,
  path: string,
  found: Violations,
): void {
  const at = (member: string) => (path ? `${path}.${lowerFirst(member)}` : lowerFirst(member));
  const members = shape.members ?? {};
  for (const name of shape.required ?? []) {
    if (value[name] === undefined || value[name] === null) {
      found.push(`Value null at '${at(name)}' failed to satisfy constraint: Member must not be null`);
    }
  }
  for (const [name, inner] of Object.entries(value)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!member) {
      found.push(`Value at '${at(name)}' failed to satisfy constraint: Member '${name}' is not known to the service`);
    } else if (inner !== null && inner !== undefined) {
      check(model, member.shape, inner, at(name), found);
    }
  }
  const set = Object.values(value).filter((inner) => inner !== null && inner !== undefined).length;
  if (shape.union && set !== 1) {
    found.push(`Value at '${path}' failed to satisfy constraint: Exactly one member of the union must be set`);
  }
}

function checkList(
  model: ServiceModel,
  shape: Shape,
  value: unknown[],
  path: string,
  found: Violations,
  fail: Fail,
): void {
  checkLength(shape, value.length, fail);
  value.forEach((item, index) => {
    check(model, shape.member!.shape, item, `${path}.${index + 1}.member`, found);
  });
}

function checkMap(
  model: ServiceModel,
  shape: Shape,
  value: Record<string, unknown>,
  path: string,
  found: Violations,
  fail: Fail,
): void {
  checkLength(shape, Object.keys(value).length, fail);
  const parts = { keys: shape.key!.shape, value: shape.value!.shape };
  const given = { keys: Object.keys(value), value: Object.values(value) };
  for (const part of ['keys', 'value'] as const) {
    const inner = model.shape(parts[part]);
    const strings = given[part].filter((each) => typeof each === 'string');
    // Strings in a map are told of together, with everything that is asked of each.
    const broken = inner.type === 'string' && strings.some((each) => violationsOf(model, parts[part], each).length > 0);
    if (broken) fail(`Map ${part} must satisfy constraint: [${constraintsOf(inner).join(', ')}]`);
  }
  for (const [key, inner] of Object.entries(value)) {
    if (model.shape(parts.value).type === 'string' && typeof inner === 'string') continue;
    check(model, parts.value, inner, `${path}.${key}.member`, found);
  }
}

function constraintsOf({ enum: values, max, min, pattern }: Shape): string[] {
  if (values) return [`Member must satisfy enum value set: [${values.join(', ')}]`];
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
  ];
}

function checkString(model: ServiceModel, shape: Shape, value: string, fail: Fail): void {
  if (shape.enum && !shape.enum.includes(value)) {
    fail(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
    return;
  }
  checkLength(shape, value.length, fail);
  if (shape.pattern && model.pattern(shape.pattern)?.test(value) === false) {
    fail(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  }
}

function checkLength(shape: Shape, length: number, fail: Fail): void {
  if (shape.min !== undefined && length < shape.min) {
    fail(`Member must have length greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && length > shape.max) {
    fail(`Member must have length less than or equal to ${shape.max}`);
  }
}

function checkRange(shape: Shape, value: number, fail: Fail): void {
  if (shape.min !== undefined && value < shape.min) {
    fail(`Member must have value greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && value > shape.max) {
    fail(`Member must have value less than or equal to ${shape.max}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// JSON 1.1 sends seconds since the epoch; Step Functions and hand-written requests send ISO 8601.
const isTimestamp = (value: unknown) =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
