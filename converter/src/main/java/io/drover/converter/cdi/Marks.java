// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.MigrationId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The labels and annotations by which everything that a copy makes is found again. */
public final class Marks {
  /** Who made it. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** The value of {@link #MANAGED_BY}. */
  public static final String DROVER = "drover";

  /** Label: which part of Drover made it. CDI overwrites the well-known labels on claims. */
  public static final String COMPONENT = "drover.io/part";

  /** The value of {@link #COMPONENT} on what copies make. */
  public static final String COPY_COMPONENT = "copy";

  /** Label: migration id as a label value; annotation: in full. */
  public static final String MIGRATION = "drover.io/migration";

  /** Label: copy id as a label value; annotation: in full. */
  public static final String COPY = "drover.io/copy";

  /** Label: device key of the disk. */
  public static final String DISK = "drover.io/disk";

  /** Annotation: key of the source VM. */
  public static final String VM = "drover.io/vm";

  /** Annotation: effect that made it. */
  public static final String EFFECT = "drover.io/effect";

  /** Annotation: fencing token of the owner that made it, or last wrote to it. */
  public static final String TOKEN = "drover.io/token";

  /** Annotation: effect that began to write bytes; a volume with it is not begun again. */
  public static final String WRITING = "drover.io/writing";

  /** Annotation: {@link io.drover.schemas.Sink} by which the volume is filled. */
  public static final String SINK = "drover.io/sink";

  /** Annotation: root of the digest of what the volume was given, once it was given all of it. */
  public static final String CONTENT = "drover.io/content";

  private static final Pattern VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

  private Marks() {}

  /** Labels of an object of one disk of a copy. */
  static Map<String, String> labels(CopyOrder order, int disk) {
    var labels = new LinkedHashMap<String, String>();
    labels.put(MANAGED_BY, DROVER);
    labels.put("app.kubernetes.io/part-of", DROVER);
    labels.put(COMPONENT, COPY_COMPONENT);
    labels.put(MIGRATION, value(order.migration().value()));
    labels.put(COPY, value(order.copy().value()));
    labels.put(DISK, Integer.toString(disk));
    return labels;
  }

  /** Annotations of an object of a copy. */
  static Map<String, String> annotations(CopyOrder order, Attempt attempt) {
    var annotations = new LinkedHashMap<String, String>();
    annotations.put(MIGRATION, order.migration().value());
    annotations.put(COPY, order.copy().value());
    annotations.put(VM, order.vm().toString());
    annotations.put(EFFECT, attempt.id().value());
    annotations.put(TOKEN, Long.toString(attempt.token().value()));
    return annotations;
  }

  /** The labels that everything of a migration's copies has. */
  static Map<String, String> ofMigration(MigrationId migration) {
    return Map.of(COMPONENT, COPY_COMPONENT, MIGRATION, value(migration.value()));
  }

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

  /** The first {@code length} hex digits of the SHA-256 of a text. */
  static String hash(String text, int length) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, length);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("A JDK without SHA-256", e);
    }
  }
}
