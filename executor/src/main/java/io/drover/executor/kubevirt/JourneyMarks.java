// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.ClusterMarks;
import io.drover.schemas.MigrationSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** The labels and annotations by which everything that a journey makes is found again. */
final class JourneyMarks {
  static final String MANAGED_BY = ClusterMarks.MANAGED_BY;
  static final String COMPONENT = "app.kubernetes.io/component";
  static final String JOURNEY_COMPONENT = "drover-journey";

  /** Label: migration id as a label value; annotation: in full. */
  static final String MIGRATION = ClusterMarks.MIGRATION;

  /** Label: device key of the disk. */
  static final String DISK = ClusterMarks.DISK;

  /** Annotation: fencing token of the owner that wrote last. */
  static final String TOKEN = ClusterMarks.TOKEN;

  /**
   * Annotation: the undo that halted the machine last. The API server keeps the resource version of
   * an object that a patch does not change, and then a late start would still match.
   */
  static final String STOP = "drover.io/stop";

  private JourneyMarks() {}

  static Map<String, Object> labels(MigrationSpec spec) {
    var labels = new LinkedHashMap<String, Object>();
    labels.put(MANAGED_BY, ClusterMarks.DROVER);
    labels.put(ClusterMarks.PART_OF, ClusterMarks.DROVER);
    labels.put(COMPONENT, JOURNEY_COMPONENT);
    labels.put(MIGRATION, value(spec.id().value()));
    return labels;
  }

  static Map<String, Object> annotations(MigrationSpec spec) {
    var annotations = new LinkedHashMap<String, Object>();
    annotations.put(MIGRATION, spec.id().value());
    annotations.put("drover.io/wave", spec.wave().value());
    annotations.put(ClusterMarks.VM, spec.vm().toString());
    annotations.put("drover.io/source-name", spec.source().name());
    return annotations;
  }

  /** A selector for everything that this journey made. */
  static String selector(MigrationSpec spec) {
    return COMPONENT + "=" + JOURNEY_COMPONENT + "," + MIGRATION + "=" + value(spec.id().value());
  }

  /** Whether this journey made an object. */
  static boolean made(MigrationSpec spec, JsonNode object) {
    return spec.id().value().equals(object.at("/metadata/annotations").path(MIGRATION).asText());
  }

  /** As {@link ClusterMarks#value}. */
  static String value(String text) {
    return ClusterMarks.value(text);
  }
}
