// SPDX-License-Identifier: Apache-2.0
// One wave: what its journeys do, and the commands that reach all of them.
import { useState } from 'preact/hooks';
import { command } from './api';
import { bytes, clock, copied, disksOf, downtime, forecast, keyOf, loaded, ofWave, since, waves, words } from './model';
import type { Migration, Wave } from './model';
import { Bar, Button, Confirm, Loading, Outdated, State, Steps } from './parts';
import type { Question } from './parts';

function Transfer({ m }: { m: Migration }) {
  const copied = m.receipts.reduce((sum, r) => sum + r.bytesRead, 0);
  if (m.receipts.length > 0) {
    return <span>{copied > 0 && `${bytes(copied)} read, `}{m.receipts.length} disk{m.receipts.length > 1 ? 's' : ''}</span>;
  }
  const disks = disksOf(m.vm);
  const done = disks.reduce((sum, d) => sum + d.done, 0);
  const total = disks.reduce((sum, d) => sum + d.total, 0);
  return total > 0 && !m.result ? <Bar done={done} total={total} label={`${bytes(done)} of ${bytes(total)}`} /> : <span>–</span>;
}

export function proof(m: Migration): string {
  if (m.receipts.length === 0) return '–';
  const order = ['BOTH', 'TRANSFER', 'TARGET', 'NONE'];
  const weakest = Math.max(...m.receipts.map((r) => order.indexOf(r.level)));
  return weakest === 0 ? 'equal on both sides' : words(order[weakest]);
}

/** More rows than this nobody reads, and a browser draws them slowly. */
const SHOWN = 200;

/** A wave that is longer than a screen is searched. */
const LONG = 20;

/** Whether a VM is meant by what somebody looks for: part of its name, state, step or problem. */
function meant(m: Migration, sought: string): boolean {
  return [m.name, words(m.result ?? m.phase), words(m.step ?? ''), m.problem?.what ?? '', m.reason ?? ''].some((text) => text.toLowerCase().includes(sought));
}

function Row({ m }: { m: Migration }) {
  return (
    <tr class="pf-v6-c-table__tr" role="row">
      <td class="pf-v6-c-table__td" data-label="VM"><a href={`#/vms/${keyOf(m.vm)}`}>{m.name}</a></td>
      <td class="pf-v6-c-table__td" data-label="State">
        <State name={m.result ?? m.phase} />
        {m.health && (m.health.sign === 'RETRYING' || m.health.sign === 'AILING') && <State name={m.health.sign} />}
      </td>
      <td class="pf-v6-c-table__td" data-label="Step">
        <Steps m={m} label={m.step ? words(m.step) : `${m.stepNumber}/${m.stepCount}`} />
      </td>
      <td class="pf-v6-c-table__td" data-label="Disks"><Transfer m={m} /></td>
      <td class="pf-v6-c-table__td" data-label="Proof">{proof(m)}</td>
      <td class="pf-v6-c-table__td" data-label="Checkpoint">{words(m.checkpoint)}</td>
      <td class="pf-v6-c-table__td number" data-label="Downtime">{downtime(m)}</td>
      <td class="pf-v6-c-table__td" data-label="Word">{m.reason ?? m.problem?.what ?? m.waitingFor?.map((what) => `waits for ${what}`).join('; ') ?? ''}</td>
    </tr>
  );
}

