// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The labels and annotations that everything of Drover's in a cluster has, whoever made it, so that
 * it is found again with Kafka gone.
 */
public final class ClusterMarks {
  /** Label: who made it. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** Label: what it is part of. */
  public static final String PART_OF = "app.kubernetes.io/part-of";

  /** The value of {@link #MANAGED_BY} and {@link #PART_OF}. */
  public static final String DROVER = "drover";

  /** Label: migration id as a label value; annotation: in full. */
  public static final String MIGRATION = "drover.io/migration";

  /** Label: device key of the disk. */
  public static final String DISK = "drover.io/disk";

  /** Annotation: key of the source VM. */
  public static final String VM = "drover.io/vm";

  /** Annotation: fencing token of the owner that made it, or last wrote to it. */
  public static final String TOKEN = "drover.io/token";

  private static final Pattern VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

  private ClusterMarks() {}

  /**
   * A label value for any text: itself where Kubernetes takes it, else its readable beginning and a
   * hash (63 characters at most).
   */
  public static String value(String text) {
    if (VALUE.matcher(text).matches()) {
      return text;
    }
    String plain = text.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[^A-Za-z0-9]+", "");
    return plain.substring(0, Math.min(plain.length(), 46))
        + (plain.isEmpty() ? "" : "-")
        + hash(text, 16);
  }

  /** The first {@code length} hex digits of the SHA-256 of a text; 64 at most. */
  public static String hash(String text, int length) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, length);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
