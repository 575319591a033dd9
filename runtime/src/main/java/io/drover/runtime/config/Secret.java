// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A reference to a secret, {@code file:/path} or {@code env:NAME}. The secret itself is read where
 * it is used, so that it is never in a configuration, and a rotated file is noticed.
 */
public record Secret(String value) {
  /** Thrown where a value stands in the place of a reference; never shows it. */
  private static final String EXPECTED =
      "Expected a reference to a secret, file:/path or env:NAME, but got something else (not shown,"
          + " it may be the secret itself)";

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Secret {
    if (!value.startsWith("file:") && !value.startsWith("env:")) {
      throw new SettingsException(EXPECTED);
    }
  }

  /** Reads the secret; a trailing line break of a file is not part of it. */
  public String read() {
    if (value.startsWith("env:")) {
      String name = value.substring("env:".length());
      String found = System.getenv(name);
      if (found == null || found.isEmpty()) {
        throw new SettingsException(
            "The secret " + value + " is not set: export the environment variable " + name);
      }
      return found;
    }
    Path path = Path.of(value.substring("file:".length()));
    try {
      String found = Files.readString(path).stripTrailing();
      if (found.isEmpty()) {
        throw new SettingsException("The secret " + value + " is an empty file: write it there");
      }
      return found;
    } catch (IOException e) {
      throw new SettingsException(
          "The secret " + value + " cannot be read: see that the file exists and may be read", e);
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
