#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a checkout that was not built yet the sources run through tsx, which the checkout has.
const bundle = new URL('../dist/mlops.mjs', import.meta.url);
const built = existsSync(bundle);
if (!built) await import('tsx');
const { main } = await import((built ? bundle : new URL('../src/main.ts', import.meta.url)).href);
process.exitCode = await main(process.argv.slice(2));
