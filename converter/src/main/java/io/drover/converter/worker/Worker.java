// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import io.drover.converter.SourceDamage;
import io.drover.disk.DiskDigests;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.Workers;
import io.drover.disk.raw.RawDisk;
import io.drover.schemas.DiskDifference;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The entry point of {@code drover worker TASK}: work that is done inside the cluster, next to a
 * volume. Knows no Kafka and no Kubernetes; says what it found in its termination message.
 *
 * <pre>
 * digest --volume PATH --size BYTES [--expected FILE]
 *     digests a block device, or disk.img in a mounted filesystem; says what differs from a digest
 *     packed as {@link PackedDigest}
 * write --volume PATH --size BYTES --source FOLDER [--again yes]
 *     reads a disk from where the mounted Secret says and writes it into the volume; again: what an
 *     earlier attempt wrote there is compared and left
 * </pre>
 *
 * Environment: {@code DROVER_TERMINATION_LOG} instead of {@code /dev/termination-log}; {@code
 * DROVER_DEVICE_MAP} = {@code path=file,...}, the real files behind device paths where there are no
 * pods; {@code DROVER_WORKERS}, threads, all cores unless said; {@code DROVER_SILENCE_SECONDS},
 * after how long without a byte a source is given up, 300 unless said.
 */
public final class Worker {
  /** Exit status after success. */
  public static final int DONE = 0;

  /** Exit status after a failure of the work itself. */
  public static final int FAILED = 1;

  /** Exit status after arguments that make no sense. */
  public static final int MISUSED = 2;

  private static final int READERS = 4;
  private static final int SILENCE = 300;

  private static final String USAGE =
      "Expected: digest --volume PATH --size BYTES [--expected FILE],"
          + " or write --volume PATH --size BYTES --source FOLDER [--again yes]";

  private final Map<String, String> environment;

  Worker(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Runs one task and ends the process with its exit status. */
  public static void main(String[] arguments) {
    List<String> task = Arrays.asList(arguments);
    if (!task.isEmpty() && task.getFirst().equals("worker")) {
      task = task.subList(1, task.size());
    }
    System.exit(run(task, System.getenv()));
  }

  /**
   * Runs one task.
   *
   * @param arguments the task and its options, without the word {@code worker}
   * @return the exit status
   */
  public static int run(List<String> arguments, Map<String, String> environment) {
    return new Worker(environment).run(arguments);
  }

  private int run(List<String> arguments) {
    String task = arguments.isEmpty() ? "" : arguments.getFirst();
    System.err.println(
        "Disks are inflated by " + Codecs.chosen() + " and digested by " + LeafHasher.chosen());
    try {
      WorkerReport report =
          switch (task) {
            case "digest" -> digest(options(arguments));
            case "write" -> write(options(arguments));
            default -> throw new IllegalArgumentException(USAGE + ", but got '" + task + "'.");
          };
      say(report);
      return DONE;
    } catch (IllegalArgumentException e) {
      return failed(task, e, MISUSED);
    } catch (IOException | RuntimeException e) {
      return failed(task, e, FAILED);
    }
  }

  private int failed(String task, Exception error, int status) {
    String text = error.getMessage() == null ? error.toString() : error.getMessage();
    try {
      String line = text.lines().findFirst().orElse("");
      say(
          switch (error) {
            case DiskFormatException found ->
                WorkerReport.failed(task, found.what(), SourceDamage.of(found).code(), null);
            case HostFault fault -> WorkerReport.failed(task, line, fault.code(), fault.remedy());
            default -> WorkerReport.failed(task, line, null, null);
          });
    } catch (IOException e) {
      System.err.println("Cannot write the termination message: " + e.getMessage());
    }
    return status;
  }

  private static Map<String, String> options(List<String> arguments) {
    var options = new TreeMap<String, String>();
    for (int i = 1; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!name.startsWith("--") || i + 1 >= arguments.size()) {
        throw new IllegalArgumentException(USAGE + ", but '" + name + "' stands alone.");
      }
      options.put(name.substring(2), arguments.get(i + 1));
    }
    return options;
  }

