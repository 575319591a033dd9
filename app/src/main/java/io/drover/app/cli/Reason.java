// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.util.Map;
import picocli.CommandLine.Option;

/** The option that says why a person does something; it stays in the journal. */
public final class Reason {
  @Option(names = "--reason", required = true, description = "Why; it stays in the journal.")
  String reason = "";

  Map<String, Object> body() {
    return Map.of("reason", reason);
  }
}
