// SPDX-License-Identifier: Apache-2.0
// The way to the console: session, commands, and the event stream that fills the store.
import { batch } from '@preact/signals';
import { connection, facts, keyOf, loaded, migrations, progress, quarantine, stopped, trouble, waves } from './model';
import type { DiskProgress, Fact, Migration, Quarantined, Wave } from './model';

/** A token in the address (…#token=HEX) becomes a cookie and leaves the address. */
export async function openSession(): Promise<void> {
  const found = /^#token=([0-9a-f]+)$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, '', location.pathname);
  await fetch('api/v1/session', { method: 'POST', body: JSON.stringify({ token: found[1] }) });
}

/** Sends a command; what the console refuses is shown as it says it. */
export async function command(path: string, body: object): Promise<boolean> {
  trouble.value = '';
  try {
    const answer = await fetch('api/v1/' + path, { method: 'POST', body: JSON.stringify(body) });
    if (answer.ok) return true;
    trouble.value = ((await answer.json()) as { message?: string }).message ?? `The console said ${answer.status}.`;
  } catch {
    trouble.value = 'The console cannot be reached; nothing was sent.';
  }
  return false;
}

/** The facts of one VM so far; later ones come by the stream. */
export async function loadFacts(key: string): Promise<void> {
  const answer = await fetch('api/v1/migrations/' + key);
  if (!answer.ok) return;
  const document = (await answer.json()) as { facts: Fact[] };
  facts.value = { ...facts.value, [key]: document.facts };
}

/** Follows the stream for as long as the page lives; the browser connects again by itself. */
export function follow(): void {
  const stream = new EventSource('api/v1/stream');
  let waiting: [string, MessageEvent<string>][] = [];
  const flush = () => {
    const events = waiting;
    waiting = [];
    batch(() => {
      const nextWaves = { ...waves.value };
      const nextMigrations = { ...migrations.value };
      const nextProgress = { ...progress.value };
      for (const [kind, event] of events) {
        const document: unknown = JSON.parse(event.data);
        if (kind === 'wave') nextWaves[(document as Wave).wave] = document as Wave;
        if (kind === 'migration') nextMigrations[keyOf((document as Migration).vm)] = document as Migration;
        if (kind === 'progress') {
          const disk = document as DiskProgress;
          nextProgress[`${keyOf(disk.vm)}#${disk.diskKey}`] = disk;
        }
        if (kind === 'stopped') stopped.value = document as string[];
        if (kind === 'quarantine') {
          quarantine.value = document as Quarantined[];
          // It closes the snapshot.
          loaded.value = true;
        }
        if (kind === 'fact') {
          const fact = document as Fact;
          const known = facts.value[fact.key];
          if (known && !known.some((f) => f.type === fact.type && f.sequence === fact.sequence)) {
            facts.value = { ...facts.value, [fact.key]: [...known, fact] };
          }
        }
      }
      waves.value = nextWaves;
      migrations.value = nextMigrations;
      progress.value = nextProgress;
    });
  };
  for (const kind of ['wave', 'migration', 'progress', 'stopped', 'quarantine', 'fact']) {
    stream.addEventListener(kind, (event) => {
      if (waiting.length === 0) requestAnimationFrame(flush);
      waiting.push([kind, event as MessageEvent<string>]);
    });
  }
  stream.onopen = () => (connection.value = 'live');
  stream.onerror = () => {
    connection.value = 'lost';
    // A console that still catches up answers 503, and that is for good to an EventSource.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  };
}
