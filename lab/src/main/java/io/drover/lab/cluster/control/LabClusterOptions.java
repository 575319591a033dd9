// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import io.drover.lab.cluster.control.cdi.VddkSource;
import io.drover.lab.cluster.control.virt.GuestBoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a lab cluster is played.
 *
 * @param folder where volumes, snapshots, logs and sandboxes live; kept on close
 * @param capacity bytes that volumes may claim in all
 * @param workerCommand what runs our image: stands before a Job's arguments, for example {@code
 *     java -jar drover.jar}
 * @param guestBoot how machines boot from their disks
 * @param vddkSource what a VDDK import reads
 * @param pace how long things take
 */
public record LabClusterOptions(
    Path folder,
    long capacity,
    List<String> workerCommand,
    GuestBoot guestBoot,
    VddkSource vddkSource,
    Pace pace) {

  /**
   * How long things take at least; short by default, so that phases can be seen but nobody waits.
   *
   * @param phase each phase of a DataVolume, an instance, a pod
   * @param snapshot a volume snapshot
   * @param agent from a running instance until its agent answers
   * @param played a Job that is only played
   * @param retry before what crashed starts again
   * @param guestWork between two moments in which guests write
   * @param uploadPatience how long the upload proxy waits for a claim to be ready (CDI: 10 s)
   * @param tokenLife how long an upload token is good (CDI: 5 min)
   * @param resync how often everything is looked at without being asked
   */
  public record Pace(
      Duration phase,
      Duration snapshot,
      Duration agent,
      Duration played,
      Duration retry,
      Duration guestWork,
      Duration uploadPatience,
      Duration tokenLife,
      Duration resync) {

    /** Tens of milliseconds for what takes a real cluster seconds. */
    public static Pace quick() {
      return new Pace(
          Duration.ofMillis(30),
          Duration.ofMillis(50),
          Duration.ofMillis(100),
          Duration.ofMillis(300),
          Duration.ofMillis(200),
          Duration.ofMillis(250),
          Duration.ofSeconds(2),
          Duration.ofMinutes(5),
          Duration.ofSeconds(10));
    }
  }

  /** A cluster of 64 TiB that boots by the given rule, without workers and without VDDK. */
  public static LabClusterOptions in(Path folder, GuestBoot guestBoot) {
    return new LabClusterOptions(
        folder, 64L << 40, List.of(), guestBoot, VddkSource.NONE, Pace.quick());
  }

  /** The same with less or more room. */
  public LabClusterOptions withCapacity(long bytes) {
    return new LabClusterOptions(folder, bytes, workerCommand, guestBoot, vddkSource, pace);
  }

  /** The same with a way to run our worker image. */
  public LabClusterOptions withWorkerCommand(String... command) {
    return new LabClusterOptions(folder, capacity, List.of(command), guestBoot, vddkSource, pace);
  }

  /** The same with a way to read vSphere disks. */
  public LabClusterOptions withVddkSource(VddkSource source) {
    return new LabClusterOptions(folder, capacity, workerCommand, guestBoot, source, pace);
  }

  /** The same at another pace. */
  public LabClusterOptions withPace(Pace other) {
    return new LabClusterOptions(folder, capacity, workerCommand, guestBoot, vddkSource, other);
  }
}
