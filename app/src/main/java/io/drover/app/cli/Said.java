// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** A command said to the console, and what a person hears of it. */
final class Said {
  private Said() {}

  /**
   * Says it and tells what became of it; a refusal ends the command with its words.
   *
   * @param what the wave or VM that is meant
   * @param done what to print when it was heeded
   */
  static int to(ConsoleClient console, String path, Map<String, ?> body, String what, String done) {
    JsonNode facts = console.post(path, body);
    System.out.println(
        what
            + ": "
            + (facts.isEmpty()
                ? "taken in, but nothing is decided yet; see 'drover events'."
                : done + "."));
    return Exit.OK;
  }
}
