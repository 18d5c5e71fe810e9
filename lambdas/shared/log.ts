/** One JSON object a line, as CloudWatch Logs Insights reads it. Never pass whole events: they may hold people's data. */
type Fields = Readonly<Record<string, unknown>>;

const write = (level: string, message: string, fields: Fields): void => {
  process.stdout.write(`${JSON.stringify({ level, message, time: new Date().toISOString(), ...fields })}\n`);
};

export const log = {
  info: (message: string, fields: Fields = {}): void => write('INFO', message, fields),
  warn: (message: string, fields: Fields = {}): void => write('WARN', message, fields),
  error: (message: string, fields: Fields = {}): void => write('ERROR', message, fields),
};
