/** `npm run stop`: stops the sandbox of this checkout and nothing else; its state is kept for the next `npm start`. */
import { join } from 'node:path';
import { stopSandbox } from '../sandbox/src/index';

stopSandbox({ stateDir: join(__dirname, '..', '.mlops/sandbox') }).then(
  (stopped) =>
    process.stdout.write(stopped ? 'The sandbox is stopped; its state is kept.\n' : 'No sandbox was running.\n'),
  (error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  },
);
