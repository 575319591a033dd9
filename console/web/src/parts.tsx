// SPDX-License-Identifier: Apache-2.0
// Small pieces that the screens share.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from './model';
import type { Migration } from './model';

const COLOURS: Record<string, string> = {
  COMMITTED: 'green',
  SOAKING: 'teal',
  VERIFYING: 'teal',
  COPYING: 'blue',
  CUTTING_OVER: 'blue',
  PREPARING: 'blue',
  COMMITTING: 'blue',
  RUNNING: 'blue',
  ROLLING_BACK: 'orange',
  ROLLED_BACK: 'orange',
  PAUSED: 'yellow',
  HELD: 'red',
  ABANDONED: 'red',
  RETRYING: 'orange',
  AILING: 'red',
  ENDED: 'green',
  APPROVED: 'purple',
};
const SIGNS: Record<string, string> = {
  COMMITTED: '✔',
  ENDED: '✔',
  ROLLED_BACK: '↩',
  ROLLING_BACK: '↩',
  HELD: '✋',
  PAUSED: '❚❚',
  ABANDONED: '✖',
  SOAKING: '◷',
  RETRYING: '↻',
  AILING: '⚠',
};

/** A state by colour, sign and word: never by colour alone. */
export function State({ name }: { name: string }) {
  const colour = COLOURS[name];
  return (
    <span class={'pf-v6-c-label' + (colour ? ` pf-m-${colour}` : '')}>
      <span class="pf-v6-c-label__content">
        <span class="pf-v6-c-label__icon" aria-hidden="true">{SIGNS[name] ?? '●'}</span>
        <span class="pf-v6-c-label__text">{words(name)}</span>
      </span>
    </span>
  );
}

/** Until the first snapshot is there. */
export function Loading() {
  return <p class="empty" role="status">Loading…</p>;
}

/** Says that a version of a plan is out of date, and what to do; the page itself plans nothing. */
export function Outdated({ plan, version, why }: { plan: string; version: number; why: string[] }) {
  return (
    <div class="pf-v6-c-alert pf-m-warning pf-m-inline" role="status" aria-label="Out of date">
      <p class="pf-v6-c-alert__title">
        Plan version {version} is out of date: run <code>drover plan replan {plan}</code>
      </p>
      <ul class="pf-v6-c-alert__description">
        {why.map((one) => <li key={one}>{one}</li>)}
        <li>Where four eyes are required, whoever plans again cannot approve what comes of it.</li>
      </ul>
    </div>
  );
}

/** A share of a whole, with its words. */
export function Bar({ done, total, label, tone }: { done: number; total: number; label: string; tone?: string }) {
  const percent = total > 0 ? Math.min(100, Math.round((done * 100) / total)) : 0;
  return (
    <div class={'pf-v6-c-progress pf-m-sm' + (tone ? ` pf-m-${tone}` : '')}>
      <div class="pf-v6-c-progress__bar" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-label={label}>
        <div class="pf-v6-c-progress__indicator" style={{ width: `${percent}%` }} />
      </div>
      <div class="pf-v6-c-progress__status" aria-hidden="true">
        <span class="pf-v6-c-progress__measure">{label}</span>
      </div>
    </div>
  );
}

/** How far a journey is; one that went back is as far as it was at the start. */
export function Steps({ m, label }: { m: Migration; label: string }) {
  const back = m.result === 'ROLLED_BACK';
  const tone = back || m.phase === 'ROLLING_BACK' ? 'warning' : m.phase === 'HELD' || m.result === 'ABANDONED' ? 'danger' : m.result === 'COMMITTED' ? 'success' : undefined;
  return <Bar done={back ? 0 : m.stepNumber} total={m.stepCount} label={m.result ? words(m.result) : label} tone={tone} />;
}

export function Button(props: { kind?: string; danger?: boolean; disabled?: boolean; onClick: () => void; children: ComponentChildren }) {
  return (
    <button
      type="button"
      class={`pf-v6-c-button pf-m-${props.kind ?? 'secondary'}${props.danger ? ' pf-m-danger' : ''}`}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <span class="pf-v6-c-button__text">{props.children}</span>
    </button>
  );
}

export type Question = {
  title: string;
  text: string;
  /** What has to be typed before the answer counts. */
  type: string;
  reason: boolean;
  verb: string;
  danger: boolean;
  then: (reason: string) => void;
};

/** Asks before something that cannot be taken back: says what it costs, wants the name typed and a reason. */
export function Confirm({ question, close }: { question: Question; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const ready = typed === question.type && (!question.reason || reason.trim() !== '');
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" onClose={close}>
      <h2 id="confirm-title" class="pf-v6-c-title pf-m-xl">{question.title}</h2>
      <p>{question.text}</p>
      {question.reason && (
        <label>
          Reason, kept in the journal
          <input value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
        </label>
      )}
      <label>
        <span>Type <strong>{question.type}</strong> to confirm</span>
        <input value={typed} autocomplete="off" onInput={(e) => setTyped(e.currentTarget.value)} />
      </label>
      <div class="actions">
        <Button
          kind="primary"
          danger={question.danger}
          disabled={!ready}
          onClick={() => {
            question.then(reason.trim());
            close();
          }}
        >
          {question.verb}
        </Button>
        <Button kind="link" onClick={close}>Do nothing</Button>
      </div>
    </dialog>
  );
}
