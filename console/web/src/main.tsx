// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';
import { useState } from 'preact/hooks';
import '@patternfly/patternfly/patternfly-base.css';
import '@patternfly/patternfly/components/Alert/alert.css';
import '@patternfly/patternfly/components/Button/button.css';
import '@patternfly/patternfly/components/Label/label.css';
import '@patternfly/patternfly/components/Progress/progress.css';
import '@patternfly/patternfly/components/Table/table.css';
import '@patternfly/patternfly/components/Table/table-grid.css';
import '@patternfly/patternfly/components/Title/title.css';
import './drover.css';
import { command, follow, followWhileSeen, openSession, signIn } from './api';
import { connection, loaded, migrations, ofWave, person, quarantine, route, sortedWaves, stale, stopped, trouble } from './model';
import { Bar, Button, Confirm, Loading, State } from './parts';
import type { Question } from './parts';
import { PlanScreen } from './plan';
import { VmScreen } from './vm';
import { WaveScreen } from './wave';

function Waves() {
  const plans = [...new Set(sortedWaves.value.map((wave) => wave.wave.split('/')[0]))];
  return (
    <section aria-label="Waves">
      <h1 class="pf-v6-c-title pf-m-2xl">Waves</h1>
      {!loaded.value && <Loading />}
      {loaded.value && sortedWaves.value.length === 0 && (
        <p class="empty">No wave yet. Propose a plan: <code>drover plan propose NAME --wave-size 10</code></p>
      )}
      {plans.length > 0 && (
        <p>
          Plans:{' '}
          {plans.map((id) => (
            <a class="plan" href={`#/plans/${id}`} key={id}>
              {id}{sortedWaves.value.some((wave) => wave.outdated && wave.wave.startsWith(`${id}/`)) && ' (out of date)'}
            </a>
          ))}
        </p>
      )}
      <div class="cards">
        {sortedWaves.value.map((wave) => {
          const rows = ofWave(wave.wave);
          const over = rows.filter((m) => m.result).length;
          return (
            <a class="card" href={`#/waves/${wave.wave}`} key={wave.wave}>
              <span class="headline"><strong>{wave.wave}</strong> <State name={wave.stage} /></span>
              <span class="muted">{wave.name}</span>
              <Bar done={over} total={wave.vms} label={`${over} of ${wave.vms} VMs ended`} tone={wave.blockers.length > 0 ? 'danger' : over === wave.vms ? 'success' : undefined} />
            </a>
          );
        })}
      </div>
    </section>
  );
}

/** Asks for the token that the console does not know this browser by. */
function SignIn() {
  const [token, setToken] = useState('');
  const [wrong, setWrong] = useState('');
  const send = async (event: Event) => {
    event.preventDefault();
    setWrong(await signIn(token.trim()).catch(() => 'The console cannot be reached.'));
    if (person.value !== null) follow();
  };
  return (
    <form class="signin" aria-label="Sign in" onSubmit={(event) => void send(event)}>
      <h1 class="pf-v6-c-title pf-m-2xl">Sign in</h1>
      <p>
        This console does not know you. Open the address that <code>drover up</code> or <code>drover demo</code> printed, or enter the
        token: your own where the console has a file of tokens, else the one in <code>~/.drover/console.json</code>.
      </p>
      <label>
        Token
        <input type="password" autocomplete="current-password" value={token} onInput={(e) => setToken(e.currentTarget.value)} />
      </label>
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
      <div class="actions"><button type="submit" class="pf-v6-c-button pf-m-primary" disabled={token.trim() === ''}><span class="pf-v6-c-button__text">Sign in</span></button></div>
    </form>
  );
}

function Screen() {
  const path = route.value;
  if (path.startsWith('/waves/')) return <WaveScreen id={decodeURIComponent(path.slice(7))} />;
  if (path.startsWith('/plans/')) return <PlanScreen id={decodeURIComponent(path.slice(7))} />;
  if (path.startsWith('/vms/')) return <VmScreen id={decodeURIComponent(path.slice(5))} />;
  return <Waves />;
}

function App() {
  const [question, setQuestion] = useState<Question | null>(null);
  const held = Object.values(migrations.value).filter((m) => m.phase === 'HELD').length;
  return (
    <>
      <header class="masthead">
        <a class="brand" href="#/">Drover</a>
        <span class={`connection ${connection.value}`} role="status">
          {person.value === null ? '○ not signed in' : connection.value === 'live' ? '● live' : connection.value === 'lost' ? '○ connection lost, trying again' : '○ connecting'}
        </span>
        {held > 0 && <span class="held"><State name="HELD" /> {held}</span>}
        <span class="spacer" />
        {person.value && <span class="person">{person.value}</span>}
        {person.value !== null && <Button
          danger
          onClick={() =>
            setQuestion({
              title: 'Emergency stop',
              text: 'Nothing begins any more, and copies stop, on every vCenter, until the stop is lifted.',
              type: 'STOP', reason: true, verb: 'Stop everything', danger: true,
              then: (reason) => void command('stop', { reason }),
            })
          }
        >
          Stop everything
        </Button>}
        {stopped.value.length > 0 && <Button kind="link" onClick={() => void command('stop/lift', {})}>Lift stop</Button>}
      </header>
      <main>
        {trouble.value && (
          <div class="pf-v6-c-alert pf-m-danger pf-m-inline" role="alert">
            <p class="pf-v6-c-alert__title">{trouble.value}</p>
          </div>
        )}
        {stale.value && (
          <div class="pf-v6-c-alert pf-m-warning pf-m-inline" role="status">
            <p class="pf-v6-c-alert__title">{stale.value}</p>
          </div>
        )}
        {stopped.value.length > 0 && (
          <div class="pf-v6-c-alert pf-m-warning pf-m-inline" role="status">
            <p class="pf-v6-c-alert__title">
              An emergency stop is in force at {stopped.value.length} vCenter{stopped.value.length > 1 ? 's' : ''}: nothing begins. A copy that it ended begins anew when it is lifted.
            </p>
          </div>
        )}
        {quarantine.value.map((one) => (
          <div class="pf-v6-c-alert pf-m-warning pf-m-inline" role="status" key={one.brain + one.key}>
            <p class="pf-v6-c-alert__title">
              {one.brain} {one.key} stands still: {one.reason} <code>drover quarantine retry {one.brain} {one.key}</code>
            </p>
          </div>
        ))}
        {person.value === null ? <SignIn /> : <Screen />}
      </main>
      {question && <Confirm question={question} close={() => setQuestion(null)} />}
    </>
  );
}

// As the system is set, and as it changes.
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => {
  document.documentElement.classList.toggle('pf-v6-theme-dark', dark.matches);
  document.documentElement.classList.toggle('pf-v6-theme-light', !dark.matches);
};
dark.addEventListener('change', paint);
paint();
addEventListener('hashchange', () => {
  if (!location.hash.startsWith('#token=')) route.value = location.hash.slice(1) || '/';
});
await openSession();
route.value = location.hash.slice(1) || '/';
followWhileSeen();
render(<App />, document.getElementById('app')!);
