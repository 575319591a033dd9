// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A reference to a secret: {@code file:/path}, {@code env:NAME}, or {@code
 * secret:NAMESPACE/NAME/KEY} for a key of a Kubernetes Secret in the target cluster. The secret
 * itself is read where it is used, so that it is never in a configuration, and a rotated file is
 * noticed.
 *
 * @param vault who reads Kubernetes Secrets
 */
public record Secret(String value, Vault vault) {
  private static final String IN_CLUSTER = "secret:";
  private static final Pattern KEY_IN_CLUSTER = Pattern.compile("secret:[^/]+/[^/]+/[^/]+");

  /** Thrown where a value stands in the place of a reference; never shows it. */
  private static final String EXPECTED =
      "Expected a reference to a secret, file:/path, env:NAME or secret:NAMESPACE/NAME/KEY, but got"
          + " something else (not shown, it may be the secret itself)";

  /** Reads what is kept elsewhere than on this machine. */
  @FunctionalInterface
  public interface Vault {
    /** Nobody is there who could. */
    Vault NONE =
        reference -> {
          throw new SettingsException(
              "The secret "
                  + reference
                  + " is in the target cluster, which is not asked here: use file: or env:");
        };

    /**
     * The secret that this reference names.
     *
     * @throws SettingsException naming the reference and the remedy
     */
    String read(String reference);
  }

  public Secret {
    if (!value.startsWith("file:")
        && !value.startsWith("env:")
        && !KEY_IN_CLUSTER.matcher(value).matches()) {
      throw new SettingsException(EXPECTED);
    }
  }

  /** A reference to what is on this machine. */
  public Secret(String value) {
    this(value, Vault.NONE);
  }

  /** Whether it is a key of a Kubernetes Secret. */
  public boolean inCluster() {
    return value.startsWith(IN_CLUSTER);
  }

  /** Reads the secret; a trailing line break of a file is not part of it. */
  public String read() {
    if (inCluster()) {
      return vault.read(value);
    }
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
