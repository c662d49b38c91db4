import { chmodSync, closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { codeOf } from '../errors.ts';
import { toSystem } from '../fs/byte-path.ts';

/**
 * A socket in a folder, by which processes wake each other: "something changed, look again". It carries no
 * data. A wake may be lost or doubled, so both sides also look from time to time.
 */

const socketName = 'wake.sock';
const wakeByte = Buffer.from('\n');

/**
 * lmdb-js keeps a snapshot until the event turn ends. A later read sees everything written before the wake.
 */
const delayMs = 2;

export interface WakeServer {
  /** Wakes every process that is connected. */
  wakeAll(): void;
  close(): Promise<void>;
}

/**
 * Listens in a folder that this process owns; a socket file of a killed owner is replaced. `onWake` is called
 * for each connection and each wake. Returns undefined if the system refuses: then both sides fall back on
 * their slow look.
 */
export async function openWakeServer(folder: string, onWake: () => void): Promise<WakeServer | undefined> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.unref());
    const wake = () => setTimeout(onWake, delayMs).unref();
    socket
      .on('data', wake)
      .on('error', () => {})
      .on('close', () => sockets.delete(socket));
    wake();
  });
  const file = openFolder(folder);
  if (file === undefined) return undefined;
  if (!(await listen(server, pathIn(file)))) {
    closeSync(file);
    return undefined;
  }
  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed; // Node removes the socket file by its path: the folder stays open until then
    closeSync(file);
  };
  return {
    wakeAll: () => {
      for (const socket of sockets) socket.write(wakeByte);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Connects to the owner of a folder, as often as it takes. */
export class WakeClient {
  readonly #folder: string;
  readonly #onWake: () => void;
  #socket: Socket | undefined;

  /** `onWake` is called for each wake, when the connection stands, and when a connection that stood ends. */
  constructor(folder: string, onWake: () => void) {
    this.#folder = folder;
    this.#onWake = onWake;
  }

  get isConnected(): boolean {
    return this.#socket !== undefined && !this.#socket.connecting && !this.#socket.destroyed;
  }

  /** Wakes the owner. A connection that is about to stand wakes it too. */
  wake(): void {
    if (this.isConnected) this.#socket?.write(wakeByte);
    else this.connect();
  }

  /** Does nothing while a connection stands or is about to. */
  connect(): void {
    if (this.#socket !== undefined) return;
    const file = openFolder(this.#folder);
    if (file === undefined) return;
    const wake = () => setTimeout(this.#onWake, delayMs).unref();
    let isOpen = true;
    const letGo = () => {
      if (isOpen) closeSync(file);
      isOpen = false;
    };
    const socket = createConnection(pathIn(file)).unref();
    this.#socket = socket
      .on('connect', () => {
        letGo();
        socket.on('close', wake);
        wake();
      })
      .on('data', wake)
      .on('error', () => {})
      .on('close', () => {
        letGo();
        this.#socket = undefined;
      });
  }

  close(): void {
    this.#socket?.destroy();
  }
}

function openFolder(folder: string): number | undefined {
  try {
    return openSync(toSystem(folder), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
}

/**
 * Short enough for the 107 bytes of a socket's path, wherever the folder is and whatever bytes its name has.
 */
function pathIn(file: number): string {
  return `/proc/self/fd/${file}/${socketName}`;
}

function listen(server: Server, path: string): Promise<boolean> {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return Promise.resolve(false);
  }
  return new Promise((resolve) => {
    server.on('error', () => resolve(false));
    server.listen(path, () => resolve(isClosedToOthers(path)));
    server.unref();
  });
}

/** Others may wake the owner for nothing, and no more; even that is refused. */
function isClosedToOthers(path: string): boolean {
  try {
    chmodSync(path, 0o600);
    return true;
  } catch {
    return false;
  }
}
