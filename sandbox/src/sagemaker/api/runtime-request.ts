import { runtimeValidationError } from './errors';
import type { ServiceModel } from './service-model';
import { violationsOf } from './validate';

/** The runtime's operations, which carry their members in headers and the payload in the body. */
export type RuntimeOperation = 'InvokeEndpoint' | 'InvokeEndpointWithResponseStream' | 'InvokeEndpointAsync';

type Members = Record<string, string | undefined>;

/** The members of one operation, by the header that carries each. */
interface Carried {
  readonly member: string;
  readonly header: string;
  readonly shape: string;
}

/** Reads requests of the runtime API as its published model declares them. */
export class RuntimeRequests {
  private readonly carried = new Map<string, Carried[]>();
  private readonly bodyBytes = new Map<string, number>();

  constructor(private readonly model: ServiceModel) {
    for (const operation of ['InvokeEndpoint', 'InvokeEndpointWithResponseStream', 'InvokeEndpointAsync']) {
      const input = model.shape(model.inputShape(operation)!);
      const members = Object.entries(input.members ?? {});
      this.carried.set(
        operation,
        members.flatMap(([member, { shape, location, locationName }]) =>
          location === 'header' ? [{ member, header: locationName!.toLowerCase(), shape }] : [],
        ),
      );
      this.bodyBytes.set(operation, model.shape(input.members!.Body!.shape).max!);
    }
  }

  /** The most bytes that an operation takes as its body. */
  bodyLimit(operation: RuntimeOperation): number {
    return this.bodyBytes.get(operation)!;
  }

  /** The members that the headers carry; throws a ValidationError that names every violation. */
  read(operation: RuntimeOperation, headers: Members): Members {
    const members: Members = {};
    const violations: string[] = [];
    for (const { member, header, shape } of this.carried.get(operation)!) {
      const value = headers[header];
      if (value === undefined) continue;
      members[member] = value;
      const typed = this.model.shape(shape).type === 'string' ? value : Number(value);
      const at = member.charAt(0).toLowerCase() + member.slice(1);
      violations.push(
        ...violationsOf(this.model, shape, typed).map((text) => text.replace("at 'request'", `at '${at}'`)),
      );
    }
    if (violations.length > 0) throw runtimeValidationError(summary(violations));
    return members;
  }

  refuseLargeBody(operation: RuntimeOperation, body: Buffer, limit = this.bodyLimit(operation)): void {
    if (body.length <= limit) return;
    const constraint = `Member must have length less than or equal to ${limit}`;
    throw runtimeValidationError(summary([`Value at 'body' failed to satisfy constraint: ${constraint}`]));
  }
}

const summary = (violations: string[]) =>
  `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected: ${violations.join('; ')}`;
