// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What can be true about the copies of one source VM. */
public sealed interface ConversionState {
  /** The brain's key, {@code vcenter/vm}. */
  String key();

  /** What is remembered of rounds that are over. */
  History history();

  /** Nothing runs, no lease of ours is open. */
  record Idle(String key, History history) implements ConversionState {}

  /**
   * A round is on its way forward.
   *
   * @param remove other migrations whose copies are removed as soon as the round is over
   */
  record Copying(String key, History history, Round round, List<MigrationId> remove)
      implements ConversionState {
    public Copying {
      remove = List.copyOf(remove);
    }
  }

  /**
   * A round is being brought to rest: what runs is told to stop, then the source is let go.
   *
   * @param problem why it cannot be completed; null when it was only told to stop
   * @param stopAsked whether somebody waits for {@code CopyStopped}
   * @param remove migrations whose copies are removed as soon as nothing runs
   */
  record Halting(
      String key,
      History history,
      Round round,
      @Nullable Problem problem,
      boolean stopAsked,
      List<MigrationId> remove,
      Task stop)
      implements ConversionState {
    public Halting {
      remove = List.copyOf(remove);
    }
  }

  /**
   * Volumes and snapshots are being removed.
   *
   * @param migrations the first one now, the others after it; never empty
   */
  record Removing(String key, History history, List<MigrationId> migrations, Task remove)
      implements ConversionState {
    public Removing {
      migrations = List.copyOf(migrations);
    }
  }

  /** Where one step of one lane stands. */
  enum Stage {
    /** Not begun, or to be begun again. */
    IDLE,
    /** Its effect is in flight. */
    RUNNING,
    /** Failed; begun again at {@code retryAt}. */
    WAITING,
    /** Observed satisfied. */
    DONE,
    /** Was satisfied, and is no more: a lease that vCenter ended, or that another process held. */
    LOST
  }

  /**
   * One step of one lane.
   *
   * @param attempt number of the last attempt that began, from 1; 0 = none. Only grows
   * @param failures failures that count against the row's bound
   * @param evidence what was observed; kept while LOST, so that it can be let go
   * @param complaint what was last said of a source that came damaged
   */
  record Task(
      Stage stage,
      int attempt,
      int failures,
      @Nullable Instant retryAt,
      @Nullable CopyEvidence evidence,
      @Nullable Complaint complaint) {
    static final Task NEW = new Task(Stage.IDLE, 0, 0, null, null, null);

    Task begun(int number) {
      return new Task(Stage.RUNNING, number, failures, null, evidence, complaint);
    }

    Task ended(CopyEvidence seen) {
      return new Task(Stage.DONE, attempt, 0, null, seen, null);
    }

    Task delayed(Problem problem, Instant until) {
      return new Task(
          Stage.WAITING,
          attempt,
          failures + (problem.kind() == Problem.Kind.TRANSIENT ? 1 : 0),
          until,
          evidence,
          SourceDamage.ofCode(problem.code()) == null ? complaint : hearing(problem));
    }

    /** The complaint of a source that came damaged, counted with those it equals. */
    Complaint hearing(Problem problem) {
      Complaint last = complaint;
      return last != null && last.what().equals(problem.what())
          ? new Complaint(last.what(), last.times() + 1)
          : new Complaint(problem.what(), 1);
    }

    Task again() {
      return new Task(Stage.IDLE, attempt, failures, null, null, complaint);
    }

    Task againAt(@Nullable Instant until) {
      return until == null
          ? again()
          : new Task(Stage.WAITING, attempt, failures, until, null, complaint);
    }

    Task lost(Instant reopenAt) {
      return new Task(Stage.LOST, attempt, failures, reopenAt, evidence, complaint);
    }

    boolean is(Stage wanted) {
      return stage == wanted;
    }

    /** Whether it may begin: never begun, or its pause is over. */
    boolean ready(Instant at) {
      return stage == Stage.IDLE
          || (stage == Stage.WAITING && (retryAt == null || !retryAt.isAfter(at)));
    }
  }

  /** What was said of a source that came damaged, and how often in a row. */
  record Complaint(String what, int times) {}

