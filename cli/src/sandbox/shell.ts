/** How a shell sets and unsets a variable; `dotenv` is a file for tools, which can't unset any. */
export const SHELLS = ['sh', 'fish', 'powershell', 'dotenv'] as const;
export type Shell = (typeof SHELLS)[number];

const single = (value: string, quoted: string) => `'${value.replaceAll("'", quoted)}'`;

const FORMS: Readonly<Record<Shell, { set(name: string, value: string): string; unset?(name: string): string }>> = {
  sh: { set: (name, value) => `export ${name}=${single(value, "'\\''")}`, unset: (name) => `unset ${name}` },
  fish: {
    set: (name, value) => `set -gx ${name} ${single(value.replaceAll('\\', '\\\\'), "\\'")}`,
    unset: (name) => `set -e ${name}`,
  },
  powershell: {
    set: (name, value) => `$env:${name} = ${single(value, "''")}`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  },
  dotenv: { set: (name, value) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` },
};

/** The lines that give a shell this environment; variables without a value are unset there where they are set now. */
export function shellLines(
  shell: Shell,
  environment: Readonly<Record<string, string | undefined>>,
  now: NodeJS.ProcessEnv,
): string[] {
  const { set, unset } = FORMS[shell];
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value !== undefined) return [set(name, value)];
    return unset && now[name] !== undefined ? [unset(name)] : [];
  });
}
