declare module 'asl-validator' {
  /** Validates a definition in Amazon States Language. */
  export default function validate(definition: unknown): {
    readonly isValid: boolean;
    readonly errorsText: (separator?: string) => string;
  };
}
