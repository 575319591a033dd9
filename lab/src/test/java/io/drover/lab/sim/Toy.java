// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Eye;
import io.drover.engine.Hand;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.engine.Parts;
import io.drover.engine.ServiceSpec;
import io.drover.engine.Status;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A brain small enough to reason about, for the tests of the body: jobs are begun, done, tried
 * again after a pause, stopped. A job's name is its order; {@code lane:name} puts it in a lane.
 */
public class Toy
    implements Decider<Toy.State, MigrationMessage, Toy.Observed, MigrationFact, Toy.Effect> {
  public static final Duration PAUSE = Duration.ofMillis(300);
  private static final MigrationId ID = new MigrationId("toy");

  /** Jobs by name; what was done, in order. */
  public record State(Map<String, Job> jobs, List<String> history) {
    public static final State NONE = new State(Map.of(), List.of());
  }

  /** A job; {@code retryAt} is set while it waits. */
  public record Job(
      int attempt, boolean stopping, @org.jspecify.annotations.Nullable Instant retryAt) {}

  /** The same, each job in a record of its own. */
  public static final class InParts extends Toy {
    @Override
    public Parts<State, Job> parts() {
      return new Parts<>(
          Job.class,
          State::jobs,
          state -> new State(Map.of(), state.history()),
          (rest, parts) -> {
            var jobs = new TreeMap<>(rest.jobs());
            jobs.putAll(parts);
            return new State(Map.copyOf(jobs), rest.history());
          });
    }
  }

  /** What the hand is to ensure. */
  public sealed interface Effect {
    /** The job is done. */
    record EnsureDone(String job) implements Effect {}
  }

  /** What the hand saw. */
  public sealed interface Observed {
    /** It is done. */
    record SeenDone(String how) implements Observed {}
  }

  /** What the world may know. */
  public record Document(int done, int open, long sequence) {}

  /** Whether a poisonous job is poisonous no more: an upgrade. */
  public volatile boolean cured;

  public static MigrationMessage begin(String job) {
    return new MigrationMessage.PauseMigration(ID, job);
  }

  public static MigrationMessage stop(String job) {
    return new MigrationMessage.CancelMigration(ID, job);
  }

  public static MigrationMessage write(String dispatchKey) {
    return new MigrationMessage.RollBackMigration(ID, dispatchKey);
  }

  public ServiceSpec<State, MigrationMessage, Observed, MigrationFact, Effect> spec(
      Hand<Effect, Observed> hand, List<Eye<MigrationMessage>> eyes) {
    return new ServiceSpec<>(
        Brain.MIGRATION,
        new ServiceSpec.Types<>(
            State.class, MigrationMessage.class, Observed.class, MigrationFact.class),
        this,
        hand,
        eyes);
  }

  @Override
  public State initial(String key) {
    return State.NONE;
  }

  @Override
  public Decision<MigrationFact> decide(
      State state, Input<MigrationMessage, Observed> input, Instant at) {
    return switch (input) {
      case Input.Told<MigrationMessage, Observed>(var message, var by) -> told(state, message, by);
      case Input.Seen<MigrationMessage, Observed>(var effect, var outcome) -> {
        String job = effect.value().substring(0, effect.value().lastIndexOf('#'));
        yield switch (outcome) {
          case Outcome.Done<Observed> _ -> fact("done " + job);
          case Outcome.Failed<Observed> _ -> fact("delay " + at.plus(PAUSE) + " " + job);
          case Outcome.Stopped<Observed> _ -> fact("stopped " + job);
        };
      }
      case Input.Rang<MigrationMessage, Observed>(var timer, var due) -> fact("again " + timer);
    };
  }

  private Decision<MigrationFact> told(State state, MigrationMessage message, Actor by) {
    return switch (message) {
      case MigrationMessage.PauseMigration(var _, var job) -> {
        if (job.equals("poison-decide") && !cured) {
          throw new IllegalStateException("cannot decide this");
        }
        if (job.equals("poison-large") && !cured) {
          yield fact("begin " + "x".repeat(9 << 20));
        }
        yield state.jobs().containsKey(job) || state.history().contains("done " + job)
            ? Decision.nothing()
            : fact("begin " + job);
      }
      case MigrationMessage.CancelMigration(var _, var job) ->
          state.jobs().containsKey(job) ? fact("stop " + job) : Decision.nothing();
      case MigrationMessage.RollBackMigration(var _, var to) ->
          fact("wrote " + to)
              .tell(new Letter(Brain.DISPATCH, to, new DispatchMessage.StopAll(by.name())));
      default -> Decision.nothing();
    };
  }

  private static Decision<MigrationFact> fact(String text) {
    return Decision.of(new MigrationFact.MigrationPaused(Actor.service("toy"), text));
  }

  @Override
  public State evolve(State state, MigrationFact fact) {
    String text = ((MigrationFact.MigrationPaused) fact).reason();
    String verb = text.substring(0, text.indexOf(' '));
    String rest = text.substring(text.indexOf(' ') + 1);
    var jobs = new TreeMap<>(state.jobs());
    var history = new ArrayList<>(state.history());
    history.add(text);
    switch (verb) {
      case "begin" -> {
        if (rest.equals("poison-evolve") && !cured) {
          throw new IllegalStateException("cannot fold this");
        }
        jobs.put(rest, new Job(1, false, null));
      }
      case "done", "stopped" -> jobs.remove(rest);
      case "delay" -> {
        String job = rest.substring(rest.indexOf(' ') + 1);
        Instant until = Instant.parse(rest.substring(0, rest.indexOf(' ')));
        jobs.computeIfPresent(job, (_, j) -> new Job(j.attempt(), j.stopping(), until));
      }
      case "again" ->
          jobs.computeIfPresent(rest, (_, j) -> new Job(j.attempt() + 1, j.stopping(), null));
      case "stop" -> jobs.computeIfPresent(rest, (_, j) -> new Job(j.attempt(), true, null));
      default -> {}
    }
    return new State(Map.copyOf(jobs), List.copyOf(history));
  }

  @Override
  public List<Intent<Effect>> resume(State state) {
    var intents = new ArrayList<Intent<Effect>>();
    new TreeMap<>(state.jobs())
        .forEach((name, job) -> {
          if (job.retryAt() == null) {
            int colon = name.indexOf(':');
            intents.add(
                new Intent<>(
                    new EffectId(name + "#" + job.attempt()),
                    colon < 0 ? name : name.substring(0, colon),
                    new Effect.EnsureDone(name),
                    job.stopping()));
          }
        });
    return intents;
  }

  @Override
  public List<Timer> timers(State state) {
    var timers = new ArrayList<Timer>();
    new TreeMap<>(state.jobs())
        .forEach((name, job) -> {
          if (job.retryAt() != null) {
            timers.add(new Timer(name, job.retryAt()));
          }
        });
    return timers;
  }

  @Override
  public List<Status> statuses(State state, Instant at, long sequence) {
    long done = state.history().stream().filter(h -> h.startsWith("done ")).count();
    return List.of(
        new Status(
            Topics.MIGRATION_STATUS,
            "toy",
            new Document((int) done, state.jobs().size(), sequence)));
  }
}
