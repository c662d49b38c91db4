/** Misbehaving programs for the keypoint thread. */

export const leaving = program("port.on('message', () => process.exit(7));");
export const hanging = program("port.on('message', () => { for (;;); });");
export const failing = program("port.on('message', () => { throw new Error('no keypoints today'); });");

function program(text: string): URL {
  const whole = `import { parentPort as port } from 'node:worker_threads';${text}`;
  return new URL(`data:text/javascript,${encodeURIComponent(whole)}`);
}
