// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.PlanSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the window is opened.
 *
 * @param host address to listen on; anything but loopback needs a certificate and a token file
 * @param port 0 picks a free one
 * @param certificate PEM file, with {@code key}
 * @param defaults what a plan starts from when a request says nothing else
 */
public record ConsoleSettings(
    String host, int port, @Nullable Path certificate, @Nullable Path key, PlanSettings defaults) {
  public ConsoleSettings {
    if (!loopback(host) && (certificate == null || key == null)) {
      throw new IllegalArgumentException(
          "console.host is "
              + host
              + ", which others can reach: set console.certificate, console.key and"
              + " console.tokens, or listen on 127.0.0.1");
    }
  }

  /** Whether only this machine can reach {@code host}. */
  public static boolean loopback(String host) {
    return host.equals("127.0.0.1")
        || host.equals("::1")
        || host.equals("[::1]")
        || host.equals("localhost");
  }
}
