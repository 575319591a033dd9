// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.converter.worker.Worker;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code lab} and {@code demo} share: a scratch folder, and how the lab runs our worker image.
 */
final class Workshop {
  private Workshop() {}

  /** A scratch folder that {@link #remove} takes away. */
  static Path scratch() throws IOException {
    return Files.createTempDirectory("drover-lab-");
  }

  /**
   * This very program as a worker process, started as the launcher starts a conversion: without the
   * JVM's second compiler where a native library does the heavy work, and from the AOT cache that
   * the launcher names (decision 0047).
   */
  static List<String> workerCommand() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-XX:-UsePerfData"));
    if (LeafHasher.chosen().equals("openssl") && Codecs.chosen().equals("libdeflate")) {
      command.add("-XX:TieredStopAtLevel=1");
    }
    String cache = System.getProperty("drover.aot");
    if (cache != null) {
      command.add("-XX:AOTCache=" + cache);
    }
    command.addAll(List.of("-cp", classPath(), Worker.class.getName()));
    return command;
  }

  private static String classPath() {
    try {
      Path code = Path.of(Worker.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return code.toString().endsWith("drover.jar")
          ? code.toString()
          : System.getProperty("java.class.path", "");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Removes a folder and all that is in it. */
  static void remove(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      System.err.println("drover: " + folder + " could not be removed: " + e.getMessage());
    }
  }
}