  private WorkerReport digest(Map<String, String> options) throws IOException {
    Path volume = volume(option(options, "volume"));
    long size = size(option(options, "size"));
    long began = System.nanoTime();
    DiskDigest digest;
    // Where the volume was written on this node, too, its cache would prove nothing of the device.
    RawDisk disk = RawDisk.openPastCache(volume, size);
    boolean cached = !disk.isPastCache();
    if (cached) {
      System.err.println("This volume has no direct reads: it is read through the node's cache");
    }
    try (var workers = new Workers(cached ? threads() : readers())) {
      digest = DiskDigests.of(disk, workers, io.drover.disk.pipe.Progress.NONE, () -> false);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    String expected = options.get("expected");
    return new WorkerReport(
        "digest",
        digest.root(),
        digest.size(),
        digest.level2(),
        seconds,
        expected == null ? null : difference(Path.of(expected), digest),
        null,
        null,
        null,
        cached ? true : null,
        null);
  }

  /** What is not as expected; null when nothing is, or when what was expected did not travel. */
  private static @Nullable DiskDifference difference(Path expected, DiskDigest digest)
      throws IOException {
    byte[] packed = Files.exists(expected) ? Files.readAllBytes(expected) : new byte[0];
    if (packed.length == 0) {
      return null;
    }
    DiskDifference difference = PackedDigest.unpack(packed).differences(digest);
    return difference.extents() == 0 ? null : difference;
  }

  private WorkerReport write(Map<String, String> options) throws IOException {
    return new WriteTask(
            volume(option(options, "volume")),
            size(option(options, "size")),
            Path.of(option(options, "source")),
            "yes".equals(options.get("again")),
            Duration.ofSeconds(number("DROVER_SILENCE_SECONDS", SILENCE)))
        .run(threads());
  }

  private static String option(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) {
      throw new IllegalArgumentException(USAGE + ", but --" + name + " is missing.");
    }
    return value;
  }

  private static long size(String text) {
    try {
      long size = Long.parseLong(text);
      if (size > 0) {
        return size;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(USAGE + ", but the size is '" + text + "'.", e);
    }
    throw new IllegalArgumentException(USAGE + ", but the size is " + text + ".");
  }

  /** Past the cache nothing is read ahead: several reads at once keep the device busy. */
  private int readers() {
    return environment.containsKey("DROVER_WORKERS") ? threads() : Math.max(READERS, threads());
  }

  private int threads() {
    return number("DROVER_WORKERS", Runtime.getRuntime().availableProcessors());
  }

  private int number(String name, int unlessSaid) {
    String wanted = environment.get(name);
    return wanted == null ? unlessSaid : Math.max(1, Integer.parseInt(wanted));
  }

  /** The file behind a path of the pod: a device, or the image in a mounted filesystem. */
  private Path volume(String path) throws IOException {
    Path real = Path.of(mapped(path, environment.getOrDefault("DROVER_DEVICE_MAP", "")));
    if (Files.isDirectory(real)) {
      real = real.resolve("disk.img");
    }
    if (!Files.exists(real)) {
      throw new IOException("Expected a volume at " + path + ", but nothing is there.");
    }
    return real;
  }

  private static String mapped(String path, String map) {
    for (String pair : map.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && pair.substring(0, equals).equals(path)) {
        return pair.substring(equals + 1);
      }
    }
    return path;
  }

  private void say(WorkerReport report) throws IOException {
    byte[] words = Json.write(report);
    if (words.length > WorkerReport.MOST) {
      words = Json.write(report.shorter());
    }
    Path log = Path.of(environment.getOrDefault("DROVER_TERMINATION_LOG", "/dev/termination-log"));
    Files.write(log, words);
    // The same words for those who read logs.
    System.out.println(new String(words, java.nio.charset.StandardCharsets.UTF_8));
  }
}
