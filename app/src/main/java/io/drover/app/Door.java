// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.console.Access;
import io.drover.console.ConsoleSettings;
import io.drover.runtime.config.SettingsException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where the console listens and who may come in: said before anything is started.
 *
 * @param token the generated token of the local mode; empty otherwise
 */
record Door(ConsoleSettings settings, Access access, String token) {
  /**
   * As it is configured.
   *
   * @throws SettingsException naming the key and the remedy
   */
  static Door of(DroverConfig config) {
    DroverConfig.ConsoleSection section = config.console();
    boolean local = ConsoleSettings.loopback(section.host());
    ConsoleSettings settings;
    try {
      settings =
          new ConsoleSettings(
              section.host(),
              section.port(),
              section.certificate(),
              section.key(),
              config.plan().settings(local));
    } catch (IllegalArgumentException e) {
      throw new SettingsException(String.valueOf(e.getMessage()), e);
    }
    if (section.tokens() != null) {
      return new Door(settings, access(section.tokens()), "");
    }
    if (!local) {
      throw new SettingsException(
          "console.tokens is missing: a console that others can reach needs a file of tokens");
    }
    String token = Access.newToken();
    return new Door(
        settings, Access.single(token, System.getProperty("user.name", "operator")), token);
  }

  private static Access access(Path tokens) {
    try {
      return Access.ofFile(tokens);
    } catch (IOException e) {
      throw new SettingsException(
          "console.tokens: " + tokens + " cannot be read: see that it exists and may be read", e);
    } catch (IllegalArgumentException e) {
      throw new SettingsException("console.tokens: " + e.getMessage(), e);
    }
  }
}
