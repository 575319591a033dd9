// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Runs commands as a person at a terminal does, in this process. */
final class Terminal implements AutoCloseable {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;

  private Terminal() {
    var to = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(to);
    System.setErr(to);
  }

  /** What a command prints, on both streams; its exit code has to be the expected one. */
  static String run(int expected, String... arguments) {
    try (var terminal = new Terminal()) {
      int code = Drover.run(arguments);
      assertThat(code).as(String.join(" ", arguments) + "\n" + terminal.said()).isEqualTo(expected);
      return terminal.said();
    }
  }

  /**
   * What a command prints that goes on until somebody ends it, once it printed what is waited for.
   *
   * @param meanwhile is told all that was printed, again and again
   */
  static String follow(Predicate<String> enough, Consumer<String> meanwhile, String... arguments)
      throws InterruptedException {
    try (var terminal = new Terminal()) {
      Thread command = Thread.ofPlatform().start(() -> Drover.run(arguments));
      try {
        Onlooker.await(
            String.join(" ", arguments),
            Duration.ofSeconds(60),
            () -> meanwhile.accept(terminal.said()),
            terminal::said,
            () -> enough.test(terminal.said()) ? true : null);
      } finally {
        command.interrupt();
        command.join();
      }
      return terminal.said();
    }
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    System.setOut(out);
    System.setErr(err);
  }
}
