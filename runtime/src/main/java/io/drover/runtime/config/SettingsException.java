// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

/** A setting is not as it must be; the message names it and the remedy, and holds no secret. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SettingsException(String message) {
    super(message);
  }

  public SettingsException(String message, Throwable cause) {
    super(message, cause);
  }
}
