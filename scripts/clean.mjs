// Removes what a build makes, so that a renamed file cannot live on in a package.
import { rmSync } from 'node:fs';

for (const path of ['dist', '.jsii', 'cli/dist', 'sandbox/dist']) rmSync(path, { recursive: true, force: true });
