/** What a picture goes through from its arrival to its record, as the daemon names it: where tests kill it. */
export const filingSteps = [
  'settled',
  'fingerprinted',
  'decoded',
  'embedded',
  'assigned',
  'committed',
  'before-link',
  'copied',
  'linked',
  'before-unlink',
  'unlinked',
  'marked',
] as const;
