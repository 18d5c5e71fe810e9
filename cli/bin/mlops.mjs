#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a checkout that was not built yet the sources run through tsx, which the checkout has.
const built = new URL('../dist/mlops.mjs', import.meta.url);
if (!existsSync(built)) (await import('tsx/esm/api')).register();
const { main } = await import(existsSync(built) ? built.href : new URL('../src/main.ts', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
