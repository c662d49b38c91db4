import { Command } from 'commander';
import { evidenceOf } from '../../domain/consolidation/change-evidence.ts';
import type { SuggestedChange } from '../../domain/consolidation/suggested-change.ts';
import { openProposals } from '../../grouping/consolidation/open-proposals.ts';
import type { StoreReader } from '../../storage/store.ts';
import { type CommonFlags, examples, print, printJson, withPlaces } from '../flags.ts';
import { existingState, withStore } from '../open-state.ts';
import { explainProposal, fileOf } from '../output/consolidation.ts';
import type { Result } from '../result.ts';

interface ProposalsFlags extends CommonFlags {
  readonly json?: boolean;
}

export function proposalsCommand(_: Result): Command {
  const command = new Command('proposals')
    .description('List the changes proposed by consolidation, with the command for each.')
    .option('--json', 'print one line of JSON for each')
    .addHelpText(
      'after',
      `\nGroups that you had a hand in, and those that got no picture for grouping.publishedDays, are never changed by
themselves. What you do not want stays undone: nothing comes of leaving it.\n${examples(
        'framesort proposals --library ~/Scenes',
        'framesort proposals --library ~/Scenes --json',
      )}`,
    )
    .action(async (flags: ProposalsFlags) => {
      const { state, config } = await existingState(flags);
      await withStore(state, async (store) => {
        const all = await openProposals(store, config, Date.now());
        for (const { proposal, reserve } of all) {
          if (flags.json) printJson({ ...(await factsOf(proposal, store)), reserve: reserve ?? 'kept' });
          else for (const line of await explainProposal(proposal, reserve, store)) print(line);
        }
        if (all.length === 0 && !flags.json) print('nothing is proposed');
      });
    });
  return withPlaces(command);
}

async function factsOf(one: SuggestedChange, store: StoreReader) {
  const figures = evidenceOf(one.evidence);
  const from = await store.groups.folderOf(one.from);
  if (one.kind === 'merge')
    return { act: 'merge', from, into: await store.groups.folderOf(one.into), figures };
  const to = typeof one.to === 'number' ? await store.groups.folderOf(one.to) : null;
  return { act: 'move', file: await fileOf(one.frame, store), from, to, figures };
}
