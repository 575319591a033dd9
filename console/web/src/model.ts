// SPDX-License-Identifier: Apache-2.0
// The documents that the console serves, as far as this page reads them, and the store they are kept in.
import { computed, signal } from '@preact/signals';

export type VmKey = { vcenter: string; vm: string };
export type Loss = { kind: 'NONE' | 'TARGET_WRITES' | 'UNKNOWN'; bytes?: number };
export type Reached = { checkpoint: string; number: number; at: string; loss: Loss; expires?: string };
export type Digest = { algorithm: string; size: number; root: string };
export type Receipt = {
  diskKey: number;
  volume: string;
  level: 'BOTH' | 'TRANSFER' | 'TARGET' | 'NONE';
  size: number;
  bytesRead: number;
  bytesWritten: number;
  source?: Digest;
  target?: Digest;
  cached?: boolean;
};
export type Problem = { kind: string; code: string; what: string; remedy: string };
export type Copy = { done: number; total: number; bytesPerSecond: number; eta?: string };
export type Health = { sign: 'WELL' | 'RETRYING' | 'AILING' | 'HELD'; rungs: string[] };
export type Migration = {
  vm: VmKey;
  name: string;
  migration: string;
  wave: string;
  way: string;
  phase: string;
  step?: string;
  stepNumber: number;
  stepCount: number;
  checkpoint: string;
  checkpoints: Reached[];
  receipts: Receipt[];
  problem?: Problem;
  exits: string[];
  sourceOffAt?: string;
  targetUpAt?: string;
  soakUntil?: string;
  result?: string;
  reason?: string;
  namespace: string;
  targetName: string;
  startedAt: string;
  endedAt?: string;
  updatedAt: string;
  copy?: Copy;
  forecastDowntimeSeconds?: number;
  health?: Health;
  waitingFor?: string[];
  turnedAt?: string;
  sourceBackAt?: string;
};
export type Wave = {
  wave: string;
  name: string;
  planVersion: number;
  stage: string;
  vms: number;
  byPhase: Record<string, number>;
  blockers: string[];
  approvedBy?: { name: string };
  releasedAt?: string;
  endedAt?: string;
  copy?: Copy;
  etaP50?: string;
  etaP95?: string;
  moved?: { name: string; fromWave?: string; from?: string; to?: string }[];
  outdated?: string[];
};
export type DiskProgress = { vm: VmKey; diskKey: number; what: string; done: number; total: number; at: string };
export type Fact = { type: string; key: string; sequence: number; at: string; actor: string; data: Record<string, unknown> };
export type Quarantined = { brain: string; key: string; offset: number; reason: string; at: string; waiting: number };

export const waves = signal<Record<string, Wave>>({});
export const migrations = signal<Record<string, Migration>>({});
/** By VM, then by disk. */
export const progress = signal<Record<string, Record<number, DiskProgress>>>({});
export const facts = signal<Record<string, Fact[]>>({});
export const quarantine = signal<Quarantined[]>([]);
/** vCenters where a stop is in force. */
export const stopped = signal<string[]>([]);
/** Whether the first snapshot has arrived: before, that something is not there says nothing. */
export const loaded = signal(false);
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');
/** What a command was answered that came to nothing. */
export const trouble = signal<string>('');
/** Why what is shown may be old, as the console says; empty while it is not. */
export const stale = signal<string>('');
/** Who is signed in; null while nobody is. */
export const person = signal<string | null>('');
export const route = signal<string>(location.hash.slice(1) || '/');

export const keyOf = (vm: VmKey) => `${vm.vcenter}/${vm.vm}`;

/** But for those that a later version of their plan did away with. */
export const sortedWaves = computed(() =>
  Object.values(waves.value).filter((wave) => wave.stage !== 'SUPERSEDED').sort((a, b) => a.wave.localeCompare(b.wave, undefined, { numeric: true })),
);

const byWave = computed(() => {
  const waves = new Map<string, Migration[]>();
  for (const m of Object.values(migrations.value)) {
    const known = waves.get(m.wave);
    if (known) known.push(m);
    else waves.set(m.wave, [m]);
  }
  for (const rows of waves.values()) rows.sort((a, b) => a.name.localeCompare(b.name));
  return waves;
});

export const ofWave = (id: string): Migration[] => byWave.value.get(id) ?? [];

export function disksOf(vm: VmKey): DiskProgress[] {
  return Object.values(progress.value[keyOf(vm)] ?? {}).sort((a, b) => a.diskKey - b.diskKey);
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${count} B` : `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${units[unit]}`;
}

/**
 * How long nobody served, so far or in all: until the target was healthy, or, of a journey that went back, until the
 * source ran again, without the time that a healthy target served in between.
 */
export function downtime(m: Migration): string {
  if (!m.sourceOffAt) return '–';
  const off = Date.parse(m.sourceOffAt);
  const up = m.targetUpAt ? Date.parse(m.targetUpAt) : undefined;
  const running = m.result ? NaN : Date.now();
  let millis: number;
  if (m.turnedAt) {
    const back = m.sourceBackAt ? Date.parse(m.sourceBackAt) : running;
    millis = up === undefined ? back - off : up - off + back - Date.parse(m.turnedAt);
  } else {
    millis = (up ?? running) - off;
  }
  return Number.isFinite(millis) && millis >= 0 ? `${(millis / 1000).toFixed(1)} s` : '–';
}

/** The time of day in UTC to the second, with its day where that is not today. */
export function timeOf(at: string): string {
  const iso = new Date(at).toISOString();
  const time = iso.slice(11, 19);
  return iso.slice(0, 10) === new Date().toISOString().slice(0, 10) ? time : `${iso.slice(0, 10)} ${time}`;
}

/** The same to the minute, with its zone. */
export const clock = (at: string) => `${timeOf(at).slice(0, -3)} UTC`;

/** When a wave is forecast to have ended; one time where both are the same. */
export function forecast(wave: Wave): string {
  if (!wave.etaP50 || !wave.etaP95) return '';
  const likely = clock(wave.etaP50);
  const late = clock(wave.etaP95);
  return likely === late ? ` · forecast to end by ${likely}` : ` · forecast to end by ${likely} (P50), ${late} (P95)`;
}

/** Bytes of a VM's disks that were copied since the last milestone, which is what its copy shows. */
export function since(m: Migration): number {
  if (m.result || !m.copy) return 0;
  const done = disksOf(m.vm).reduce((sum, disk) => sum + disk.done, 0);
  return Math.max(0, Math.min(done, m.copy.total) - m.copy.done);
}

/** How far a copy is, how fast, and until when; with what came since its last milestone. */
export function copied(copy: Copy, more: number): string {
  const rate = copy.bytesPerSecond > 0 ? ` at ${bytes(copy.bytesPerSecond)}/s` : '';
  return `${bytes(Math.min(copy.done + more, copy.total))} of ${bytes(copy.total)} of disks copied${rate}${copy.eta ? `, until ${clock(copy.eta)}` : ''}`;
}

export const words = (name: string) => name.toLowerCase().replaceAll('_', ' ');

/** The same as a button says it. */
export const headed = (name: string) => words(name).replace(/^./, (first) => first.toUpperCase());
