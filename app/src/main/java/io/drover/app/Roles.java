// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The services that one process can run. */
public enum Roles {
  INGEST,
  PLANNER,
  CONVERTER,
  EXECUTOR,
  CONSOLE;

  /** Reads {@code ingest,planner,…}; {@link IllegalArgumentException} names what is not a role. */
  public static Set<Roles> parse(String text) {
    Set<Roles> roles = EnumSet.noneOf(Roles.class);
    for (String word : text.split(",")) {
      roles.add(
          Arrays.stream(values())
              .filter(role -> role.name().equalsIgnoreCase(word.strip()))
              .findFirst()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "There is no role '"
                          + word.strip()
                          + "'; roles are "
                          + Arrays.toString(values()).toLowerCase(Locale.ROOT))));
    }
    return roles;
  }
}