export function WaveScreen({ id }: { id: string }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [sought, setSought] = useState('');
  const wave: Wave | undefined = waves.value[id];
  if (!wave && !loaded.value) return <Loading />;
  if (!wave) return <p class="empty">There is no wave {id} (yet).</p>;
  const rows = ofWave(id);
  const running = wave.stage === 'RUNNING' || wave.stage === 'PAUSED';
  const soaking = rows.filter((m) => m.phase === 'SOAKING').length;
  const over = rows.filter((m) => m.result).length;
  const found = sought.trim() === '' ? rows : rows.filter((m) => meant(m, sought.trim().toLowerCase()));
  const say = (verb: string, body: object = {}) => void command(`waves/${id}/${verb}`, body);
  return (
    <section aria-label={`Wave ${id}`}>
      <div class="headline">
        <h1 class="pf-v6-c-title pf-m-2xl">Wave {id}</h1>
        <State name={wave.stage} />
        <span class="muted">{wave.name} · plan version {wave.planVersion}{wave.approvedBy ? ` · approved by ${wave.approvedBy.name}` : ''}</span>
      </div>
      <div class="actions">
        {wave.stage === 'PROPOSED' && <Button kind="primary" onClick={() => say('approve', { planVersion: wave.planVersion })}>Approve</Button>}
        {wave.stage === 'APPROVED' && <Button kind="primary" onClick={() => say('start', { planVersion: wave.planVersion })}>Start</Button>}
        {wave.stage === 'RUNNING' && <Button onClick={() => say('pause', { reason: 'paused on the page' })}>Pause</Button>}
        {wave.stage === 'PAUSED' && <Button kind="primary" onClick={() => say('resume')}>Resume</Button>}
        {running && (
          <>
            <Button
              kind="primary"
              disabled={soaking === 0}
              onClick={() =>
                setQuestion({
                  title: `Commit ${soaking} VM${soaking === 1 ? '' : 's'}`,
                  text: 'A committed VM cannot be rolled back by Drover any more. Its source stays, powered off and fenced.',
                  type: id, reason: false, verb: 'Commit', danger: false, then: () => say('commit'),
                })
              }
            >
              Commit {soaking > 0 ? soaking : ''}
            </Button>
            <Button
              danger
              onClick={() =>
                setQuestion({
                  title: `Roll back wave ${id}`,
                  text: `Every source that is not committed comes back. What ${soaking} running target${soaking === 1 ? '' : 's'} wrote since the cutover is lost; each VM's page says how much.`,
                  type: id, reason: true, verb: 'Roll back', danger: true, then: (reason) => say('rollback', { reason }),
                })
              }
            >
              Roll back
            </Button>
          </>
        )}
      </div>
      {rows.length > 0 && <Bar done={over} total={wave.vms} label={`${over} of ${wave.vms} ended`} tone={over === wave.vms ? 'success' : undefined} />}
      {running && over < wave.vms && wave.copy && wave.copy.total > 0 && (
        <p class="muted">
          {copied(wave.copy, rows.reduce((sum, m) => sum + since(m), 0))}
          {forecast(wave)}
        </p>
      )}
      {wave.outdated && <Outdated plan={id.split('/')[0]} version={wave.planVersion} why={wave.outdated} />}
      {wave.moved && (
        <details>
          <summary>{wave.moved.length} VM{wave.moved.length === 1 ? '' : 's'} put here when the plan was made again</summary>
          <ul>
            {wave.moved.map((vm) => (
              <li key={vm.name}>
                {vm.name}: {vm.fromWave ? `from wave ${vm.fromWave}${vm.from ? `, ${clock(vm.from)}` : ''}` : 'new'}
                {vm.to ? ` → ${clock(vm.to)}` : ''}
              </li>
            ))}
          </ul>
        </details>
      )}
      {wave.blockers.length > 0 && (
        <div class="pf-v6-c-alert pf-m-danger pf-m-inline" role="status">
          <p class="pf-v6-c-alert__title">{wave.blockers.join('; ')}</p>
        </div>
      )}
      {rows.length > LONG && (
        <label class="search">
          Find VMs by name, state, step or problem
          <input type="search" value={sought} onInput={(e) => setSought(e.currentTarget.value)} />
        </label>
      )}
      <table class="pf-v6-c-table pf-m-compact pf-m-grid-md" role="grid" aria-label={`VMs of wave ${id}`}>
        <thead class="pf-v6-c-table__thead">
          <tr class="pf-v6-c-table__tr" role="row">
            {['VM', 'State', 'Step', 'Disks', 'Proof', 'Checkpoint', 'Downtime', ''].map((name) => (
              <th class={`pf-v6-c-table__th${name === 'Downtime' ? ' number' : ''}`} role="columnheader" scope="col" key={name}>{name || <span class="hidden">Word</span>}</th>
            ))}
          </tr>
        </thead>
        <tbody class="pf-v6-c-table__tbody" role="rowgroup">
          {found.slice(0, SHOWN).map((m) => <Row key={keyOf(m.vm)} m={m} />)}
        </tbody>
      </table>
      {rows.length > 0 && found.length === 0 && <p class="empty">No VM of this wave is like that.</p>}
      {found.length > SHOWN && <p class="muted">… and {found.length - SHOWN} more: say above which you look for, or see <code>drover wave show {id}</code>.</p>}
      {rows.length === 0 && <p class="empty">No journey of this wave has begun. {wave.vms} VM{wave.vms === 1 ? ' is' : 's are'} planned.</p>}
      {question && <Confirm question={question} close={() => setQuestion(null)} />}
    </section>
  );
}
