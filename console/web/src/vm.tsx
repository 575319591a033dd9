// SPDX-License-Identifier: Apache-2.0
// One VM: its steps, the checkpoints and what going back to them costs, what is proved, and every fact.
import { useEffect, useState } from 'preact/hooks';
import { command, loadFacts } from './api';
import { bytes, clock, copied, disksOf, downtime, facts, headed, loaded, migrations, since, timeOf, words } from './model';
import type { Fact, Loss, Migration } from './model';
import { Bar, Button, Confirm, Loading, State, Steps } from './parts';
import type { Question } from './parts';

const LADDER = ['PLANNED', 'SEEDED', 'SYNCED', 'QUIESCED', 'SEALED', 'SNAPSHOTTED', 'CONVERTED', 'RUNNING', 'COMMITTED'];

function cost(loss: Loss): string {
  if (loss.kind === 'NONE') return 'nothing';
  if (loss.kind === 'UNKNOWN') return 'not known';
  return `up to ${bytes(loss.bytes ?? 0)} written at the target`;
}

/** What going back to a checkpoint would lose, while there is a going back. */
function goingBack(m: Migration, loss: Loss): string {
  if (m.result === 'COMMITTED') return 'committed: Drover cannot go back';
  return m.result ? '–' : cost(loss);
}

/** Why it goes back, and whether the source came back already. */
function turned(m: Migration): string {
  const why = m.problem ? `${m.problem.what} ${m.problem.remedy}` : (m.reason ?? '').replace(/\.?$/, '.');
  if (m.sourceBackAt) return `${why} The source came back at ${clock(m.sourceBackAt)}.`;
  return m.phase === 'ROLLING_BACK' && m.sourceOffAt ? `${why} The source comes back.` : why;
}

