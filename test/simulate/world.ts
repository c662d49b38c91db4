import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isTempName } from '../../src/domain/placement.ts';
import type { Random } from '../../src/lib/random.ts';
import { filesBelow, groupsIn, type Lying, sha256 } from '../support/folders.ts';
import type { Ledger, Places } from './ledger.ts';
import { stampFolders } from './machine.ts';
import { cameraName, coreOf, firstHalf, type Pool, withTrailer } from './pictures.ts';
import type { SimClock } from './time.ts';

export interface WorldParts extends Places {
  readonly random: Random;
  readonly clock: SimClock;
  readonly pool: Pool;
  readonly ledger: Ledger;
  /** A watcher event; some are lost. */
  readonly hint: (path: string) => void;
  /** Whether nothing is in transit: every picture in the library is at its final place. */
  readonly isQuiet: () => boolean;
}

const second = 1_000;

/** A file still open for writing. */
interface Unfinished {
  readonly path: string;
  readonly file: number;
  readonly rest: Buffer;
  readonly whole: Buffer;
}

/** What cameras and people do: to the inbox at any time, to the library while its disk is mounted. */
export class World {
  readonly #parts: WorldParts;
  readonly #unfinished = new Set<Unfinished>();
  /** Names of files taken away by a person. A new file under such a name would go unnoticed. */
  readonly #left = new Set<string>();
  /** Contents that replaced others. */
  readonly #replacing = new Set<string>();
  #serial = 0;
  #folders = 0;

  constructor(parts: WorldParts) {
    this.#parts = parts;
  }

  // Arrivals

  writesInPlace(): void {
    this.#arrive(this.#freePath(), this.#picture(), true);
  }

  renamesIn(): void {
    const { random, clock } = this.#parts;
    const path = this.#freePath();
    const draft = join(dirname(path), `.${basename(path)}.part`);
    this.#write(draft, this.#picture(), clock.now() - random.between(0, 600) * second);
    this.#rename(draft, path);
    this.#arrived(path, true);
  }

