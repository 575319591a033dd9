// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Runs commands as a person at a terminal does, in this process. */
final class Terminal {
  private Terminal() {}

  /** What a command prints, on both streams; its exit code has to be the expected one. */
  static String run(int expected, String... arguments) {
    var said = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    int code;
    try (var to = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      System.setOut(to);
      System.setErr(to);
      code = Drover.run(arguments);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    String text = said.toString(StandardCharsets.UTF_8);
    assertThat(code).as(String.join(" ", arguments) + "\n" + text).isEqualTo(expected);
    return text;
  }
}
