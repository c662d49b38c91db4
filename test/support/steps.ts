/** Steps of a picture from arrival to its record, by the daemon's names: the places of kills. */
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
