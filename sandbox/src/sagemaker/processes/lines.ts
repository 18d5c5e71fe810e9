import { StringDecoder } from 'node:string_decoder';

/** A line beyond this goes out in pieces: CloudWatch Logs takes 256 KB an event, and one line must not fill the memory. */
const LONGEST_CHARS = 60_000;

/**
 * Gives each line of a stream to `onLine`, in order, and the last one without its end too. Bytes that are not UTF-8
 * become replacement characters. `ready` holds the reading up, and with it the process that writes.
 */
export async function readLines(
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void,
  ready: () => Promise<void> | undefined,
): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string) => {
    let begin = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
      pieces(rest + text.slice(begin, end), onLine);
      rest = '';
      begin = end + 1;
    }
    rest += text.slice(begin);
    while (rest.length > LONGEST_CHARS) {
      onLine(rest.slice(0, LONGEST_CHARS));
      rest = rest.slice(LONGEST_CHARS);
    }
  };
  for await (const chunk of stream) {
    take(decoder.write(chunk as Buffer));
    await ready();
  }
  take(decoder.end());
  if (rest) pieces(rest, onLine);
}

function pieces(line: string, onLine: (line: string) => void): void {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  for (let begin = 0; begin === 0 || begin < text.length; begin += LONGEST_CHARS) {
    onLine(text.slice(begin, begin + LONGEST_CHARS));
  }
}

/** Control characters as SageMaker's log agent writes them: a tab is #011, a carriage return #015. */
export const escapeControls = (line: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  line.replace(/[\u0000-\u001f\u007f]/g, (char) => `#${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
