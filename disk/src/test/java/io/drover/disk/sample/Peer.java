// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs that tests compare us with. Where one is missing its tests are skipped, with the reason
 * printed; {@code -Ddrover.peers=required} makes that a failure.
 */
public final class Peer {
  private Peer() {}

  /**
   * What a program said.
   *
   * @param code its exit code
   * @param output both its streams
   */
  public record Result(int code, String output) {}

  /** Skips, or fails, where the program is missing. */
  public static void require(String program) {
    require(program, "qemu-utils", program, "--version");
  }

  /**
   * The same of anything that a command proves to be there.
   *
   * @param what its name
   * @param debian the package it comes in
   */
  public static void require(String what, String debian, String... proof) {
    boolean found;
    try {
      found = run(proof).code() == 0;
    } catch (IOException e) {
      found = false;
    }
    if (found) {
      return;
    }
    String reason = what + " is not installed (Debian: apt-get install " + debian + ")";
    if ("required".equals(System.getProperty("drover.peers"))) {
      throw new AssertionError(reason);
    }
    System.out.println("SKIPPED: " + reason);
    Assumptions.abort(reason);
  }

  /** Runs a program to its end. */
  public static Result run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while running " + command[0], e);
    }
  }
}
