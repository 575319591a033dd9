// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.converter.worker.Worker;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How tests start Java processes of their own: none lives long enough for the JVM's second compiler
 * to pay for itself, and of workers there are so many that loading their classes is most of what
 * they do.
 */
public final class Jvm {
  private static final String FIRST_COMPILER_ONLY = "-XX:TieredStopAtLevel=1";

  /** What makes TLS cheap without the second compiler; see the root's pom. */
  private static final List<String> INHERITED =
      List.of(
          "jdk.tls.client.cipherSuites",
          "jdk.tls.server.cipherSuites",
          "keystore.pkcs12.keyPbeIterationCount");

  private Jvm() {}

  /**
   * The java of this test, up to where a class or {@code -jar} follows.
   *
   * @param heap at most, for example {@code 256m}
   */
  public static List<String> java(String heap) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                FIRST_COMPILER_ONLY,
                "-Xmx" + heap));
    for (String inherited : INHERITED) {
      String value = System.getProperty(inherited);
      if (value != null) {
        command.add("-D" + inherited + "=" + value);
      }
    }
    return command;
  }

  /**
   * A class on the class path of this process, with its compilers: what a bench starts has both.
   *
   * @param heap at most, for example {@code 256m}
   */
  public static List<String> running(Class<?> main, String heap) {
    List<String> command = java(heap);
    if (!ManagementFactory.getRuntimeMXBean().getInputArguments().contains(FIRST_COMPILER_ONLY)) {
      command.remove(FIRST_COMPILER_ONLY);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }

  /** How the controller that plays Jobs runs our workers. */
  public static String[] worker() {
    String path = System.getProperty("java.class.path");
    List<String> jars =
        Stream.of(path.split(File.pathSeparator)).filter(part -> part.endsWith(".jar")).toList();
    boolean packaged =
        jars.contains(
            Path.of(Worker.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString());
    return packaged
        ? worker(String.join(File.pathSeparator, jars))
        : running(Worker.class, "256m").toArray(String[]::new);
  }

  /**
   * The same from jars, which alone the JVM archives: the first worker that ends leaves its classes
   * to the next.
   */
  public static String[] worker(String jars) {
    Path archive = Path.of("target", "worker-" + ProcessHandle.current().pid() + ".jsa");
    archive.toFile().deleteOnExit();
    List<String> command = java("256m");
    command.add("-XX:+AutoCreateSharedArchive");
    command.add("-XX:SharedArchiveFile=" + archive.toAbsolutePath());
    // What it says of the archive is no word of the worker's.
    command.add("-Xlog:disable");
    command.addAll(List.of("-cp", jars, Worker.class.getName()));
    return command.toArray(String[]::new);
  }
}
