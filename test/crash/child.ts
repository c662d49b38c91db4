import { loadConfig } from '../../src/config/load.ts';
import { openDaemon } from '../../src/daemon.ts';
import { findModel } from '../../src/embed/models.ts';
import { realFiles } from '../../src/lib/files.ts';
import { openLog } from '../../src/lib/logger.ts';
import { verify } from '../../src/verify.ts';
import { closeMemory, openMemory } from '../../src/workshop.ts';
import type { Order, Report } from './order.ts';

/** Files what is in an inbox, and ends itself at the step that its order names; else says what it left. */
const order = JSON.parse(process.argv[2] as string) as Order;
process.stdout.write('here\n');
const { config } = loadConfig({ flags: flagsOf(order), environment: process.env });
const problems = await fileAll();
const report: Report = { problems, disagreements: order.verify ? await disagreements() : [] };
process.stdout.write(`${JSON.stringify(report)}\n`);

function flagsOf({ inbox, library, state, mode, duplicates }: Order) {
  const quick = { 'intake.settleMs': 0, 'intake.incompleteMs': 0, 'embed.workers': 1 };
  return { inbox: [inbox], library, state, mode, duplicates, ...quick };
}

async function fileAll(): Promise<string[]> {
  const { library, state } = order;
  const log = openLog({ level: 'error', format: 'json' });
  const daemon = await openDaemon({ config, library, state, log, reached: killer() });
  await daemon.sortOnce(new AbortController().signal);
  await daemon.close();
  return daemon.problems.map(({ what, message }) => `${what}: ${message}`);
}

function killer(): (step: string) => void {
  let times = 0;
  return (step) => {
    if (step === order.kill?.step && ++times === order.kill.time) process.kill(process.pid, 'SIGKILL');
  };
}

async function disagreements(): Promise<Report['disagreements']> {
  const { library, state } = order;
  const memory = await openMemory(state, findModel(config.embed.model));
  try {
    return (await verify({ ...memory, library, files: realFiles, deep: true })).disagreements;
  } finally {
    await closeMemory(memory);
  }
}
