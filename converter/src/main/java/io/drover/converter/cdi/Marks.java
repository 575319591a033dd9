// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.schemas.ClusterMarks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.MigrationId;
import java.util.LinkedHashMap;
import java.util.Map;

/** The labels and annotations by which everything that a copy makes is found again. */
public final class Marks {
  /** Who made it. */
  public static final String MANAGED_BY = ClusterMarks.MANAGED_BY;

  /** The value of {@link #MANAGED_BY}. */
  public static final String DROVER = ClusterMarks.DROVER;

  /** Label: which part of Drover made it. CDI overwrites the well-known labels on claims. */
  public static final String COMPONENT = "drover.io/part";

  /** The value of {@link #COMPONENT} on what copies make. */
  public static final String COPY_COMPONENT = "copy";

  /** Label: migration id as a label value; annotation: in full. */
  public static final String MIGRATION = ClusterMarks.MIGRATION;

  /** Label: copy id as a label value; annotation: in full. */
  public static final String COPY = "drover.io/copy";

  /** Label: device key of the disk. */
  public static final String DISK = ClusterMarks.DISK;

  /** Annotation: key of the source VM. */
  public static final String VM = ClusterMarks.VM;

  /** Annotation: effect that made it. */
  public static final String EFFECT = "drover.io/effect";

  /** Annotation: fencing token of the owner that made it, or last wrote to it. */
  public static final String TOKEN = ClusterMarks.TOKEN;

  /** Annotation: effect that began to write bytes; a volume with it is not begun again. */
  public static final String WRITING = "drover.io/writing";

  /** Annotation: {@link io.drover.schemas.Sink} by which the volume is filled. */
  public static final String SINK = "drover.io/sink";

  /** Annotation: root of the digest of what the volume was given, once it was given all of it. */
  public static final String CONTENT = "drover.io/content";

  private Marks() {}

  /** Labels of an object of one disk of a copy. */
  static Map<String, String> labels(CopyOrder order, int disk) {
    var labels = new LinkedHashMap<String, String>();
    labels.put(MANAGED_BY, DROVER);
    labels.put(ClusterMarks.PART_OF, DROVER);
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

  /** As {@link ClusterMarks#value}. */
  public static String value(String text) {
    return ClusterMarks.value(text);
  }

  /** As {@link ClusterMarks#hash}. */
  static String hash(String text, int length) {
    return ClusterMarks.hash(text, length);
  }
}