  writesSlowly(): void {
    const { random, clock } = this.#parts;
    const [path, whole] = [this.#freePath(), this.#picture()];
    const half = firstHalf(whole);
    this.#write(path, half, clock.now());
    const one = { path, file: openSync(path, 'r+'), rest: whole.subarray(half.length), whole };
    this.#unfinished.add(one);
    this.#parts.hint(path);
    void clock.sleep(random.between(0.2, 8) * second).then(() => this.#finish(one));
  }

  /** Finishes all open files without waiting for clocks. */
  finishWriting(): void {
    for (const one of Array.from(this.#unfinished)) this.#finish(one);
  }

  sendsSomethingOdd(): void {
    const { random, pool } = this.#parts;
    const core = random.pick([...pool.broken, Buffer.alloc(0)]);
    this.#arrive(this.#freePath(), core.length === 0 ? core : withTrailer(core, ++this.#serial), false);
  }

  sendsAgain(): void {
    const known = [...filesBelow(this.#parts.inbox), ...this.#filed()].filter(({ sha, path }) => {
      const bytes = this.#read(sha, path);
      return bytes !== undefined && this.#parts.pool.pictures.some((core) => core.equals(coreOf(bytes)));
    });
    if (known.length === 0) return;
    const { sha, path } = this.#parts.random.pick(known);
    const bytes = this.#read(sha, path);
    if (bytes !== undefined && !this.#parts.ledger.foreign.has(sha))
      this.#arrive(this.#freePath(), bytes, true);
  }

  /** Another picture replaces a waiting picture in the inbox. */
  replaces(): void {
    const one = this.#someOfInbox();
    if (one === undefined) return;
    const path = join(this.#parts.inbox, one.path);
    const draft = join(dirname(path), '.replacing.tmp');
    this.#write(draft, this.#picture(), this.#parts.clock.now());
    this.#rename(draft, path);
    this.#parts.ledger.takenFromInbox(one.path, one.sha, this.#parts);
    this.#arrived(path, true);
    this.#replacing.add(sha256(readFileSync(path)));
  }

  takesBack(): void {
    const one = this.#someOfInbox();
    if (one === undefined) return;
    this.#unlink(join(this.#parts.inbox, one.path));
    this.#parts.ledger.takenFromInbox(one.path, one.sha, this.#parts);
  }

  // The library

  drags(): void {
    const [one, folder] = [this.#someFiled(), this.#someGroup()];
    if (one !== undefined && folder !== undefined) this.#moveTo(one, folder);
  }

  renamesFile(): void {
    const one = this.#someFiled();
    if (one !== undefined) this.#moveTo(one, dirname(one.path), `mine ${++this.#serial}.jpg`);
  }

  renamesFolder(): void {
    const folder = this.#someGroup();
    if (folder === undefined) return;
    const [from, name] = [join(this.#parts.library, folder), `named ${++this.#folders}`];
    const inside = this.#filed().filter(({ path }) => dirname(path) === folder);
    if (inside.some((one) => this.#hasOtherName(one))) return;
    this.#rename(from, join(this.#parts.library, name));
    for (const one of inside) this.#moved(one, join(name, basename(one.path)));
  }

  merges(): void {
    const [from, to] = this.#parts.random.shuffled(this.#groups());
    if (from === undefined || to === undefined) return;
    for (const one of this.#filed()) if (dirname(one.path) === from) this.#moveTo(one, to);
    this.#removeFolderIfEmpty(from);
  }

  foundsGroup(): void {
    const folder = `new ${++this.#folders}`;
    mkdirSync(join(this.#parts.library, folder));
    stampFolders([join(this.#parts.library, folder)], this.#parts.clock.now());
    for (let count = 1 + this.#parts.random.below(3); count > 0; count--) {
      const one = this.#someFiled();
      if (one !== undefined) this.#moveTo(one, folder);
    }
  }

  deletes(): void {
    const one = this.#someFiled();
    if (one !== undefined) this.#delete(one);
  }

  deletesFolder(): void {
    const folder = this.#someGroup();
    if (folder === undefined) return;
    for (const one of this.#filed()) if (dirname(one.path) === folder) this.#delete(one);
    this.#removeFolderIfEmpty(folder);
  }

  putsByHand(): void {
    const { random, library, ledger, clock, pool } = this.#parts;
    const folder = this.#someGroup();
    if (folder === undefined) return;
    const content = random.next() < 0.5 ? this.#picture() : withTrailer(pool.notes, ++this.#serial);
    const path = join(folder, this.#freeName(folder, cameraName(random)));
    this.#write(join(library, path), content, clock.now());
    ledger.putByHand(path, sha256(content));
  }

  // Helpers

  #picture(): Buffer {
    return withTrailer(this.#parts.random.pick(this.#parts.pool.pictures), ++this.#serial);
  }

  #freePath(): string {
    const { random, inbox } = this.#parts;
    for (;;) {
      const path = join(inbox, random.pick(['', 'a', 'b/c']), cameraName(random));
      if (!existsSync(path)) return path;
      if (random.next() < 0.2) return join(dirname(path), `x${++this.#serial} ${basename(path)}`);
    }
  }

  #arrive(path: string, bytes: Buffer, isReadable: boolean): void {
    this.#write(path, bytes, this.#parts.clock.now());
    this.#arrived(path, isReadable);
  }

  #arrived(path: string, isReadable: boolean): void {
    this.#parts.ledger.arrived(path.slice(this.#parts.inbox.length + 1), readFileSync(path), isReadable);
    this.#parts.hint(path);
  }

  #finish(one: Unfinished): void {
    if (!this.#unfinished.delete(one)) return;
    writeSync(one.file, one.rest, 0, one.rest.length, one.whole.length - one.rest.length);
    fsyncSync(one.file);
    closeSync(one.file);
    const { inbox, clock, ledger, hint } = this.#parts;
    if (existsSync(one.path)) utimesSync(one.path, clock.now() / 1000, clock.now() / 1000);
    ledger.arrived(one.path.slice(inbox.length + 1), one.whole, true);
    hint(one.path);
  }

  #write(path: string, bytes: Buffer, mtimeMs: number): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    stampFolders([path], this.#parts.clock.now());
  }

  #rename(from: string, to: string): void {
    renameSync(from, to);
    stampFolders([from, to], this.#parts.clock.now());
  }

  #unlink(path: string): void {
    unlinkSync(path);
    stampFolders([path], this.#parts.clock.now());
  }

  #moveTo(one: Lying, folder: string, name = basename(one.path)): void {
    const { library } = this.#parts;
    if (!existsSync(join(library, one.path))) return;
    if (dirname(one.path) === folder && name === basename(one.path)) return;
    if (this.#hasOtherName(one)) return;
    const path = join(folder, this.#freeName(folder, name));
    this.#rename(join(library, one.path), join(library, path));
    this.#moved(one, path);
  }

  /**
   * A picture moving between groups has two names for a moment. If a person moves both names elsewhere, there
   * are two pictures.
   */
  #hasOtherName({ path, stats }: Lying): boolean {
    const others = this.#filed().filter((one) => one.path !== path && one.stats.ino === stats.ino);
    return others.some((other) => this.#parts.ledger.isPinned(other.path));
  }

  #moved(one: Lying, path: string): void {
    this.#parts.ledger.unpin(one.path);
    this.#left.add(one.path);
    if (!this.#mayBeLinkedByMistake(one)) this.#parts.ledger.put(path, one.sha);
  }

  /** It replaced a picture during its filing: the name in the library may belong to either. */
  #mayBeLinkedByMistake({ sha, stats }: Lying): boolean {
    if (!this.#replacing.has(sha)) return false;
    return filesBelow(this.#parts.inbox).some((waiting) => waiting.stats.ino === stats.ino);
  }

  #delete({ path, sha }: Lying): void {
    const { library, ledger } = this.#parts;
    this.#unlink(join(library, path));
    ledger.unpin(path);
    this.#left.add(path);
    ledger.removed(sha, this.#parts, this.#parts.isQuiet());
  }

  #removeFolderIfEmpty(folder: string): void {
    const path = join(this.#parts.library, folder);
    if (readdirSync(path).some((name) => name !== '.framesort')) return;
    rmSync(path, { recursive: true });
    stampFolders([path], this.#parts.clock.now());
  }

  #freeName(folder: string, wanted: string): string {
    let name = wanted;
    while (existsSync(join(this.#parts.library, folder, name)) || this.#left.has(join(folder, name)))
      name = `by hand ${++this.#serial}.jpg`;
    return name;
  }

  #groups(): string[] {
    const all = readdirSync(this.#parts.library, { withFileTypes: true });
    return all
      .filter((one) => one.isDirectory() && !one.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  }

  #someGroup(): string | undefined {
    const groups = this.#groups();
    return groups.length === 0 ? undefined : this.#parts.random.pick(groups);
  }

  /** The visible names, without the temporary names of pictures in transit. */
  #filed(): Lying[] {
    const all = Array.from(groupsIn(this.#parts.library).values()).flat();
    return all.filter(({ path }) => !isTempName(basename(path)));
  }

  #someFiled(): Lying | undefined {
    const filed = this.#filed();
    return filed.length === 0 ? undefined : this.#parts.random.pick(filed);
  }

  #someOfInbox(): Lying | undefined {
    const writing = new Set(Array.from(this.#unfinished, ({ path }) => path));
    const { inbox, random } = this.#parts;
    const waiting = filesBelow(inbox).filter(
      ({ path }) => !writing.has(join(inbox, path)) && !basename(path).startsWith('.'),
    );
    return waiting.length === 0 ? undefined : random.pick(waiting);
  }

  #read(sha: string, path: string): Buffer | undefined {
    for (const root of [this.#parts.inbox, this.#parts.library]) {
      const whole = join(root, path);
      if (!existsSync(whole) || lstatSync(whole).isDirectory()) continue;
      const bytes = readFileSync(whole);
      if (sha256(bytes) === sha) return bytes;
    }
    return undefined;
  }
}
