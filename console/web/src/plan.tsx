// SPDX-License-Identifier: Apache-2.0
// One plan: its waves over time, how good it is, who moved since the version before, and its reports.
import { useEffect, useState } from 'preact/hooks';
import { said } from './api';
import { connection, sortedWaves } from './model';
import { Loading, Outdated } from './parts';

type WaveOutlook = {
  wave: string;
  fromSeconds: number;
  toSeconds: number;
  p50Seconds: number;
  p95Seconds: number;
  missed: number;
  cutWeight: number;
};
type Outlook = { makespanSeconds: number; boundSeconds: number; gap: number; boundBy: string; waves: WaveOutlook[]; start?: string };
type Named = { name: string };
type Concern = { severity: 'BLOCKER' | 'WARNING' | 'INFO'; remedy: string };
type Moved = Named & { fromSeconds: number; toSeconds: number };
type Planned = { spec: { source: { name: string } }; timing?: { copySeconds: number }; sinks?: { disks: string[]; sink: string; why: string }[] };
type Proposal = {
  waves: { id: string; name: string; vms: Planned[] }[];
  left: (Named & { why: string; concerns: Concern[] })[];
  notes: string[];
  outlook?: Outlook;
  changes?: { moved: Moved[]; added: Named[]; gone: Named[] };
};
type Plan = { id: string; version: number; proposal?: Proposal; problem?: string; outdated: string[] };

/** Rows of a list that the page shows; the report has all. */
const SHOWN = 50;

export function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A time in UTC, or how long after its release where a plan has no dates. */
function at(outlook: Outlook, second: number): string {
  if (!outlook.start) return `+ ${span(second)}`;
  return new Date(Date.parse(outlook.start) + second * 1000).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
}

function Gantt({ proposal, outlook }: { proposal: Proposal; outlook: Outlook }) {
  const end = Math.max(1, ...outlook.waves.map((w) => Math.max(w.toSeconds, w.p95Seconds)));
  const left = 90;
  const width = 900;
  const row = 22;
  const x = (second: number) => left + (second / end) * width;
  const copies = (id: string) =>
    Math.min(...(proposal.waves.find((w) => w.id === id)?.vms ?? []).map((vm) => vm.timing?.copySeconds ?? Infinity));
  return (
    <svg class="gantt" role="img" aria-label="Waves over time" viewBox={`0 0 ${left + width + 10} ${outlook.waves.length * row + 24}`}>
      {[0, 0.25, 0.5, 0.75].map((part) => (
        <g key={part}>
          <line x1={x(part * end)} x2={x(part * end)} y1="16" y2={outlook.waves.length * row + 24} />
          <text x={x(part * end)} y="11">{at(outlook, part * end)}</text>
        </g>
      ))}
      {outlook.waves.map((wave, n) => {
        const y = 20 + n * row;
        const from = Math.min(copies(wave.wave), wave.fromSeconds);
        return (
          <g key={wave.wave}>
            <text x="0" y={y + 13}>wave {wave.wave.split('/')[1]}</text>
            <rect class="copies" x={x(from)} width={Math.max(0, x(wave.fromSeconds) - x(from))} y={y} height={row - 7} />
            <rect class="cutovers" x={x(wave.fromSeconds)} width={Math.max(2, x(wave.toSeconds) - x(wave.fromSeconds))} y={y} height={row - 7}>
              <title>{`${at(outlook, wave.fromSeconds)} to ${at(outlook, wave.toSeconds)}`}</title>
            </rect>
            <rect class="late" x={x(wave.toSeconds)} width={Math.max(0, x(wave.p95Seconds) - x(wave.toSeconds))} y={y + 6} height="3" />
          </g>
        );
      })}
    </svg>
  );
}

function Changes({ proposal, outlook }: { proposal: Proposal; outlook: Outlook }) {
  const changes = proposal.changes;
  if (!changes) return null;
  return (
    <>
      <h2 class="pf-v6-c-title pf-m-lg">
        Since the version before: {changes.moved.length} moved, {changes.added.length} new, {changes.gone.length} gone
      </h2>
      <ul>
        {changes.moved.slice(0, SHOWN).map((vm) => (
          <li key={vm.name}>{vm.name}: {at(outlook, vm.fromSeconds)} → {at(outlook, vm.toSeconds)}</li>
        ))}
        {changes.added.slice(0, SHOWN).map((vm) => <li key={vm.name}>{vm.name}: new</li>)}
        {changes.gone.slice(0, SHOWN).map((vm) => <li key={vm.name}>{vm.name}: gone</li>)}
      </ul>
    </>
  );
}