  /** The steps of one disk, and its receipt once it landed. */
  record Lane(
      Task prepare, Task transfer, Task readBack, @Nullable Receipt receipt, Task readSource) {
    static final Lane NEW = new Lane(Task.NEW, Task.NEW, Task.NEW, null, Task.NEW);

    /** A state that was written before there was a second read has none. */
    @SuppressWarnings("ConstantValue")
    public Lane(
        Task prepare,
        Task transfer,
        Task readBack,
        @Nullable Receipt receipt,
        @Nullable Task readSource) {
      this.prepare = prepare;
      this.transfer = transfer;
      this.readBack = readBack;
      this.receipt = receipt;
      this.readSource = readSource == null ? Task.NEW : readSource;
    }

    Lane withPrepare(Task task) {
      return new Lane(task, transfer, readBack, receipt, readSource);
    }

    Lane withTransfer(Task task) {
      return new Lane(prepare, task, readBack, receipt, readSource);
    }

    Lane withReadBack(Task task) {
      return new Lane(prepare, transfer, task, receipt, readSource);
    }

    Lane withReceipt(Receipt landed) {
      return new Lane(prepare, transfer, readBack, landed, readSource);
    }

    Lane withReadSource(Task task) {
      return new Lane(prepare, transfer, readBack, receipt, task);
    }
  }

  /**
   * One round: what was ordered and how far each lane is.
   *
   * @param copied the snapshot that the disks were copied from, once it was let go so that they can
   *     be read a second time; from then on {@code open} and {@code close} are of that read
   */
  record Round(
      CopyOrder order,
      Task open,
      Task close,
      Map<Integer, Lane> lanes,
      CopyEvidence.@Nullable SnapshotTaken copied) {
    public Round {
      lanes = java.util.Collections.unmodifiableMap(new TreeMap<>(lanes));
    }

    static Round of(CopyOrder order) {
      var lanes = new TreeMap<Integer, Lane>();
      order.disks().forEach(disk -> lanes.put(disk.deviceKey(), Lane.NEW));
      return new Round(order, Task.NEW, Task.NEW, lanes, null);
    }

    Round withOpen(Task task) {
      return new Round(order, task, close, lanes, copied);
    }

    Round withClose(Task task) {
      return new Round(order, open, task, lanes, copied);
    }

    /** The snapshot was let go; the source is to be opened for its second read. */
    Round toReadAgain(CopyEvidence.SnapshotTaken snapshot) {
      return new Round(order, open.again(), close.again(), lanes, snapshot);
    }

    Round withLane(int disk, UnaryOperator<Lane> change) {
      Lane lane = lanes.get(disk);
      if (lane == null) {
        return this;
      }
      var all = new TreeMap<>(lanes);
      all.put(disk, change.apply(lane));
      return new Round(order, open, close, all, copied);
    }

    boolean prepared() {
      return lanes.values().stream().allMatch(lane -> lane.prepare().is(Stage.DONE));
    }

    boolean transferred() {
      return lanes.values().stream().allMatch(lane -> lane.transfer().is(Stage.DONE));
    }

    /** Whether the disks are being read a second time. */
    boolean readingAgain() {
      return copied != null;
    }

    /** Whether nothing is to be read any more from the source as it is opened. */
    boolean read() {
      return readingAgain()
          ? lanes.values().stream().allMatch(lane -> lane.readSource().is(Stage.DONE))
          : transferred();
    }

    /** Whether somebody reads the source. */
    boolean reading() {
      return lanes.values().stream()
          .anyMatch(
              lane -> lane.transfer().is(Stage.RUNNING) || lane.readSource().is(Stage.RUNNING));
    }

    /** Device keys of the disks that are still to be read from the source as it is opened. */
    List<Integer> unread() {
      return lanes.entrySet().stream()
          .filter(lane ->
              !(readingAgain() ? lane.getValue().readSource() : lane.getValue().transfer())
                  .is(Stage.DONE))
          .map(Map.Entry::getKey)
          .toList();
    }

    boolean landed() {
      return lanes.values().stream().allMatch(lane -> lane.receipt() != null);
    }

    List<Receipt> receipts() {
      var all = new ArrayList<Receipt>();
      for (Lane lane : lanes.values()) {
        if (lane.receipt() != null) {
          all.add(lane.receipt());
        }
      }
      return all;
    }
  }

