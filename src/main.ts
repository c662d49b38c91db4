#!/usr/bin/env node
import { run } from './cli/cli.ts';

// Set rather than called: process.exit would cut short what still runs.
process.exitCode = await run(process.argv.slice(2));