function Waves({ proposal, outlook }: { proposal: Proposal; outlook: Outlook }) {
  return (
    <table class="pf-v6-c-table pf-m-compact pf-m-grid-md" role="grid" aria-label="Waves of the plan">
      <thead class="pf-v6-c-table__thead">
        <tr class="pf-v6-c-table__tr">
          {['Wave', 'Applications', 'VMs', 'Cutovers from', 'Ends', 'P50', 'P95', 'Misses its window', 'Cut weight'].map((head) => (
            <th class="pf-v6-c-table__th" scope="col" key={head}>{head}</th>
          ))}
        </tr>
      </thead>
      <tbody class="pf-v6-c-table__tbody">
        {outlook.waves.map((wave) => {
          const planned = proposal.waves.find((w) => w.id === wave.wave);
          return (
            <tr class="pf-v6-c-table__tr" key={wave.wave}>
              <td class="pf-v6-c-table__td" data-label="Wave"><a href={`#/waves/${wave.wave}`}>{wave.wave}</a></td>
              <td class="pf-v6-c-table__td" data-label="Applications">{planned?.name}</td>
              <td class="pf-v6-c-table__td" data-label="VMs">{planned?.vms.length}</td>
              <td class="pf-v6-c-table__td" data-label="Cutovers from">{at(outlook, wave.fromSeconds)}</td>
              <td class="pf-v6-c-table__td" data-label="Ends">{at(outlook, wave.toSeconds)}</td>
              <td class="pf-v6-c-table__td" data-label="P50">{at(outlook, wave.p50Seconds)}</td>
              <td class="pf-v6-c-table__td" data-label="P95">{at(outlook, wave.p95Seconds)}</td>
              <td class="pf-v6-c-table__td" data-label="Misses its window">{Math.round(wave.missed * 100)} %</td>
              <td class="pf-v6-c-table__td" data-label="Cut weight">{wave.cutWeight.toFixed(1)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** How disks are going to get into their volumes, VM by VM. */
function Sinks({ proposal }: { proposal: Proposal }) {
  const rows = proposal.waves
    .flatMap((wave) => wave.vms.map((vm) => ({ wave: wave.id, name: vm.spec.source.name, sinks: vm.sinks ?? [] })))
    .filter((row) => row.sinks.length > 0);
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>How the disks get into their volumes</summary>
      <ul>
        {rows.slice(0, SHOWN).map((row) => (
          <li key={row.wave + row.name}>
            {row.name}: {row.sinks.map((one) => `${one.disks.join(', ')} by ${one.sink} (${one.why})`).join('; ')}
          </li>
        ))}
        {rows.length > SHOWN && <li>and {rows.length - SHOWN} more: see drover plan show</li>}
      </ul>
    </details>
  );
}

/** What to do about the blockers; what else keeps a VM out says so itself. */
function remedy(concerns: Concern[]): string {
  return [...new Set(concerns.filter((c) => c.severity === 'BLOCKER').map((c) => c.remedy))].join(' ');
}

export function PlanScreen({ id }: { id: string }) {
  const [plan, setPlan] = useState<Plan | undefined>(undefined);
  // Why there is nothing to show; the last that was read stays.
  const [lack, setLack] = useState('');
  // What the stream says of the plan's waves says that the plan is another one, or out of date.
  const heard =
    connection.value +
    sortedWaves.value
      .filter((wave) => wave.wave.startsWith(`${id}/`))
      .map((wave) => `${wave.planVersion} ${wave.outdated?.join() ?? ''}`)
      .join();
  useEffect(() => {
    // An answer that comes after a later question says what was.
    let late = false;
    const look = async () => {
      const answer = await fetch(`api/v1/plans/${id}`);
      const found = answer.ok ? ((await answer.json()) as Plan) : undefined;
      const why = answer.ok ? '' : await said(answer);
      if (late) return;
      setLack(why);
      if (found) setPlan(found);
    };
    look().catch(() => late || setLack('The console cannot be reached.'));
    return () => void (late = true);
  }, [id, heard]);
  if (plan?.id !== id) return lack ? <p class="empty" role="status">{lack}</p> : <Loading />;
  const proposal = plan.proposal;
  if (!proposal) return <p class="empty">{plan.problem ?? `Version ${plan.version} of plan ${id} is being made.`}</p>;
  const outlook = proposal.outlook;
  const vms = proposal.waves.reduce((sum, wave) => sum + wave.vms.length, 0);
  const at = `api/v1/plans/${id}`;
  return (
    <section aria-label={`Plan ${id}`}>
      <h1 class="pf-v6-c-title pf-m-2xl">Plan {id}, version {plan.version}</h1>
      {plan.outdated.length > 0 && <Outdated plan={id} version={plan.version} why={plan.outdated} />}
      <p>
        {vms} VMs in {proposal.waves.length} waves, {proposal.left.length} left out
        {outlook && `; done after ${span(outlook.makespanSeconds)}. No plan can be before ${span(outlook.boundSeconds)} (${outlook.boundBy}): within ${(outlook.gap * 100).toFixed(1)} % of the best there is`}.
      </p>
      <p>
        <a href={`${at}/report.html`}>Report to read and print</a> · <a href={`${at}/plan.xlsx`}>Spreadsheet to edit</a> ·{' '}
        <a href={`${at}/table.csv?name=machines`}>VMs as csv</a>
      </p>
      {outlook && <Gantt proposal={proposal} outlook={outlook} />}
      {outlook && <Waves proposal={proposal} outlook={outlook} />}
      {outlook && <Changes proposal={proposal} outlook={outlook} />}
      <Sinks proposal={proposal} />
      {proposal.left.length > 0 && <h2 class="pf-v6-c-title pf-m-lg">Left out</h2>}
      <ul>
        {proposal.left.slice(0, SHOWN).map((vm) => <li key={vm.name}>{vm.name}: {vm.why} {remedy(vm.concerns)}</li>)}
      </ul>
      <h2 class="pf-v6-c-title pf-m-lg">Notes</h2>
      <ul>
        {proposal.notes.slice(0, SHOWN).map((note) => <li key={note}>{note}</li>)}
      </ul>
    </section>
  );
}