  /** How a round ended, to be said again when asked again. */
  sealed interface Answer {
    /** Every disk landed. */
    record Completed(List<Receipt> receipts) implements Answer {
      public Completed {
        receipts = List.copyOf(receipts);
      }
    }

    /** It could not be completed. */
    record Failed(Problem problem) implements Answer {}

    /** It was stopped, or stopped before it was ever ordered. */
    record Stopped() implements Answer {}
  }

  /**
   * What the copies of a migration may read a second, 0 = as much as they can.
   *
   * @param number of times that one was set: names its effect
   * @param kept whether the copy under way keeps to it; one that begins is told by its order
   */
  record Pace(MigrationId migration, long bytesPerSecond, int number, boolean kept) {}

  /** A round that is over. */
  record Over(CopyId copy, @Nullable MigrationId migration, Answer answer) {}

  /**
   * What is remembered of rounds that are over: as much as duplicates and removals need.
   *
   * @param over the last rounds, oldest first
   * @param orders the last order of each migration whose copies may still exist
   * @param changeIds per migration and disk device key: the change id that the copy is at
   * @param removed migrations whose copies were removed, oldest first
   * @param pace what the VM's copies may read a second, as it was said last; null = nothing was
   */
  record History(
      List<Over> over,
      List<CopyOrder> orders,
      Map<String, Map<Integer, String>> changeIds,
      List<MigrationId> removed,
      @Nullable Pace pace) {
    static final int ROUNDS = 64;
    static final int MIGRATIONS = 16;
    static final History EMPTY = new History(List.of(), List.of(), Map.of(), List.of(), null);

    public History {
      over = List.copyOf(over);
      orders = List.copyOf(orders);
      changeIds = Map.copyOf(changeIds);
      removed = List.copyOf(removed);
    }

    @Nullable Answer answer(CopyId copy) {
      for (Over round : over) {
        if (round.copy().equals(copy)) {
          return round.answer();
        }
      }
      return null;
    }

    @Nullable CopyOrder order(MigrationId migration) {
      for (CopyOrder order : orders) {
        if (order.migration().equals(migration)) {
          return order;
        }
      }
      return null;
    }

    Map<Integer, String> changeIds(MigrationId migration) {
      return changeIds.getOrDefault(migration.value(), Map.of());
    }

    History ordered(CopyOrder order) {
      var all = new ArrayList<>(orders);
      all.removeIf(known -> known.migration().equals(order.migration()));
      all.add(order);
      return new History(over, last(all, MIGRATIONS), changeIds, removed, pace);
    }

    History ended(CopyId copy, @Nullable MigrationId migration, Answer answer) {
      var all = new ArrayList<>(over);
      all.removeIf(known -> known.copy().equals(copy));
      all.add(new Over(copy, migration, answer));
      return new History(last(all, ROUNDS), orders, changeIds, removed, pace);
    }

    History at(MigrationId migration, Map<Integer, String> ids) {
      if (ids.isEmpty()) {
        return this;
      }
      var all = new TreeMap<>(changeIds);
      all.put(migration.value(), Map.copyOf(ids));
      return new History(over, orders, all, removed, pace);
    }

    History removed(MigrationId migration) {
      var rounds = new ArrayList<>(over);
      rounds.removeIf(known -> migration.equals(known.migration()));
      var alive = new ArrayList<>(orders);
      alive.removeIf(known -> known.migration().equals(migration));
      var ids = new TreeMap<>(changeIds);
      ids.remove(migration.value());
      var gone = new ArrayList<>(removed);
      gone.remove(migration);
      gone.add(migration);
      return new History(rounds, alive, ids, last(gone, MIGRATIONS), pace);
    }

    /** What a migration's copies may read a second, 0 = as much as they can. */
    long bytesPerSecond(MigrationId migration) {
      return pace == null || !pace.migration().equals(migration) ? 0 : pace.bytesPerSecond();
    }

    History paced(@Nullable Pace next) {
      return new History(over, orders, changeIds, removed, next);
    }

    private static <T> List<T> last(List<T> all, int most) {
      return all.size() <= most ? all : all.subList(all.size() - most, all.size());
    }
  }
}
