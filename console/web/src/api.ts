// SPDX-License-Identifier: Apache-2.0
// The way to the console: session, commands, and the event stream that fills the store.
import { batch } from '@preact/signals';
import { connection, facts, keyOf, loaded, migrations, person, progress, quarantine, stale, stopped, trouble, waves } from './model';
import type { DiskProgress, Fact, Migration, Quarantined, Wave } from './model';

/** How often what came is drawn, in milliseconds: a herd says more than eyes can follow. */
const DRAW_EVERY = 250;

/** What the console says of a request that it did not serve. */
export const said = async (answer: Response): Promise<string> =>
  ((await answer.json().catch(() => ({}))) as { message?: string }).message ?? `The console said ${answer.status}.`;

/** A token in the address (…#token=TOKEN) becomes a cookie and leaves the address. */
export async function openSession(): Promise<void> {
  const found = /^#token=(.+)$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, '', location.pathname);
  await signIn(decodeURIComponent(found[1])).catch(() => undefined);
}

/** Turns a token into a cookie; says what is wrong with it, or nothing. */
export async function signIn(token: string): Promise<string> {
  const answer = await fetch('api/v1/session', { method: 'POST', body: JSON.stringify({ token }) });
  if (!answer.ok) return said(answer);
  person.value = ((await answer.json()) as { actor: string }).actor;
  return '';
}

/** Sends a command; what the console refuses is shown as it says it. */
export async function command(path: string, body: object): Promise<boolean> {
  trouble.value = '';
  try {
    const answer = await fetch('api/v1/' + path, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status === 401) person.value = null;
    if (answer.ok) return true;
    trouble.value = await said(answer);
  } catch {
    trouble.value = 'The console cannot be reached; nothing was sent.';
  }
  return false;
}

/** Adds facts to those of a VM that is looked at; one that is there already is not added. */
function add(key: string, more: Fact[]): void {
  const known = facts.value[key];
  if (!known) return;
  const seen = new Set(known.map((f) => f.type + f.sequence));
  const news = more.filter((f) => !seen.has(f.type + f.sequence));
  if (news.length > 0) facts.value = { ...facts.value, [key]: [...known, ...news].sort((a, b) => a.at.localeCompare(b.at)) };
}

/** The facts of one VM so far; later ones come by the stream, also while these are fetched. */
export async function loadFacts(key: string): Promise<void> {
  if (!facts.value[key]) facts.value = { ...facts.value, [key]: [] };
  try {
    const answer = await fetch('api/v1/migrations/' + key);
    if (answer.ok) add(key, ((await answer.json()) as { facts: Fact[] }).facts);
  } catch {
    // That the connection is lost is said already.
  }
}

/** Why there is no stream: nobody is signed in, or the console says what it lacks. */
async function why(): Promise<void> {
  try {
    const answer = await fetch('api/v1/session');
    if (answer.status === 401) {
      person.value = null;
    } else if (answer.ok) {
      person.value = ((await answer.json()) as { actor: string }).actor;
      const waves = await fetch('api/v1/waves');
      // What it says while all is well comes by the stream.
      if (!waves.ok) stale.value = await said(waves);
    } else {
      stale.value = await said(answer);
    }
  } catch {
    // Nobody is there: that the connection is lost says it.
  }
}

/** The stream that is followed; none while nobody looks. */
let followed: EventSource | undefined;

/**
 * A page that nobody sees lets its connection go: browsers have six to an address, and a seventh page would wait for
 * one for ever. Whoever comes back to it sees it as it is then.
 */
export function followWhileSeen(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      followed?.close();
      followed = undefined;
      // Whatever is shown is of now only when there is a stream again.
      connection.value = 'connecting';
    } else if (!followed && person.value !== null) {
      follow();
    }
  });
  follow();
}

/** Follows the stream; the browser connects again by itself. */
export function follow(): void {
  followed?.close();
  const stream = new EventSource('api/v1/stream');
  followed = stream;
  let waiting: [string, MessageEvent<string>][] = [];
  const flush = () => {
    const events = waiting;
    waiting = [];
    batch(() => {
      const nextWaves = { ...waves.value };
      const nextMigrations = { ...migrations.value };
      const nextProgress = { ...progress.value };
      const news: Record<string, Fact[]> = {};
      for (const [kind, event] of events) {
        const document: unknown = JSON.parse(event.data);
        if (kind === 'wave') nextWaves[(document as Wave).wave] = document as Wave;
        if (kind === 'migration') nextMigrations[keyOf((document as Migration).vm)] = document as Migration;
        if (kind === 'progress') {
          const disk = document as DiskProgress;
          const vm = keyOf(disk.vm);
          nextProgress[vm] = { ...nextProgress[vm], [disk.diskKey]: disk };
        }
        if (kind === 'stopped') stopped.value = document as string[];
        if (kind === 'trouble') stale.value = (document as { what: string }).what;
        if (kind === 'missed') refresh();
        if (kind === 'quarantine') {
          quarantine.value = document as Quarantined[];
          // It closes the snapshot.
          loaded.value = true;
        }
        if (kind === 'fact') {
          const fact = document as Fact;
          if (facts.value[fact.key]) (news[fact.key] ??= []).push(fact);
        }
      }
      waves.value = nextWaves;
      migrations.value = nextMigrations;
      progress.value = nextProgress;
      for (const [key, more] of Object.entries(news)) add(key, more);
    });
  };
  for (const kind of ['wave', 'migration', 'progress', 'stopped', 'quarantine', 'fact', 'trouble', 'missed']) {
    stream.addEventListener(kind, (event) => {
      if (waiting.length === 0) setTimeout(flush, DRAW_EVERY);
      waiting.push([kind, event as MessageEvent<string>]);
    });
  }
  stream.onopen = () => {
    connection.value = 'live';
    void why();
    refresh();
  };
  stream.onerror = () => {
    connection.value = 'lost';
    // That it was refused is for good to an EventSource: find out why, and ask again unless it is for a token.
    if (stream.readyState === EventSource.CLOSED) {
      void why().then(() => {
        if (person.value !== null) setTimeout(() => stream === followed && follow(), 2000);
      });
    }
  };
}

/** A stream that is opened anew does not bring the facts that came in between. */
function refresh(): void {
  for (const key of Object.keys(facts.value)) void loadFacts(key);
}
