/** Colours of groups. Consecutive numbers get distant hues. */

const goldenAngle = 137.508;

export function groupColour(group: number, isDark: boolean): string {
  const lightness = isDark ? 62 + 8 * (group % 3) : 36 + 7 * (group % 3);
  return `hsl(${((group * goldenAngle) % 360).toFixed(1)} 72% ${lightness}%)`;
}

export function isDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

export function onColourScheme(change: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', change);
}
