// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import io.drover.schemas.MigrationSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The labels and annotations by which everything that a journey makes is found again. */
final class Marks {
  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String COMPONENT = "app.kubernetes.io/component";
  static final String JOURNEY_COMPONENT = "drover-journey";

  /** Label: migration id as a label value; annotation: in full. */
  static final String MIGRATION = "drover.io/migration";

  /** Label: device key of the disk. */
  static final String DISK = "drover.io/disk";

  /** Annotation: fencing token of the owner that wrote last. */
  static final String TOKEN = "drover.io/token";

  /**
   * Annotation: the undo that halted the machine last. The API server keeps the resource version of
   * an object that a patch does not change, and then a late start would still match.
   */
  static final String STOP = "drover.io/stop";

  private static final Pattern VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

  private Marks() {}

  static Map<String, Object> labels(MigrationSpec spec) {
    var labels = new LinkedHashMap<String, Object>();
    labels.put(MANAGED_BY, "drover");
    labels.put("app.kubernetes.io/part-of", "drover");
    labels.put(COMPONENT, JOURNEY_COMPONENT);
    labels.put(MIGRATION, value(spec.id().value()));
    return labels;
  }

  static Map<String, Object> annotations(MigrationSpec spec) {
    var annotations = new LinkedHashMap<String, Object>();
    annotations.put(MIGRATION, spec.id().value());
    annotations.put("drover.io/wave", spec.wave().value());
    annotations.put("drover.io/vm", spec.vm().toString());
    annotations.put("drover.io/source-name", spec.source().name());
    return annotations;
  }

  /** A selector for everything that this journey made. */
  static String selector(MigrationSpec spec) {
    return COMPONENT + "=" + JOURNEY_COMPONENT + "," + MIGRATION + "=" + value(spec.id().value());
  }

  /**
   * A label value for any text: itself where Kubernetes takes it, else its beginning and a hash.
   */
  static String value(String text) {
    if (VALUE.matcher(text).matches()) {
      return text;
    }
    String plain = text.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[^A-Za-z0-9]+", "");
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return plain.substring(0, Math.min(plain.length(), 46))
          + (plain.isEmpty() ? "" : "-")
          + HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