function factLine(fact: Fact): string {
  return Object.entries(fact.data)
    .map(([name, value]) => [name, (value as { what?: unknown } | null)?.what ?? value])
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function lossNow(m: Migration): string {
  const running = m.checkpoints.findLast((c) => c.checkpoint === 'RUNNING');
  return running ? cost(running.loss) : 'nothing';
}

export function VmScreen({ id }: { id: string }) {
  const [question, setQuestion] = useState<Question | null>(null);
  useEffect(() => void loadFacts(id), [id]);
  const m = migrations.value[id];
  if (!m && !loaded.value) return <Loading />;
  if (!m) return <p class="empty">There is no journey of this VM (yet).</p>;
  const say = (verb: string, body: object = {}) => void command(`migrations/${id}/${verb}`, body);
  const journal = facts.value[id] ?? [];
  const live = !m.result;
  return (
    <section aria-label={m.name}>
      <nav aria-label="Breadcrumb" class="crumbs"><a href={`#/waves/${m.wave}`}>Wave {m.wave}</a> / {m.name}</nav>
      <div class="headline">
        <h1 class="pf-v6-c-title pf-m-2xl">{m.name}</h1>
        <State name={m.result ?? m.phase} />
        {m.health && m.health.sign !== 'WELL' && m.health.sign !== m.phase && <State name={m.health.sign} />}
        <span class="muted">
          {words(m.way)} to {m.namespace}/{m.targetName} · downtime {downtime(m)}
          {live && m.forecastDowntimeSeconds !== undefined && ` · forecast ${m.forecastDowntimeSeconds} s and the boot`}
        </span>
      </div>
      {(m.problem || m.reason) && (
        <div class={`pf-v6-c-alert pf-m-inline ${m.phase === 'HELD' ? 'pf-m-danger' : 'pf-m-warning'}`} role="status">
          <p class="pf-v6-c-alert__title">{turned(m)}</p>
        </div>
      )}
      <div class="actions">
        {m.phase === 'SOAKING' && (
          <Button
            kind="primary"
            onClick={() =>
              setQuestion({
                title: `Commit ${m.name}`,
                text: 'The target stays. Drover cannot bring the source back after this; the source stays as it is, powered off and fenced.',
                type: m.name, reason: false, verb: 'Commit', danger: false, then: () => say('commit'),
              })
            }
          >
            Commit
          </Button>
        )}
        {live && m.phase !== 'ROLLING_BACK' && m.phase !== 'HELD' && (
          <Button
            danger
            onClick={() =>
              setQuestion({
                title: `Roll back ${m.name}`,
                text: `The source comes back as it was recorded. This loses ${lossNow(m)}.`,
                type: m.name, reason: true, verb: 'Roll back', danger: true, then: (reason) => say('rollback', { reason }),
              })
            }
          >
            Roll back
          </Button>
        )}
        {m.exits.map((exit) => (
          <Button
            key={exit}
            onClick={() =>
              setQuestion({
                title: `${headed(exit)}: ${m.name}`,
                text: exit === 'ROLL_BACK' ? `${m.problem?.what ?? ''} The source comes back as it was recorded. This loses ${lossNow(m)}.` : (m.problem?.what ?? ''),
                type: m.name, reason: true, verb: headed(exit), danger: exit !== 'RETRY', then: (reason) => say('resolve', { exit, reason }),
              })
            }
          >
            {headed(exit)}
          </Button>
        ))}
      </div>
      <div class="columns">
        <div>
          <h2 class="pf-v6-c-title pf-m-lg">Journey</h2>
          <Steps m={m} label={`${m.stepNumber} of ${m.stepCount}${m.step ? `: ${words(m.step)}` : ''}`} />
          {live && m.waitingFor?.map((what) => <p class="muted" key={what}>Waits for {what}</p>)}
          {live && disksOf(m.vm).map((d) => <Bar key={d.diskKey} done={d.done} total={d.total} label={`disk ${d.diskKey} ${d.what}: ${bytes(d.done)} of ${bytes(d.total)}`} />)}
          {live && m.copy && m.copy.total > 0 && <p class="muted">{copied(m.copy, since(m))}</p>}
          {m.result !== 'ROLLED_BACK' && m.health && m.health.rungs.length > 0 && <p class="muted">Target: {m.health.rungs.join(', ')}</p>}
          <h2 class="pf-v6-c-title pf-m-lg">Checkpoints</h2>
          <table class="pf-v6-c-table pf-m-compact" role="grid" aria-label="Checkpoints">
            <thead class="pf-v6-c-table__thead">
              <tr class="pf-v6-c-table__tr">
                {['Checkpoint', 'Reached (UTC)', 'Going back loses'].map((name) => <th class="pf-v6-c-table__th" scope="col" key={name}>{name}</th>)}
              </tr>
            </thead>
            <tbody class="pf-v6-c-table__tbody">
              {m.checkpoints.map((c) => (
                <tr class="pf-v6-c-table__tr" key={c.checkpoint + c.number}>
                  <td class="pf-v6-c-table__td">C{LADDER.indexOf(c.checkpoint)} {words(c.checkpoint)}{c.checkpoint === 'SYNCED' ? `-${c.number}` : ''}</td>
                  <td class="pf-v6-c-table__td">{timeOf(c.at)}</td>
                  <td class="pf-v6-c-table__td">{goingBack(m, c.loss)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <h2 class="pf-v6-c-title pf-m-lg">What is proved of the copies</h2>
          {m.receipts.length === 0 && <p class="muted">Nothing yet.</p>}
          {m.receipts.map((r) => (
            <dl class="receipt" key={r.diskKey}>
              <dt>Disk {r.diskKey}</dt><dd>{r.volume}, {bytes(r.size)}{r.bytesRead > 0 && `, ${bytes(r.bytesRead)} read`}{r.bytesWritten > 0 && `, ${bytes(r.bytesWritten)} stored`}</dd>
              <dt>Proof</dt><dd>{r.level === 'BOTH' ? 'digests of source and landed volume are equal' : words(r.level)}{r.cached && ", read back through its node's cache"}</dd>
              {r.source && <><dt>Digest</dt><dd class="digest">{r.source.root}</dd></>}
            </dl>
          ))}
        </div>
        <div>
          <h2 class="pf-v6-c-title pf-m-lg">Journal <span class="muted">(UTC)</span></h2>
          <ol class="journal" aria-label="Facts, newest first" tabIndex={0}>
            {journal.toReversed().map((fact) => (
              <li key={fact.type + fact.sequence}>
                <time dateTime={fact.at}>{timeOf(fact.at)}</time>
                <strong>{fact.type.split('.').at(-2)}</strong> <span class="muted">{factLine(fact)} · {fact.actor}</span>
              </li>
            ))}
          </ol>
        </div>
      </div>
      {question && <Confirm question={question} close={() => setQuestion(null)} />}
    </section>
  );
}
