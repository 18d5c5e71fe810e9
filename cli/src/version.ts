/** Version of the command and of the packages that belong to it. */
export const VERSION = '0.1.0';
