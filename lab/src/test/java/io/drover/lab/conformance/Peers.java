// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the suites on real peers share: where the programs are, and what happens without them. On a
 * developer's machine such a suite is left out and says so; with {@code -Ddrover.peers=required},
 * as in CI, it fails.
 */
public final class Peers {
  private Peers() {}

  /** Whether a missing peer is a failure. */
  public static boolean required() {
    return "required".equals(System.getProperty("drover.peers"));
  }

  /** Leaves the suite out, or fails it, if something is missing. */
  public static void need(String suite, Optional<String> missing) {
    missing.ifPresent(reason -> {
      if (required()) {
        fail(suite + ": the peers are required, but there is " + reason);
      }
      System.out.println("Left out: " + suite + ", because there is " + reason);
      abort(reason);
    });
  }

  /** The first of these that is missing. */
  @SafeVarargs
  public static Optional<String> firstOf(Optional<String>... missing) {
    return Stream.of(missing).flatMap(Optional::stream).findFirst();
  }

  /** The folder of a peer; Maven runs tests in the folder of their module. */
  public static Path folder(String peer) {
    return Stream.of("peers", "lab/peers", "../lab/peers")
        .map(parent -> Path.of(parent, peer).toAbsolutePath().normalize())
        .filter(Files::isDirectory)
        .findFirst()
        .orElse(Path.of("lab", "peers", peer));
  }

  /** Says if a peer's program was not built. */
  public static Optional<String> program(String peer, String name, String build) {
    Path bin = folder(peer).resolve("bin");
    return Files.isExecutable(bin.resolve(name))
        ? Optional.empty()
        : Optional.of("no " + name + " in " + bin + "; run lab/peers/" + peer + "/" + build);
  }

  /** Says if a tool is not on the PATH. */
  public static Optional<String> tool(String name) {
    return Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, name)))
        ? Optional.empty()
        : Optional.of("no " + name + " on the PATH");
  }
}
